//! What texts of a signature are made of, and how messages show those that came from outside.

use core::fmt::{self, Write};

use crate::percent::write_hex;

/// Whether a value holds only graphic characters. Without an early end, so that it is vectorized: session
/// tokens are long.
pub(crate) fn is_plain(value: &str) -> bool {
    value.bytes().fold(true, |plain, byte| plain & (byte > b' ') & (byte != 0x7F))
}

/// As signatures and hashes are written; either case would be another text for one number.
pub(crate) fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

/// A SHA-256 in lower-case hex, on the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct HexDigest([u8; 64]);

impl HexDigest {
    pub(crate) fn new(digest: &[u8; 32]) -> Self {
        let mut text = [b'0'; 64];
        write_hex(digest, &mut text);
        Self(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Text from outside as messages show it: at most 100 characters, and those that could control a terminal, or pass for
/// another character, escaped.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, c) in self.0.chars().enumerate() {
            if count == 100 {
                return write!(f, "... ({} bytes)", self.0.len());
            }
            match c {
                ' '..='~' => f.write_char(c)?,
                c => write!(f, "{}", c.escape_default())?,
            }
        }
        Ok(())
    }
}
