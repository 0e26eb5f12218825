use core::fmt;

/// A finished signature: 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    pub(crate) fn from_mac(mac: [u8; 32]) -> Self {
        let mut text = [b'0'; 64];
        // Cannot fail: 64 is twice 32.
        let _ = hex::encode_to_slice(mac, &mut text);
        Self(text)
    }

    /// The hex digits.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

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
