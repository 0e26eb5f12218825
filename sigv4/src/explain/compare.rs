//! Both sides' texts come from outside, so the work is linear in them: names are merged in their order (canonical
//! texts are sorted; others are sorted first, by at most [`MAX_ENTRIES`] names), and each value is looked at once.

use alloc::{borrow::Cow, string::String, vec::Vec};

use super::{
    difference::{Difference, How, Part},
    strings::{CanonicalParts, MAX_ENTRIES, Pair, SignParts},
};
use crate::percent_decode;

/// What was found, and what it cost.
#[derive(Default)]
pub(super) struct Comparison {
    pub(super) found: Vec<Difference>,
    /// Bytes looked at and names compared: a test holds them to the size of the texts.
    steps: usize,
}

/// One parameter or header of one side.
struct Entry<'a> {
    /// The name by which both sides know it: decoded, or in lower case.
    key: Cow<'a, str>,
    value: &'a str,
}

impl Comparison {
    /// Compare two canonical requests part by part.
    pub(super) fn requests(&mut self, ours: &CanonicalParts<'_>, theirs: &CanonicalParts<'_>) {
        self.part(Part::Method, ours.method, theirs.method, |_, _| How::Value);
        self.part(Part::Path, ours.path, theirs.path, how_paths_differ);
        self.parameters(&ours.query, &theirs.query);
        self.headers(ours, theirs);
        self.part(Part::PayloadHash, ours.payload_hash, theirs.payload_hash, |_, _| How::Value);
    }

    /// Compare two strings to sign. Their hashes follow from the requests, and count only where nothing else differs.
    pub(super) fn strings(&mut self, ours: &SignParts<'_>, theirs: &SignParts<'_>) {
        self.part(Part::Algorithm, ours.algorithm, theirs.algorithm, |_, _| How::Value);
        self.part(Part::Time, ours.time, theirs.time, |_, _| How::Value);
        match (ours.scope_parts(), theirs.scope_parts()) {
            (Some([date, region, service]), Some([their_date, their_region, their_service])) => {
                self.part(Part::ScopeDate, date, their_date, |_, _| How::Value);
                self.part(Part::ScopeRegion, region, their_region, |_, _| How::Value);
                self.part(Part::ScopeService, service, their_service, |_, _| How::Value);
            }
            _ => self.part(Part::Scope, ours.scope, theirs.scope, |_, _| How::Value),
        }
        if self.found.is_empty() && ours.canonical_sha256 != theirs.canonical_sha256 {
            self.found.push(Difference::hash(ours.canonical_sha256, theirs.canonical_sha256));
        }
    }

    fn part(&mut self, part: Part, ours: &str, theirs: &str, how: fn(&str, &str) -> How) {
        self.steps += ours.len() + theirs.len();
        if ours != theirs {
            self.found.push(Difference::new(part, how(ours, theirs), ours, theirs));
        }
    }

    fn parameters(&mut self, ours: &[Pair<'_>], theirs: &[Pair<'_>]) {
        if ours == theirs {
            return;
        }
        let before = self.found.len();
        let (own, their) = (self.entries(ours, decoded), self.entries(theirs, decoded));
        self.merge(&own, &their, ", ", |name| Part::QueryParameter { name });
        if self.found.len() == before {
            let names = |side: &[Pair<'_>]| side.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("&");
            let how = if self.sorted(ours) == self.sorted(theirs) { How::Order } else { How::Encoding };
            self.found.push(Difference::new(Part::QueryOrder, how, &names(ours), &names(theirs)));
        }
    }

    fn headers(&mut self, ours: &CanonicalParts<'_>, theirs: &CanonicalParts<'_>) {
        let before = self.found.len();
        let (own, their) =
            (self.entries(&ours.headers, lower_case), self.entries(&theirs.headers, lower_case));
        self.merge(&own, &their, ",", |name| Part::Header { name });
        if self.found.len() > before {
            return;
        }
        let order = |side: &[Pair<'_>]| side.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let (own, their) = (order(&ours.headers), order(&theirs.headers));
        if own != their {
            let how = if own.eq_ignore_ascii_case(&their) { How::Case } else { How::Order };
            self.found.push(Difference::new(Part::SignedHeaders, how, &own, &their));
        } else {
            let how = |ours: &str, theirs: &str| {
                how_texts_differ(&ours.replace(';', ","), &theirs.replace(';', ","))
            };
            self.part(Part::SignedHeaders, ours.signed_headers, theirs.signed_headers, how);
        }
    }

    /// The entries of a side in the order of their keys; those of one key stay in the order of the text.
    fn entries<'a>(&mut self, side: &[Pair<'a>], key: fn(&'a str) -> Cow<'a, str>) -> Vec<Entry<'a>> {
        let entry = |&(name, value): &Pair<'a>| Entry { key: key(name), value };
        let mut entries: Vec<_> = side.iter().map(entry).collect();
        self.steps += side.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        entries.sort_by(|a, b| {
            self.steps += 1;
            a.key.cmp(&b.key)
        });
        entries
    }

