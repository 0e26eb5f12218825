//! Percent-encoding with the one set that SigV4 allows: only RFC 3986 unreserved characters stay as they are.
//! General-purpose URL libraries leave more (`'`, `(`, `*`, …), which is the classic cause of a wrong signature.

use alloc::{borrow::Cow, string::String, vec::Vec};

const HEX: &[u8; 16] = b"0123456789ABCDEF";

pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// `%XX` for a byte, upper-case as the specification demands.
pub(crate) fn escape(byte: u8) -> [u8; 3] {
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    [b'%', digit(byte >> 4), digit(byte & 15)]
}

fn encode(text: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if text.bytes().all(&keep) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        if keep(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(escape(byte).map(char::from));
        }
    }
    Cow::Owned(encoded)
}

/// Encode one query name, one query value or one path segment: `/` is encoded too, a space becomes `%20`.
pub fn percent_encode(text: &str) -> Cow<'_, str> {
    encode(text, is_unreserved)
}

/// Encode a path: like [`percent_encode`], with `/` left alone.
pub fn percent_encode_path(text: &str) -> Cow<'_, str> {
    encode(text, |byte| is_unreserved(byte) || byte == b'/')
}

/// Decode `%XX` once; `+` stays a plus, and a `%` without two hex digits stays as it is.
pub fn percent_decode(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        match (byte, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(nibble(*high) << 4 | nibble(*low));
                rest = after;
            }
            _ => {
                decoded.push(byte);
                rest = tail;
            }
        }
    }
    Cow::Owned(decoded)
}

fn nibble(digit: u8) -> u8 {
    char::from(digit).to_digit(16).unwrap_or_default() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_survive() {
        assert_eq!(percent_encode("azAZ09-._~"), "azAZ09-._~");
        assert_eq!(percent_encode(" +/@:^()*'!ü"), "%20%2B%2F%40%3A%5E%28%29%2A%27%21%C3%BC");
        assert_eq!(percent_encode_path("/a b/ü"), "/a%20b/%C3%BC");
    }

    #[test]
    fn decoding_happens_once_and_never_fails() {
        assert_eq!(&*percent_decode("a%2Fb%2525+%"), b"a/b%25+%");
        assert_eq!(&*percent_decode("%zz%4"), b"%zz%4");
        assert_eq!(&*percent_decode("%e1%88%B4"), "ሴ".as_bytes());
    }
}
