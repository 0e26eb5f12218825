//! Where canonical text is written: a `String` for people, a hash or MAC for signing, so that signing builds no
//! string of it.

use alloc::string::String;

use hmac::digest::Update;

/// Takes text piece by piece.
pub(crate) trait Sink {
    fn put(&mut self, text: &str);
}

impl Sink for String {
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// Collects the many small pieces of a request on the stack before they are hashed: a call of the hash for each of
/// them would cost more than the hashing.
pub(crate) struct Buffered<'h, H: Update> {
    hash: &'h mut H,
    pieces: [u8; 512],
    filled: usize,
}

impl<'h, H: Update> Buffered<'h, H> {
    /// Let `write` write into the hash.
    pub(crate) fn write(hash: &'h mut H, write: impl FnOnce(&mut Self)) {
        let mut buffered = Self { hash, pieces: [0; 512], filled: 0 };
        write(&mut buffered);
        buffered.flush();
    }

    fn flush(&mut self) {
        self.hash.update(self.pieces.get(..self.filled).unwrap_or_default());
        self.filled = 0;
    }
}

impl<H: Update> Sink for Buffered<'_, H> {
    #[inline]
    fn put(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let end = self.filled + bytes.len();
        if let Some(room) = self.pieces.get_mut(self.filled..end) {
            room.copy_from_slice(bytes);
            self.filled = end;
            return;
        }
        self.flush();
        match self.pieces.get_mut(..bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.filled = bytes.len();
            }
            None => self.hash.update(bytes),
        }
    }
}
