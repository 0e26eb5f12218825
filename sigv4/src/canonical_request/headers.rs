use alloc::{borrow::ToOwned, vec::Vec};
use core::cmp::Ordering;

use crate::{Error, request::NEVER_SIGNED, sink::Sink};

/// The headers which a signature covers, sorted by lower-case name; repeated ones stay in the order of arrival.
pub(crate) struct CanonicalHeaders<'a> {
    sorted: Vec<(&'a str, &'a str)>,
}

impl<'a> CanonicalHeaders<'a> {
    /// All headers of a request that may be signed, and those which signing adds; an added one replaces the
    /// request's own of that name.
    pub(crate) fn to_sign(
        headers: &'a [(&'a str, &'a str)],
        added: impl Iterator<Item = (&'static str, &'a str)> + Clone,
    ) -> Result<Self, Error> {
        let mut sorted = Vec::with_capacity(headers.len() + 4);
        for &(name, value) in headers {
            if !is_sendable(name, value) {
                return Err(Error::InvalidHeader { name: name.to_owned() });
            }
            let is_added = added.clone().any(|(other, _)| name.eq_ignore_ascii_case(other));
            if !is_added && !is_never_signed(name) {
                sorted.push((name, value));
            }
        }
        for (name, value) in added {
            // A token that was copied with a line break in it.
            if !is_sendable(name, value) {
                return Err(Error::InvalidHeader { name: name.to_owned() });
            }
            sorted.push((name, value));
        }
        let headers = Self::sort(sorted);
        if headers.contains("host") { Ok(headers) } else { Err(Error::MissingHost) }
    }

    /// The headers of a received request which its signature names; `Err` is the first one that is not there.
    pub(crate) fn named(headers: &[(&'a str, &'a str)], names: &'a str) -> Result<Self, &'a str> {
        let mut sorted = Vec::with_capacity(headers.len());
        for name in names.split(';') {
            let before = sorted.len();
            sorted.extend(headers.iter().filter(|(other, _)| name.eq_ignore_ascii_case(other)));
            if sorted.len() == before {
                return Err(name);
            }
        }
        Ok(Self::sort(sorted))
    }

    fn sort(mut sorted: Vec<(&'a str, &'a str)>) -> Self {
        sorted.sort_by(|(a, _), (b, _)| compare(a, b));
        Self { sorted }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.sorted.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// `name:value\n` for each, repeated headers joined by commas.
    pub(super) fn write(&self, sink: &mut impl Sink) {
        let mut last: Option<&str> = None;
        for (name, value) in &self.sorted {
            if last.is_some_and(|last| last.eq_ignore_ascii_case(name)) {
                sink.put(",");
            } else {
                if last.is_some() {
                    sink.put("\n");
                }
                put_lower(name, sink);
                sink.put(":");
            }
            put_folded(value, sink);
            last = Some(name);
        }
        if last.is_some() {
            sink.put("\n");
        }
    }

    /// `host;x-amz-date`: the signed header names.
    pub(crate) fn write_names(&self, sink: &mut impl Sink) {
        let mut last: Option<&str> = None;
        for (name, _) in &self.sorted {
            if last.is_some_and(|last| last.eq_ignore_ascii_case(name)) {
                continue;
            }
            if last.is_some() {
                sink.put(";");
            }
            put_lower(name, sink);
            last = Some(name);
        }
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

fn is_never_signed(name: &str) -> bool {
    NEVER_SIGNED.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Control characters would let a value smuggle in another header; only a folded line may hold a line break.
fn is_sendable(name: &str, value: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_graphic() && byte != b':';
    !name.is_empty() && name.bytes().all(token) && (!has_control(value) || controls_only_fold(value))
}

/// Without an early end, so that it is vectorized: session tokens are long.
fn has_control(value: &str) -> bool {
    value.bytes().fold(false, |found, byte| found | (byte < b' ') | (byte == 0x7F))
}

fn controls_only_fold(value: &str) -> bool {
    let bytes = value.as_bytes();
    let control_is_fold = |at: usize| match bytes.get(at..) {
        Some([b'\t', ..]) => true,
        Some([b'\r', b'\n', ..]) => true,
        Some([b'\n', next, ..]) => matches!(next, b' ' | b'\t'),
        _ => false,
    };
    (0..bytes.len())
        .all(|at| bytes.get(at).is_some_and(|byte| !byte.is_ascii_control()) || control_is_fold(at))
}

fn put_lower(name: &str, sink: &mut impl Sink) {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        sink.put(&name.to_ascii_lowercase());
    } else {
        sink.put(name);
    }
}

/// Trim the value and fold every inner run of white space (also in quotes and over folded lines) to one space.
fn put_folded(value: &str, sink: &mut impl Sink) {
    if value.bytes().fold(true, |graphic, byte| graphic & (byte > b' ')) {
        return sink.put(value);
    }
    for (index, word) in value.split_ascii_whitespace().enumerate() {
        if index > 0 {
            sink.put(" ");
        }
        sink.put(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn a_value_cannot_smuggle_in_a_line() {
        let none = || core::iter::empty();
        for value in ["a\nb: c", "a\rb", "a\0", "a\r\nx-evil: 1", "\u{7f}"] {
            assert!(
                CanonicalHeaders::to_sign(&[("host", "h"), ("x-a", value)], none()).is_err(),
                "{value:?}"
            );
        }
        for (name, value) in [("", "v"), ("a b", "v"), ("a:b", "v"), ("a\n", "v")] {
            assert!(CanonicalHeaders::to_sign(&[("host", "h"), (name, value)], none()).is_err(), "{name:?}");
        }
        assert!(CanonicalHeaders::to_sign(&[("host", "h"), ("x-a", "one\r\n  two\tthree")], none()).is_ok());
    }

    #[test]
    fn headers_that_proxies_rewrite_are_left_out_and_added_ones_replace() {
        let headers =
            [("User-Agent", "x"), ("Host", "h"), ("X-Amz-Date", "old"), ("accept-encoding", "gzip")];
        let canonical = CanonicalHeaders::to_sign(&headers, [("x-amz-date", "new")].into_iter()).unwrap();
        let mut text = String::new();
        canonical.write(&mut text);
        assert_eq!(text, "host:h\nx-amz-date:new\n");
    }
}
