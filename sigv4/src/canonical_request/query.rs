use alloc::{borrow::Cow, vec::Vec};
use core::cmp::Ordering;

use crate::{
    percent::{self, is_unreserved, percent_decode},
    sink::Sink,
};

/// A pair in canonical form.
type Pair<'a> = (&'a str, &'a str);

/// One query parameter in canonical form: name and value decoded once and encoded again by SigV4's rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parameter<'a> {
    // The order of the fields is the order of sorting: by encoded name, then by encoded value.
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Cow<'a, str>,
}

impl<'a> Parameter<'a> {
    /// From values that are not encoded yet.
    pub(crate) fn encode(name: &'a str, value: &'a str) -> Self {
        Self { name: percent::percent_encode(name), value: percent::percent_encode(value) }
    }
}

/// The canonical query: sorted parameters, an empty value keeps its `=`.
pub(crate) enum CanonicalQuery<'a> {
    /// As sent, found to be canonical already.
    AsSent(&'a str),
    /// Parameters that live elsewhere, sorted.
    Sorted(Vec<Pair<'a>>),
    /// Parameters that had to be encoded, sorted.
    Encoded(Vec<Parameter<'a>>),
}

impl<'a> CanonicalQuery<'a> {
    pub(crate) fn new(query: &'a str) -> Self {
        if is_canonical(query) {
            return Self::AsSent(query);
        }
        Self::encoded(parameters(query))
    }

    pub(crate) fn encoded(parameters: impl Iterator<Item = Parameter<'a>>) -> Self {
        let mut encoded: Vec<_> = parameters.collect();
        encoded.sort_unstable();
        Self::Encoded(encoded)
    }

    pub(crate) fn sorted(parameters: impl Iterator<Item = &'a Parameter<'a>>) -> Self {
        let mut pairs: Vec<Pair<'a>> =
            parameters.map(|parameter| (&*parameter.name, &*parameter.value)).collect();
        pairs.sort_unstable();
        Self::Sorted(pairs)
    }

    pub(super) fn write(&self, sink: &mut impl Sink) {
        match self {
            Self::AsSent(query) => sink.put(query),
            Self::Sorted(pairs) => write_pairs(pairs.iter().copied(), sink),
            Self::Encoded(parameters) => {
                write_pairs(parameters.iter().map(|parameter| (&*parameter.name, &*parameter.value)), sink);
            }
        }
    }
}

fn write_pairs<'p>(pairs: impl Iterator<Item = Pair<'p>>, sink: &mut impl Sink) {
    for (index, (name, value)) in pairs.enumerate() {
        if index > 0 {
            sink.put_byte(b'&');
        }
        sink.put(name);
        sink.put_byte(b'=');
        sink.put(value);
    }
}

/// The parameters of a query as sent, in its order; empty pieces (`a&&b`) are none.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = Parameter<'_>> {
    query.split('&').filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Parameter { name: canonical(name), value: canonical(value) }
    })
}

fn canonical(sent: &str) -> Cow<'_, str> {
    if is_encoded(sent) {
        return Cow::Borrowed(sent);
    }
    let mut encoded = Vec::with_capacity(sent.len() + sent.len() / 2);
    for &byte in percent_decode(sent).iter() {
        percent::push_encoded(byte, is_unreserved, &mut encoded);
    }
    Cow::Owned(percent::ascii(encoded))
}

/// Whether decoding and encoding again would change nothing.
fn is_encoded(sent: &str) -> bool {
    let mut rest = sent.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = match byte {
            byte if is_unreserved(byte) => behind,
            b'%' if is_escape(behind.first_chunk()) => behind.get(2..).unwrap_or_default(),
            _ => return false,
        };
    }
    true
}

/// Whether these two are upper-case digits of a byte that must be escaped.
#[inline]
fn is_escape(digits: Option<&[u8; 2]>) -> bool {
    let Some([high, low]) = digits else { return false };
    match (percent::upper_hex_value(*high), percent::upper_hex_value(*low)) {
        (high @ 0..16, low @ 0..16) => !is_unreserved(high << 4 | low),
        _ => false,
    }
}

/// Whether the query is sorted and encoded already, as those are which our own builders make. In one pass:
/// this is most of what canonicalizing such a query costs.
fn is_canonical(query: &str) -> bool {
    if query.is_empty() {
        return true;
    }
    let bytes = query.as_bytes();
    let (mut at, mut start, mut equals) = (0, 0, 0);
    let mut before: (&[u8], &[u8]) = (b"", b"");
    loop {
        while let Some(byte) = bytes.get(at)
            && is_unreserved(*byte)
        {
            at += 1;
        }
        match bytes.get(at) {
            Some(b'%') if is_escape(bytes.get(at + 1..).and_then(<[u8]>::first_chunk)) => at += 3,
            // Its name has no equals sign yet.
            Some(b'=') if equals <= start => {
                equals = at + 1;
                at += 1;
            }
            end @ (Some(b'&') | None) if equals > start => {
                let pair = bytes.get(start..equals - 1).zip(bytes.get(equals..at));
                match pair {
                    Some(pair) if are_in_order(before, pair) => before = pair,
                    _ => return false,
                }
                if end.is_none() {
                    return true;
                }
                at += 1;
                start = at;
            }
            _ => return false,
        }
    }
}

/// By name, then by value. The first letters decide it nearly always.
fn are_in_order(before: (&[u8], &[u8]), next: (&[u8], &[u8])) -> bool {
    match before.0.first().cmp(&next.0.first()) {
        Ordering::Less => true,
        Ordering::Equal => before <= next,
        Ordering::Greater => false,
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn canonical_query(sent: &str) -> String {
        let mut text = String::new();
        CanonicalQuery::new(sent).write(&mut text);
        text
    }

    #[test]
    fn parameters_sort_by_encoded_name_then_by_encoded_value() {
        // From the specification: "sort by name, then by value"; a plain sort of `name=value` strings would put
        // `a-b=` before `a=`.
        assert_eq!(canonical_query("a-b=1&a=2&a=1"), "a=1&a=2&a-b=1");
        assert_eq!(canonical_query("b=1&B=2"), "B=2&b=1");
        assert_eq!(canonical_query("versions"), "versions=");
        assert_eq!(canonical_query("k=v=w"), "k=v%3Dw");
        assert_eq!(canonical_query("p=a+b&q=%7e%2f"), "p=a%2Bb&q=~%2F");
    }

    #[test]
    fn a_canonical_query_is_taken_as_sent() {
        for query in ["", "a=1&b=%2F", "list-type=2&prefix="] {
            assert!(matches!(CanonicalQuery::new(query), CanonicalQuery::AsSent(_)), "{query}");
        }
        for query in [
            "b=1&a=1", "a", "a=%2f", "a=%41", "a= ", "a=%", "a=%2", "a=1&&b=2", "a=1&", "&a=1", "a=b=c",
            "a=2&a=1",
        ] {
            assert!(matches!(CanonicalQuery::new(query), CanonicalQuery::Encoded(_)), "{query}");
        }
    }
}
