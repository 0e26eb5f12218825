//! Where canonical text is written: a `String` for people, a [`Hasher`](crate::hasher::Hasher) for signing,
//! so that signing builds no string of it.

use alloc::string::String;
use core::str;

use crate::text::HexDigest;

/// Takes text piece by piece.
pub(crate) trait Sink {
    fn put(&mut self, text: &str);

    /// One ASCII character.
    fn put_byte(&mut self, byte: u8);

    /// Digits and other ASCII that is at hand as bytes.
    fn put_ascii(&mut self, ascii: &[u8]);

    /// A hash in lower-case hex.
    fn put_hex(&mut self, hash: &[u8; 32]) {
        self.put_ascii(HexDigest::new(hash).as_bytes());
    }
}

impl Sink for String {
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }

    fn put_byte(&mut self, byte: u8) {
        self.push(char::from(byte));
    }

    fn put_ascii(&mut self, ascii: &[u8]) {
        self.push_str(str::from_utf8(ascii).unwrap_or_default());
    }
}
