use core::{fmt, str};

use crate::percent::write_hex;

/// The longest signature: a DER-encoded ECDSA signature of 72 bytes, in hex.
const MAX_LENGTH: usize = 144;

/// A finished signature in lower-case hex: 64 digits, or up to 144 for SigV4a.
#[derive(Clone, Copy)]
pub struct Signature {
    digits: [u8; MAX_LENGTH],
    length: usize,
}

impl Signature {
    /// From bytes; more than 72 are cut, and no signature is that long.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut digits = [b'0'; MAX_LENGTH];
        let length = bytes.len().min(MAX_LENGTH / 2) * 2;
        if let (Some(room), Some(bytes)) = (digits.get_mut(..length), bytes.get(..length / 2)) {
            write_hex(bytes, room);
        }
        Self { digits, length }
    }

    /// Read hex digits of a signature: an even number of them, 144 at most.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; MAX_LENGTH / 2];
        let room = bytes.get_mut(..text.len() / 2)?;
        hex::decode_to_slice(text, room).ok()?;
        Some(Self::from_bytes(room))
    }

    /// The hex digits.
    pub fn as_str(&self) -> &str {
        self.digits.get(..self.length).and_then(|digits| str::from_utf8(digits).ok()).unwrap_or_default()
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Signature {}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