    fn sorted<'a>(&mut self, side: &[Pair<'a>]) -> Vec<Pair<'a>> {
        let mut sorted = side.to_vec();
        sorted.sort_unstable_by(|a, b| {
            self.steps += 1;
            a.cmp(b)
        });
        sorted
    }

    /// Walk both sides from name to name. Several values of one name are compared together.
    fn merge(
        &mut self,
        mut ours: &[Entry<'_>],
        mut theirs: &[Entry<'_>],
        separator: &str,
        part: fn(String) -> Part,
    ) {
        while let Some(key) = first_key(ours, theirs) {
            let (own, our_rest) = self.values(ours, &key);
            let (their, their_rest) = self.values(theirs, &key);
            (ours, theirs) = (our_rest, their_rest);
            if own != their {
                let how = how_values_differ(&own, &their);
                self.found.push(Difference::new(
                    part(key.into_owned()),
                    how,
                    &own.join(separator),
                    &their.join(separator),
                ));
            }
        }
    }

    /// The values of a key at the start of a side, and what follows them.
    fn values<'e, 'a>(&mut self, side: &'e [Entry<'a>], key: &str) -> (Vec<&'a str>, &'e [Entry<'a>]) {
        let count = side.iter().take_while(|entry| entry.key == key).count();
        let (of_key, rest) = side.split_at_checked(count).unwrap_or((side, &[]));
        self.steps += 1 + of_key.iter().map(|entry| key.len() + entry.value.len()).sum::<usize>();
        (of_key.iter().map(|entry| entry.value).collect(), rest)
    }
}

/// The smaller of the names with which the sides start.
fn first_key<'a>(ours: &[Entry<'a>], theirs: &[Entry<'a>]) -> Option<Cow<'a, str>> {
    match (ours.first(), theirs.first()) {
        (Some(own), Some(their)) => Some(own.key.clone().min(their.key.clone())),
        (own, their) => own.or(their).map(|entry| entry.key.clone()),
    }
}

/// Decoded once.
fn decoded(text: &str) -> Cow<'_, str> {
    match percent_decode(text) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether two texts are one, encoded differently: once and twice, in upper and lower case, `+` and `%20`.
fn differ_by_encoding(ours: &str, theirs: &str) -> bool {
    let (once, their_once) = (decoded(ours), decoded(theirs));
    let blanks = |text: &str| text.replace('+', " ");
    once == their_once
        || decoded(&once) == their_once
        || once == decoded(&their_once)
        || blanks(&once) == blanks(&their_once)
}

fn how_paths_differ(ours: &str, theirs: &str) -> How {
    if differ_by_encoding(ours, theirs) {
        How::Encoding
    } else if normal_path(ours) == normal_path(theirs) {
        How::Normalization
    } else if ours.eq_ignore_ascii_case(theirs) {
        How::Case
    } else {
        How::Value
    }
}

/// The path without its dots, empty segments and a slash at the end.
fn normal_path(path: &str) -> String {
    let path = decoded(path);
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    kept.join("/")
}

fn how_values_differ(ours: &[&str], theirs: &[&str]) -> How {
    if theirs.is_empty() {
        return How::MissingThere;
    }
    if ours.is_empty() {
        return How::MissingHere;
    }
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
    if squeezed(ours) == squeezed(theirs) {
        How::Whitespace
    } else if ours.eq_ignore_ascii_case(theirs) {
        How::Case
    } else if have_the_same_items(ours, theirs) {
        How::Order
    } else if differ_by_encoding(ours, theirs) {
        How::Encoding
    } else {
        How::Value
    }
}

/// Lists of more items than a request has entries are not put in order.
fn have_the_same_items(ours: &str, theirs: &str) -> bool {
    fn items(text: &str) -> Option<Vec<&str>> {
        let mut items: Vec<&str> = text.split(',').take(MAX_ENTRIES + 1).map(str::trim).collect();
        items.sort_unstable();
        (items.len() <= MAX_ENTRIES).then_some(items)
    }
    items(ours).is_some_and(|own| Some(own) == items(theirs))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::{super::strings::MAX_TEXT, *};

    /// A canonical request with a parameter and a header for each number.
    fn request(numbers: impl Iterator<Item = usize>, name: impl Fn(usize) -> String, value: &str) -> String {
        let (mut parameters, mut headers) = (Vec::new(), String::new());
        for at in numbers {
            parameters.push(format!("{}={value}{at}", name(at)));
            headers.push_str(&format!("{}:{value}{at}\n", name(at)));
        }
        format!("GET\n/\n{}\n{headers}\nhost\nUNSIGNED-PAYLOAD", parameters.join("&"))
    }

    /// Both sides of a refusal, as hostile as they come.
    fn texts(shape: &str, n: usize) -> (String, String) {
        let numbered = |at: usize| format!("n{at:05}");
        let one = |_: usize| "same".into();
        let encoded = |at: usize| format!("%6E%{:02x}{at:05}", at % 128);
        let shuffled = (0..n).map(|at| at * 7_919 % n);
        let plain = request(0..n, numbered, "a");
        match shape {
            "other values" => (plain, request(0..n, numbered, "b")),
            "nothing in common" => (plain, request(n..2 * n, numbered, "a")),
            "one side alone" => (request(0..1, numbered, "a"), request(0..n, numbered, "b")),
            "one name" => (request(0..n, one, "a"), request(0..n, one, "b")),
            "backwards" => (plain, request((0..n).rev(), numbered, "b")),
            "no order" => (plain, request(shuffled, numbered, "b")),
            "encoded names" => (request(0..n, encoded, "a"), request(0..n, encoded, "b")),
            "white space" => (request(0..n, numbered, "a b"), request(0..n, numbered, "a  b")),
            _ => (request(0..n, numbered, ",,,,"), request(0..n, numbered, ",,,")),
        }
    }

    fn steps(shape: &str, n: usize) -> usize {
        let (ours, theirs) = texts(shape, n);
        assert!(ours.len().max(theirs.len()) <= MAX_TEXT, "{shape}");
        let (ours, theirs) = (CanonicalParts::parse(&ours).unwrap(), CanonicalParts::parse(&theirs).unwrap());
        assert!(ours.entries().max(theirs.entries()) <= MAX_ENTRIES, "{shape}");
        let mut comparison = Comparison::default();
        comparison.requests(&ours, &theirs);
        assert!(!comparison.found.is_empty(), "{shape}");
        comparison.steps
    }

    /// Four times the entries take four times the steps (and a little: longer numbers). Where a service has put them into no order, sorting adds the
    /// logarithm (9/7 from 119 to 476), never a factor of sixteen.
    #[test]
    fn work_grows_linearly_with_hostile_texts() {
        for (shape, limit) in [
            ("other values", 4.5),
            ("nothing in common", 4.5),
            ("one side alone", 4.5),
            ("one name", 4.5),
            ("backwards", 4.5),
            ("white space", 4.5),
            ("lists", 4.5),
            ("no order", 5.5),
            ("encoded names", 5.5),
        ] {
            let (few, many) = (steps(shape, 119), steps(shape, 4 * 119));
            assert!(many as f64 <= limit * few as f64, "{shape}: {few} steps, then {many}");
        }
    }
}
