use alloc::{borrow::Cow, vec::Vec};
use core::cmp::Ordering;

use crate::{
    Error, Rules,
    percent::{self, has_broken_escape, is_encoded, is_unreserved, recode},
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

    /// Whether it was sent in another spelling.
    pub(crate) fn is_respelled(&self) -> bool {
        matches!((&self.name, &self.value), (Cow::Owned(_), _) | (_, Cow::Owned(_)))
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
    /// Of a query that is about to be sent.
    pub(crate) fn to_sign(query: &'a str, rules: Rules) -> Result<Self, Error> {
        if is_canonical(query) {
            return Ok(Self::AsSent(query));
        }
        check_query(query)?;
        Ok(Self::encoded(parameters(query, rules)))
    }

    /// Of a query as it arrived.
    pub(crate) fn new(query: &'a str, rules: Rules) -> Self {
        if is_canonical(query) { Self::AsSent(query) } else { Self::encoded(parameters(query, rules)) }
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

/// Refuse what cannot be on a request line.
pub(crate) fn check_query(query: &str) -> Result<(), Error> {
    let is_sendable =
        query.bytes().fold(true, |sendable, byte| sendable & (byte > b' ') & (byte != 0x7F) & (byte != b'#'));
    let problem = if query.contains('#') {
        "`#` ends the part of a URL that is sent: encode it as %23"
    } else if !is_sendable {
        "a blank or control character cannot be sent: encode it (a blank as %20)"
    } else if has_broken_escape(query) {
        percent::BROKEN_ESCAPE
    } else {
        return Ok(());
    };
    Err(Error::InvalidQuery { problem })
}

/// The parameters of a query as sent, in its order; empty pieces (`a&&b`) are none.
pub(crate) fn parameters(query: &str, rules: Rules) -> impl Iterator<Item = Parameter<'_>> {
    query.split('&').filter(|piece| !piece.is_empty()).map(move |piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Parameter { name: canonical(name, rules), value: canonical(value, rules) }
    })
}

fn canonical(sent: &str, rules: Rules) -> Cow<'_, str> {
    if is_encoded(sent, is_unreserved) {
        return Cow::Borrowed(sent);
    }
    if rules.plus_is_blank && sent.contains('+') {
        return Cow::Owned(recode(&sent.replace('+', "%20"), is_unreserved).into_owned());
    }
    recode(sent, is_unreserved)
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
            Some(b'%') if is_escape_at(bytes, at + 1) => at += 3,
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

fn is_escape_at(bytes: &[u8], at: usize) -> bool {
    percent::is_escape(bytes.get(at..).and_then(<[u8]>::first_chunk), is_unreserved)
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

    fn canonical_query(sent: &str, rules: Rules) -> String {
        let mut text = String::new();
        CanonicalQuery::new(sent, rules).write(&mut text);
        text
    }

    #[test]
    fn parameters_sort_by_encoded_name_then_by_encoded_value() {
        // From the specification: "sort by name, then by value"; a plain sort of `name=value` strings would put
        // `a-b=` before `a=`.
        for (sent, canonical) in [
            ("a-b=1&a=2&a=1", "a=1&a=2&a-b=1"),
            ("b=1&B=2", "B=2&b=1"),
            ("versions", "versions="),
            ("k=v=w", "k=v%3Dw"),
            ("q=%7e%2f", "q=~%2F"),
        ] {
            assert_eq!(canonical_query(sent, Rules::STANDARD), canonical);
            assert_eq!(canonical_query(sent, Rules::S3), canonical);
        }
    }

    // SeaweedFS 4.48 and Ceph 16 list `a b` for `prefix=a+b`, and accept no signature in which it is `a%2Bb`.
    #[test]
    fn a_plus_is_a_blank_for_s3_and_a_plus_elsewhere() {
        assert_eq!(canonical_query("p+q=a+b%2b%20", Rules::S3), "p%20q=a%20b%2B%20");
        assert_eq!(canonical_query("p+q=a+b%2b%20", Rules::STANDARD), "p%2Bq=a%2Bb%2B%20");
    }

    #[test]
    fn a_canonical_query_is_taken_as_sent() {
        for query in ["", "a=1&b=%2F", "list-type=2&prefix="] {
            assert!(matches!(CanonicalQuery::new(query, Rules::S3), CanonicalQuery::AsSent(_)), "{query}");
        }
        for query in [
            "b=1&a=1", "a", "a=%2f", "a=%41", "a= ", "a=%", "a=%2", "a=1&&b=2", "a=1&", "&a=1", "a=b=c",
            "a=2&a=1",
        ] {
            assert!(matches!(CanonicalQuery::new(query, Rules::S3), CanonicalQuery::Encoded(_)), "{query}");
        }
    }
}
