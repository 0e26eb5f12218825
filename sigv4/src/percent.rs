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
fn upper_hex_value(digit: u8) -> u8 {
    UPPER_HEX.get(usize::from(digit)).copied().unwrap_or(16)
}

/// Whether these two are upper-case digits of a byte that must be escaped.
#[inline]
pub(crate) fn is_escape(digits: Option<&[u8; 2]>, keep: impl Fn(u8) -> bool) -> bool {
    let Some([high, low]) = digits else { return false };
    match (upper_hex_value(*high), upper_hex_value(*low)) {
        (high @ 0..16, low @ 0..16) => !keep(high << 4 | low),
        _ => false,
    }
}

/// What is wrong with a `%` that is no escape. No server takes it: SeaweedFS and Ceph refuse it whatever was signed,
/// and awscrt does not sign it.
pub(crate) const BROKEN_ESCAPE: &str =
    "`%` is not followed by two hexadecimal digits: encode a percent sign as %25";

/// Whether there is one (RFC 3986, 2.1).
pub(crate) fn has_broken_escape(sent: &str) -> bool {
    let mut escapes = sent.split('%').skip(1);
    escapes.any(|behind| match behind.as_bytes() {
        [high, low, ..] => !high.is_ascii_hexdigit() || !low.is_ascii_hexdigit(),
        _ => true,
    })
}

/// Decode once and encode by SigV4's rule: every spelling of a text that may stand in a URL gets one form.
/// A `%` without two hex digits stands for itself.
pub(crate) fn recode(sent: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if is_encoded(sent, &keep) {
        return Cow::Borrowed(sent);
    }
    let mut encoded = Vec::with_capacity(sent.len() + sent.len() / 2);
    for &byte in percent_decode(sent).iter() {
        push_encoded(byte, &keep, &mut encoded);
    }
    Cow::Owned(ascii(encoded))
}

/// Whether decoding and encoding again would change nothing.
#[inline]
pub(crate) fn is_encoded(sent: &str, keep: impl Fn(u8) -> bool) -> bool {
    let mut rest = sent.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = match byte {
            byte if keep(byte) => behind,
            b'%' if is_escape(behind.first_chunk(), &keep) => behind.get(2..).unwrap_or_default(),
            _ => return false,
        };
    }
    true
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
    encode(text, is_kept_in_path)
}

/// The characters of a path that SigV4 leaves as they are.
#[inline]
pub(crate) fn is_kept_in_path(byte: u8) -> bool {
    is_unreserved(byte) || byte == b'/'
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
