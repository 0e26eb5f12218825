//! Where canonical text is written: a `String` for people, a hash or MAC for signing, so that signing builds no
//! string of it.

use alloc::string::String;
use core::str;

use hmac::digest::Update;

/// Takes text piece by piece.
pub(crate) trait Sink {
    fn put(&mut self, text: &str);

    /// One ASCII character.
    fn put_byte(&mut self, byte: u8);

    /// Digits and other ASCII that is at hand as bytes.
    fn put_ascii(&mut self, ascii: &[u8]);
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

/// Collects the many small pieces of a request on the stack before they are hashed: a call of the hash for each of
/// them would cost more than the hashing.
pub(crate) struct Buffered<'h, H: Update, const SIZE: usize> {
    hash: &'h mut H,
    pieces: [u8; SIZE],
    filled: usize,
}

/// For a canonical request: with a session token it fits in twice.
pub(crate) type Large<'h, H> = Buffered<'h, H, 1024>;
/// For a string to sign.
pub(crate) type Small<'h, H> = Buffered<'h, H, 256>;

impl<'h, H: Update, const SIZE: usize> Buffered<'h, H, SIZE> {
    /// Let `write` write into the hash.
    pub(crate) fn write(hash: &'h mut H, write: impl FnOnce(&mut Self)) {
        let mut buffered = Self { hash, pieces: [0; SIZE], filled: 0 };
        write(&mut buffered);
        buffered.flush();
    }

    /// Fill the buffer to its end each time, so that the hash gets whole blocks and keeps no rest of its own.
    #[cold]
    fn put_in_parts(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at_checked(SIZE - self.filled).unwrap_or((bytes, &[]));
            let end = self.filled + part.len();
            if let Some(room) = self.pieces.get_mut(self.filled..end) {
                room.copy_from_slice(part);
            }
            self.filled = end;
            bytes = rest;
            if self.filled == SIZE {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        self.hash.update(self.pieces.get(..self.filled).unwrap_or_default());
        self.filled = 0;
    }
}

impl<H: Update, const SIZE: usize> Sink for Buffered<'_, H, SIZE> {
    #[inline]
    fn put(&mut self, text: &str) {
        self.put_ascii(text.as_bytes());
    }

    #[inline]
    fn put_byte(&mut self, byte: u8) {
        if self.filled == self.pieces.len() {
            self.flush();
        }
        if let Some(room) = self.pieces.get_mut(self.filled) {
            *room = byte;
            self.filled += 1;
        }
    }

    #[inline]
    fn put_ascii(&mut self, bytes: &[u8]) {
        let end = self.filled + bytes.len();
        if let Some(room) = self.pieces.get_mut(self.filled..end) {
            copy(bytes, room);
            self.filled = end;
        } else {
            self.put_in_parts(bytes);
        }
    }
}

/// Copy between slices of one length. Most pieces are short: for them, two copies of fixed size that overlap cost less
/// than the call of a general one.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    fn both_ends<const N: usize>(from: &[u8], to: &mut [u8]) {
        if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
            if let Some(room) = to.first_chunk_mut::<N>() {
                *room = *first;
            }
            if let Some(room) = to.last_chunk_mut::<N>() {
                *room = *last;
            }
        }
    }
    match from.len() {
        0 => {}
        1 => both_ends::<1>(from, to),
        2..4 => both_ends::<2>(from, to),
        4..8 => both_ends::<4>(from, to),
        8..16 => both_ends::<8>(from, to),
        16..=32 => both_ends::<16>(from, to),
        33..=64 => both_ends::<32>(from, to),
        _ => to.copy_from_slice(from),
    }
}
