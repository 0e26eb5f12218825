use alloc::{
    borrow::{Cow, ToOwned},
    vec::Vec,
};
use core::cmp::Ordering;

use crate::{Error, request::NEVER_SIGNED, sink::Sink, text::is_plain};

/// The headers which a signature covers, sorted by lower-case name; repeated ones stay in the order of arrival.
pub(crate) struct CanonicalHeaders<'a> {
    sorted: Vec<Header<'a>>,
}

/// One of them.
struct Header<'a> {
    /// In lower case.
    name: Cow<'a, str>,
    value: &'a str,
    /// The header before it has the same name.
    repeats: bool,
    /// The value holds no white space: there is nothing to trim or fold.
    is_plain: bool,
}

impl<'a> Header<'a> {
    fn new(name: &'a str, value: &'a str) -> Self {
        let has_upper = name.bytes().fold(false, |found, byte| found | byte.is_ascii_uppercase());
        let name = if has_upper { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) };
        Self { name, value, repeats: false, is_plain: is_plain(value) }
    }

    /// Control characters would let a value smuggle in another header; only a folded line may hold a line
    /// break.
    fn is_sendable(&self) -> bool {
        let token = |byte: u8| byte.is_ascii_graphic() && byte != b':';
        let value_is_sendable = self.is_plain || !has_control(self.value) || controls_only_fold(self.value);
        !self.name.is_empty() && self.name.bytes().all(token) && value_is_sendable
    }
}

/// Names that have the length of none on the list need no search.
fn is_never_signed(name: &str) -> bool {
    const LENGTHS: u32 = {
        let (mut lengths, mut at) = (0, 0);
        while at < NEVER_SIGNED.len() {
            #[allow(clippy::indexing_slicing, reason = "checked at compile time")]
            let length = NEVER_SIGNED[at].len();
            lengths |= 1 << length;
            at += 1;
        }
        lengths
    };
    name.len() < 32 && LENGTHS >> name.len() & 1 == 1 && NEVER_SIGNED.contains(&name)
}

/// The first letters decide it nearly always.
fn compare(a: &str, b: &str) -> Ordering {
    match a.as_bytes().first().cmp(&b.as_bytes().first()) {
        Ordering::Equal => a.cmp(b),
        order => order,
    }
}

impl<'a> CanonicalHeaders<'a> {
    /// All of a request's own that may be signed, and those that signing sets: names in lower case, values, and
    /// whether these are plain. One that is set replaces the request's own of that name.
    pub(crate) fn to_sign<const N: usize>(
        headers: &[(&'a str, &'a str)],
        set: [Option<(&'static str, &'a str, bool)>; N],
    ) -> Result<Self, Error> {
        let mut sorted = Vec::with_capacity(headers.len() + N);
        let mut has_host = false;
        for &(name, value) in headers {
            if name.eq_ignore_ascii_case("host") && core::mem::replace(&mut has_host, true) {
                return Err(Error::RepeatedHost);
            }
            let header = Header::new(name, value);
            if !header.is_sendable() {
                return Err(Error::InvalidHeader { name: name.to_owned() });
            }
            let is_set = set.iter().flatten().any(|(name, ..)| *name == header.name);
            if !is_set && !is_never_signed(&header.name) {
                sorted.push(header);
            }
        }
        for (name, value, is_plain) in set.into_iter().flatten() {
            // A token that was copied with a line break in it.
            if !is_plain && has_control(value) {
                return Err(Error::InvalidHeader { name: name.to_owned() });
            }
            sorted.push(Header { name: Cow::Borrowed(name), value, repeats: false, is_plain });
        }
        if has_host { Ok(Self::sort(sorted)) } else { Err(Error::MissingHost) }
    }

    /// The headers of a received request which its signature names, in ascending order; `Err` is the first one that is
    /// not there. Each header is looked at once, and looked up by halving.
    pub(crate) fn named(headers: &[(&'a str, &'a str)], names: &'a str) -> Result<Self, &'a str> {
        let mut wanted: Vec<(&str, bool)> = names.split(';').map(|name| (name, false)).collect();
        let mut sorted = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            let header = Header::new(name, value);
            let found = wanted.binary_search_by(|(wanted, _)| {
                crate::work::count(1);
                (*wanted).cmp(&*header.name)
            });
            if let Some((_, is_there)) = found.ok().and_then(|at| wanted.get_mut(at)) {
                *is_there = true;
                sorted.push(header);
            }
        }
        match wanted.iter().find(|(_, is_there)| !is_there) {
            Some((missing, _)) => Err(missing),
            None => Ok(Self::sort(sorted)),
        }
    }

    fn sort(mut sorted: Vec<Header<'a>>) -> Self {
        sorted.sort_by(|a, b| compare(&a.name, &b.name));
        let mut last = "";
        for header in &mut sorted {
            header.repeats = header.name == last;
            last = &header.name;
        }
        Self { sorted }
    }

    /// `name:value\n` for each, repeated headers joined by commas.
    pub(super) fn write(&self, sink: &mut impl Sink) {
        let mut before = false;
        for Header { name, value, repeats, is_plain } in &self.sorted {
            if *repeats {
                sink.put_byte(b',');
            } else {
                if before {
                    sink.put_byte(b'\n');
                }
                sink.put(name);
                sink.put_byte(b':');
            }
            if *is_plain {
                sink.put(value);
            } else {
                put_folded(value, sink);
            }
            before = true;
        }
        if before {
            sink.put_byte(b'\n');
        }
    }

    /// `host;x-amz-date`: the signed header names.
    pub(crate) fn write_names(&self, sink: &mut impl Sink) {
        for (index, header) in self.sorted.iter().filter(|header| !header.repeats).enumerate() {
            if index > 0 {
                sink.put_byte(b';');
            }
            sink.put(&header.name);
        }
    }
}

fn has_control(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_control())
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

/// Trim the value and fold every inner run of white space (also in quotes and over folded lines) to one space.
fn put_folded(value: &str, sink: &mut impl Sink) {
    for (index, word) in value.split_ascii_whitespace().enumerate() {
        if index > 0 {
            sink.put_byte(b' ');
        }
        sink.put(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn own<'a>(headers: &[(&'a str, &'a str)]) -> Result<CanonicalHeaders<'a>, Error> {
        CanonicalHeaders::to_sign(headers, [])
    }

    #[test]
    fn a_value_cannot_smuggle_in_a_line() {
        for value in ["a\nb: c", "a\rb", "a\0", "a\r\nx-evil: 1", "\u{7f}"] {
            assert!(own(&[("host", "h"), ("x-a", value)]).is_err(), "{value:?}");
        }
        for (name, value) in [("", "v"), ("a b", "v"), ("a:b", "v"), ("a\n", "v")] {
            assert!(own(&[("host", "h"), (name, value)]).is_err(), "{name:?}");
        }
        assert!(own(&[("host", "h"), ("x-a", "one\r\n  two\tthree")]).is_ok());
    }

    #[test]
    fn headers_that_proxies_rewrite_are_left_out_and_added_ones_replace() {
        let headers =
            [("User-Agent", "x"), ("Host", "h"), ("X-Amz-Date", "old"), ("accept-encoding", "gzip")];
        let canonical = CanonicalHeaders::to_sign(&headers, [Some(("x-amz-date", "new", true))]).unwrap();
        let mut text = String::new();
        canonical.write(&mut text);
        assert_eq!(text, "host:h\nx-amz-date:new\n");
    }
}
