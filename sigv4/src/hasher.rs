//! SHA-256 and HMAC-SHA256 over many small pieces.
//!
//! The compression function is `sha2`'s; what is done here is to collect pieces until whole blocks are there.
//! Signing writes some forty short texts, and handing each to a general hash (which keeps a buffer of its
//! own) would cost as much as the hashing. A test holds the results to those of the crates `sha2` and `hmac`.

use sha2::block_api::compress256;

use crate::{percent::write_hex, sink::Sink};

const BLOCK: usize = 64;
/// Eight blocks at a time.
const FULL: usize = 8 * BLOCK;
/// SHA-256's initial state: the fractional parts of the square roots of the first eight primes (FIPS 180-4,
/// 5.3.3).
const INITIAL: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];

/// Hashes what is written into it.
pub(crate) struct Hasher {
    state: [u32; 8],
    /// Bytes compressed already.
    compressed: u64,
    /// One block more than is ever collected: room for the padding.
    pieces: [u8; FULL + BLOCK],
    filled: usize,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self::after(INITIAL, 0)
    }

    /// Go on behind so many bytes (whole blocks) that led to this state.
    fn after(state: [u32; 8], compressed: u64) -> Self {
        Self { state, compressed, pieces: [0; FULL + BLOCK], filled: 0 }
    }

    /// Fill the buffer to its end each time, so that it is compressed by whole blocks.
    #[cold]
    fn put_in_parts(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at_checked(FULL - self.filled).unwrap_or((bytes, &[]));
            let end = self.filled + part.len();
            if let Some(room) = self.pieces.get_mut(self.filled..end) {
                room.copy_from_slice(part);
            }
            self.filled = end;
            bytes = rest;
            if self.filled == FULL {
                self.compress(FULL);
                self.filled = 0;
            }
        }
    }

    fn compress(&mut self, length: usize) {
        crate::work::count(length);
        let (blocks, _) = self.pieces.get(..length).unwrap_or_default().as_chunks();
        compress256(&mut self.state, blocks);
        self.compressed += length as u64;
    }

    /// The state after the padding of FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits.
    fn finish_state(mut self) -> [u32; 8] {
        let bits = (self.compressed + self.filled as u64) * 8;
        let length = (self.filled + 1 + 8).next_multiple_of(BLOCK);
        if let Some(padding) = self.pieces.get_mut(self.filled..length) {
            padding.fill(0);
            if let Some(mark) = padding.first_mut() {
                *mark = 0x80;
            }
            if let Some(end) = padding.last_chunk_mut() {
                *end = bits.to_be_bytes();
            }
        }
        self.compress(length);
        self.state
    }

    /// The hash.
    pub(crate) fn finish(self) -> [u8; 32] {
        bytes(&self.finish_state())
    }
}

fn bytes(state: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (word, room) in state.iter().zip(bytes.chunks_exact_mut(4)) {
        room.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

impl Sink for Hasher {
    #[inline]
    fn put(&mut self, text: &str) {
        self.put_ascii(text.as_bytes());
    }

    #[inline]
    fn put_byte(&mut self, byte: u8) {
        if self.filled == FULL {
            self.compress(FULL);
            self.filled = 0;
        }
        if let Some(room) = self.pieces.get_mut(self.filled) {
            *room = byte;
            self.filled += 1;
        }
    }

    #[inline]
    fn put_ascii(&mut self, bytes: &[u8]) {
        let end = self.filled + bytes.len();
        match self.pieces.get_mut(self.filled..end) {
            Some(room) if end <= FULL => {
                copy(bytes, room);
                self.filled = end;
            }
            _ => self.put_in_parts(bytes),
        }
    }

    #[inline]
    fn put_hex(&mut self, hash: &[u8; 32]) {
        let end = self.filled + 64;
        match self.pieces.get_mut(self.filled..end) {
            Some(room) if end <= FULL => {
                write_hex(hash, room);
                self.filled = end;
            }
            _ => self.put_in_parts(crate::text::HexDigest::new(hash).as_bytes()),
        }
    }
}

/// Copy between slices of one length. Most pieces are short: for them, two copies of fixed size that overlap
/// cost less than the call of a general one.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    #[inline]
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

/// An HMAC-SHA256 key (RFC 2104) of one block, made ready: the states behind its inner and its outer padding.
#[derive(Clone)]
pub(crate) struct MacKey {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl MacKey {
    pub(crate) fn new(block: &[u8; BLOCK]) -> Self {
        let padded = |pad: u8| {
            let mut state = INITIAL;
            compress256(&mut state, &[block.map(|byte| byte ^ pad)]);
            state
        };
        Self { inner: padded(0x36), outer: padded(0x5C) }
    }

    /// The MAC of what `write` writes.
    pub(crate) fn mac(&self, write: impl FnOnce(&mut Hasher)) -> [u8; 32] {
        let mut inner = Hasher::after(self.inner, BLOCK as u64);
        write(&mut inner);
        // The inner hash, padded to the outer one's last block.
        let mut block = [0; BLOCK];
        if let Some(room) = block.first_chunk_mut() {
            *room = inner.finish();
        }
        if let Some([mark, ..]) = block.get_mut(32..) {
            *mark = 0x80;
        }
        if let Some(end) = block.last_chunk_mut() {
            *end = ((BLOCK as u64 + 32) * 8).to_be_bytes();
        }
        let mut state = self.outer;
        compress256(&mut state, &[block]);
        bytes(&state)
    }
}

#[cfg(feature = "zeroize")]
impl Drop for MacKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.inner);
        zeroize::Zeroize::zeroize(&mut self.outer);
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};

    use super::*;

    /// Pieces of every length up to 700, cut at every place: around each boundary of a block and of the buffer.
    #[test]
    fn hashes_and_macs_are_those_of_the_crates() {
        let text: String = (0..700_u32).map(|at| char::from(b' ' + (at % 95) as u8)).collect();
        let block: [u8; BLOCK] = core::array::from_fn(|at| at as u8);
        let (key, reference) = (MacKey::new(&block), Hmac::<Sha256>::new_from_slice(&block).unwrap());
        for length in 0..=text.len() {
            let part = &text[..length];
            for cut in [0, 1, 9, 55, 64, 119, 511, 512, 513].into_iter().filter(|cut| *cut <= length) {
                let mut hasher = Hasher::new();
                hasher.put(&part[..cut]);
                hasher.put(&part[cut..]);
                let expected: [u8; 32] = Sha256::digest(part).into();
                assert_eq!(hasher.finish(), expected, "{length} cut at {cut}");
            }
            let mac = key.mac(|sink| part.bytes().for_each(|byte| sink.put_byte(byte)));
            let expected: [u8; 32] = reference.clone().chain_update(part).finalize().into_bytes().into();
            assert_eq!(mac, expected, "{length}");
        }
    }

    #[test]
    fn hex_is_written_across_the_end_of_the_buffer_too() {
        let hash: [u8; 32] = core::array::from_fn(|at| at as u8 * 7);
        for before in [0, 447, 448, 449, 511, 512] {
            let filler: Vec<u8> = core::iter::repeat_n(b'x', before).collect();
            let mut hasher = Hasher::new();
            hasher.put_ascii(&filler);
            hasher.put_hex(&hash);
            let expected: [u8; 32] = Sha256::digest([filler, hex::encode(hash).into_bytes()].concat()).into();
            assert_eq!(hasher.finish(), expected, "{before}");
        }
    }
}
