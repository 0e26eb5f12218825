use alloc::{borrow::Cow, string::String, vec::Vec};

use crate::{
    percent::{self, is_unreserved, percent_decode},
    sink::Sink,
};

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
    Sorted(Vec<Parameter<'a>>),
}

impl<'a> CanonicalQuery<'a> {
    pub(crate) fn new(query: &'a str) -> Self {
        if is_canonical(query) { Self::AsSent(query) } else { Self::sorted(parameters(query).collect()) }
    }

    pub(crate) fn sorted(mut parameters: Vec<Parameter<'a>>) -> Self {
        parameters.sort();
        Self::Sorted(parameters)
    }

    pub(super) fn write(&self, sink: &mut impl Sink) {
        match self {
            Self::AsSent(query) => sink.put(query),
            Self::Sorted(parameters) => {
                for (index, Parameter { name, value }) in parameters.iter().enumerate() {
                    if index > 0 {
                        sink.put("&");
                    }
                    sink.put(name);
                    sink.put("=");
                    sink.put(value);
                }
            }
        }
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
    let mut encoded = String::with_capacity(sent.len() + sent.len() / 2);
    for &byte in percent_decode(sent).iter() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(percent::escape(byte).map(char::from));
        }
    }
    Cow::Owned(encoded)
}

/// Whether decoding and encoding again would change nothing.
fn is_encoded(sent: &str) -> bool {
    let mut rest = sent.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match (byte, tail) {
            (b'%', [high, low, after @ ..]) => {
                let upper = |digit: &u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
                let value = |digit: u8| if digit > b'9' { digit - b'A' + 10 } else { digit - b'0' };
                if !upper(high) || !upper(low) || is_unreserved(value(*high) << 4 | value(*low)) {
                    return false;
                }
                after
            }
            _ if is_unreserved(byte) => tail,
            _ => return false,
        };
    }
    true
}

/// Whether the query is sorted and encoded already, as those are which our own builders make.
fn is_canonical(query: &str) -> bool {
    let mut before = ("", "");
    query.is_empty()
        || query.split('&').all(|piece| {
            let Some((name, value)) = piece.split_once('=') else { return false };
            let sorted = before <= (name, value);
            before = (name, value);
            sorted && is_encoded(name) && is_encoded(value)
        })
}

#[cfg(test)]
mod tests {
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
        for query in ["b=1&a=1", "a", "a=%2f", "a=%41", "a= ", "a=%", "a=1&&b=2"] {
            assert!(matches!(CanonicalQuery::new(query), CanonicalQuery::Sorted(_)), "{query}");
        }
    }
}
