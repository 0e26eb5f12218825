//! Percent-encoding with the one set that SigV4 allows: only RFC 3986 unreserved characters stay as they are.
//! General-purpose URL libraries leave more (`'`, `(`, `*`, …), which is the classic cause of a wrong
//! signature.

use alloc::{borrow::Cow, string::String, vec::Vec};

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Lower-case digits of every byte.
#[allow(clippy::indexing_slicing, reason = "checked at compile time")]
static PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

/// Lower-case hex, two digits for each byte; what does not fit is left out.
pub(crate) fn write_hex(bytes: &[u8], digits: &mut [u8]) {
    for (byte, pair) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        pair.copy_from_slice(PAIRS.get(usize::from(*byte)).unwrap_or(&[b'0'; 2]));
    }
}

/// A table is twice as fast as comparing, and every byte of every request passes through it.
#[allow(clippy::indexing_slicing, reason = "checked at compile time")]
static UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_usize;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

#[inline]
pub(crate) fn is_unreserved(byte: u8) -> bool {
    UNRESERVED.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The values of upper-case hex digits; 16 stands for anything else.
#[allow(clippy::indexing_slicing, reason = "checked at compile time")]
static UPPER_HEX: [u8; 256] = {
    let mut table = [16; 256];
    let mut value = 0;
    while value < 16 {
        table[HEX[value] as usize] = value as u8;
        value += 1;
    }
    table
};

#[inline]
pub(crate) fn upper_hex_value(digit: u8) -> u8 {
    UPPER_HEX.get(usize::from(digit)).copied().unwrap_or(16)
}

/// `%XX` for every byte, upper-case as the specification demands.
#[allow(clippy::indexing_slicing, reason = "checked at compile time")]
static ESCAPES: [[u8; 3]; 256] = {
    let mut table = [[b'%'; 3]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [b'%', HEX[byte >> 4], HEX[byte & 15]];
        byte += 1;
    }
    table
};

/// Append a byte, escaped unless it is kept.
#[inline]
pub(crate) fn push_encoded(byte: u8, keep: impl Fn(u8) -> bool, encoded: &mut Vec<u8>) {
    if keep(byte) {
        encoded.push(byte);
    } else if let Some(escape) = ESCAPES.get(usize::from(byte)) {
        encoded.extend_from_slice(escape);
    }
}

#[inline]
fn encode(text: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    let Some(first) = text.bytes().position(|byte| !keep(byte)) else { return Cow::Borrowed(text) };
    let (kept, rest) = text.as_bytes().split_at_checked(first).unwrap_or((b"", text.as_bytes()));
    // Enough for the session tokens that presigning encodes, in which every tenth character is escaped.
    let mut encoded = Vec::with_capacity(text.len() + text.len() / 2 + 16);
    encoded.extend_from_slice(kept);
    for &byte in rest {
        push_encoded(byte, &keep, &mut encoded);
    }
    Cow::Owned(ascii(encoded))
}

/// What was encoded is ASCII.
pub(crate) fn ascii(encoded: Vec<u8>) -> String {
    String::from_utf8(encoded).unwrap_or_default()
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
