use alloc::{string::String, vec::Vec};

use super::{
    difference::{Difference, How, Part},
    strings::{CanonicalParts, SignParts},
};
use crate::percent_decode;

/// Compare two canonical requests part by part.
pub(super) fn requests(ours: &CanonicalParts<'_>, theirs: &CanonicalParts<'_>, found: &mut Vec<Difference>) {
    if ours.method != theirs.method {
        found.push(Difference::new(Part::Method, How::Value, ours.method, theirs.method));
    }
    if ours.path != theirs.path {
        found.push(Difference::new(
            Part::Path,
            how_paths_differ(ours.path, theirs.path),
            ours.path,
            theirs.path,
        ));
    }
    parameters(&ours.query, &theirs.query, found);
    headers(ours, theirs, found);
    if ours.payload_hash != theirs.payload_hash {
        found.push(Difference::new(Part::PayloadHash, How::Value, ours.payload_hash, theirs.payload_hash));
    }
}

/// Compare two strings to sign, but for the hash, which follows from the request.
pub(super) fn strings(ours: &SignParts<'_>, theirs: &SignParts<'_>, found: &mut Vec<Difference>) {
    let mut part = |part, ours: &str, theirs: &str| {
        if ours != theirs {
            found.push(Difference::new(part, How::Value, ours, theirs));
        }
    };
    part(Part::Algorithm, ours.algorithm, theirs.algorithm);
    part(Part::Time, ours.time, theirs.time);
    let [our_parts, their_parts] =
        [ours.scope, theirs.scope].map(|scope| scope.split('/').collect::<Vec<_>>());
    match (our_parts.as_slice(), their_parts.as_slice()) {
        ([date, region, service, _], [their_date, their_region, their_service, _]) => {
            part(Part::ScopeDate, date, their_date);
            part(Part::ScopeRegion, region, their_region);
            part(Part::ScopeService, service, their_service);
        }
        _ => part(Part::Scope, ours.scope, theirs.scope),
    }
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decode(text)).into_owned()
}

/// Whether two texts are one, encoded differently: once and twice, in upper and lower case, `+` and `%20`.
fn differ_by_encoding(ours: &str, theirs: &str) -> bool {
    let (once, their_once) = (decoded(ours), decoded(theirs));
    let spaces = |text: &str| text.replace('+', " ");
    once == their_once
        || decoded(&once) == their_once
        || once == decoded(&their_once)
        || spaces(&once) == spaces(&their_once)
}

fn how_paths_differ(ours: &str, theirs: &str) -> How {
    // The path as it is without its dots, empty segments and a slash at the end.
    let normal = |path: &str| {
        let mut kept: Vec<String> = Vec::new();
        for segment in decoded(path).split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(kept.pop()),
                other => kept.push(other.into()),
            }
        }
        kept.join("/")
    };
    match () {
        () if differ_by_encoding(ours, theirs) => How::Encoding,
        () if normal(ours) == normal(theirs) => How::Normalization,
        () if ours.eq_ignore_ascii_case(theirs) => How::Case,
        () => How::Value,
    }
}

fn parameters(ours: &[(&str, &str)], theirs: &[(&str, &str)], found: &mut Vec<Difference>) {
    if ours == theirs {
        return;
    }
    let before = found.len();
    let part = |name: &str| Part::QueryParameter { name: decoded(name) };
    let values = |side: &[(&str, &str)], name: &str| -> Vec<String> {
        let wanted = decoded(name);
        side.iter()
            .filter(|(other, _)| decoded(other) == wanted)
            .map(|(_, value)| String::from(*value))
            .collect()
    };
    for name in names(ours, theirs) {
        let (own, their) = (values(ours, name), values(theirs, name));
        match (own.is_empty(), their.is_empty()) {
            (false, true) => found.push(Difference::new(part(name), How::MissingThere, &own.join(", "), "")),
            (true, false) => found.push(Difference::new(part(name), How::MissingHere, "", &their.join(", "))),
            _ if own == their => {}
            _ => {
                let how = how_values_differ(&own, &their);
                found.push(Difference::new(part(name), how, &own.join(", "), &their.join(", ")));
            }
        }
    }
    if found.len() == before {
        let list = |side: &[(&str, &str)]| side.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("&");
        let how = if sorted(ours) == sorted(theirs) { How::Order } else { How::Encoding };
        found.push(Difference::new(Part::QueryOrder, how, &list(ours), &list(theirs)));
    }
}

fn sorted<'a>(side: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut sorted = side.to_vec();
    sorted.sort_unstable();
    sorted
}

/// Names of both sides, each once, in our order.
fn names<'a>(ours: &[(&'a str, &'a str)], theirs: &[(&'a str, &'a str)]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in ours.iter().chain(theirs) {
        if !names.iter().any(|other| decoded(other) == decoded(name)) {
            names.push(name);
        }
    }
    names
}

fn how_values_differ(ours: &[String], theirs: &[String]) -> How {
    let mut reordered = (ours.to_vec(), theirs.to_vec());
    reordered.0.sort_unstable();
    reordered.1.sort_unstable();
    if reordered.0 == reordered.1 {
        return How::Order;
    }
    how_texts_differ(&ours.join(","), &theirs.join(","))
}

fn how_texts_differ(ours: &str, theirs: &str) -> How {
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let items = |text: &str| {
        let mut items: Vec<String> = text.split(',').map(|item| item.trim().into()).collect();
        items.sort_unstable();
        items
    };
    match () {
        () if squeezed(ours) == squeezed(theirs) => How::Whitespace,
        () if ours.eq_ignore_ascii_case(theirs) => How::Case,
        () if items(ours) == items(theirs) => How::Order,
        () if differ_by_encoding(ours, theirs) => How::Encoding,
        () => How::Value,
    }
}

fn headers(ours: &CanonicalParts<'_>, theirs: &CanonicalParts<'_>, found: &mut Vec<Difference>) {
    let before = found.len();
    let value = |side: &CanonicalParts<'_>, name: &str| {
        let found = side.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| String::from(*value))
    };
    for name in names(&ours.headers, &theirs.headers) {
        let part = Part::Header { name: name.to_ascii_lowercase() };
        match (value(ours, name), value(theirs, name)) {
            (Some(own), None) => found.push(Difference::new(part, How::MissingThere, &own, "")),
            (None, Some(their)) => found.push(Difference::new(part, How::MissingHere, "", &their)),
            (Some(own), Some(their)) if own != their => {
                found.push(Difference::new(part, how_texts_differ(&own, &their), &own, &their));
            }
            _ => {}
        }
    }
    if found.len() > before {
        return;
    }
    let order =
        |side: &CanonicalParts<'_>| side.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    if order(ours) != order(theirs) {
        let how = if order(ours).eq_ignore_ascii_case(&order(theirs)) { How::Case } else { How::Order };
        found.push(Difference::new(Part::SignedHeaders, how, &order(ours), &order(theirs)));
    } else if ours.signed_headers != theirs.signed_headers {
        let how = how_texts_differ(
            &ours.signed_headers.replace(';', ","),
            &theirs.signed_headers.replace(';', ","),
        );
        found.push(Difference::new(Part::SignedHeaders, how, ours.signed_headers, theirs.signed_headers));
    }
}
