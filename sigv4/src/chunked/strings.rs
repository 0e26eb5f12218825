//! The strings to sign of chunks and trailers, and the state that signing and verifying them share.

use alloc::string::String;

use sha2::{Digest, Sha256};

use crate::{
    Algorithm, EMPTY_SHA256, Signature,
    key::{Key, Written},
    sink::Sink,
    text::{HexDigest, is_lower_hex},
};

/// The chain of signatures: each one is signed with the next.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: Key,
    /// `20130524T000000Z`.
    pub(crate) time: String,
    pub(crate) scope: String,
    /// At first the request's own signature, the seed.
    pub(crate) previous: String,
}

impl Chain {
    /// The signature of the next chunk; an empty one is the last.
    pub(super) fn sign_chunk(&mut self, data: &[u8]) -> Signature {
        self.sign(false, data)
    }

    /// The signature of the trailing headers, written `name:value\n` each.
    pub(super) fn sign_trailer(&mut self, headers: &str) -> Signature {
        self.sign(true, headers.as_bytes())
    }

    fn sign(&mut self, is_trailer: bool, data: &[u8]) -> Signature {
        let signature = self.key.sign(&self.link(is_trailer, data));
        self.previous = signature.as_str().into();
        signature
    }

    /// Whether `signature` is the next chunk's; if so it is the one that the next one covers.
    pub(super) fn accepts_chunk(&mut self, data: &[u8], signature: &str) -> bool {
        self.accepts(false, data, signature)
    }

    /// Whether `signature` is that of the trailing headers.
    pub(super) fn accepts_trailer(&mut self, headers: &str, signature: &str) -> bool {
        self.accepts(true, headers.as_bytes(), signature)
    }

    fn accepts(&mut self, is_trailer: bool, data: &[u8], signature: &str) -> bool {
        let Some(signature) = self.unpadded(signature) else { return false };
        let mut text = String::new();
        self.link(is_trailer, data).write(&mut text);
        let accepted = self.key.verifies(&text, signature);
        if accepted {
            self.previous = signature.into();
        }
        accepted
    }

    /// A signature as it is signed into the next one. SigV4a's differ in length and are padded on the wire to 144
    /// characters; SigV4's have 64 digits.
    fn unpadded<'a>(&self, sent: &'a str) -> Option<&'a str> {
        let (signature, length) =
            if self.algorithm.has_region_set() { (sent.trim_end_matches('*'), 144) } else { (sent, 64) };
        (sent.len() == length && is_lower_hex(signature)).then_some(signature)
    }

    fn link(&self, is_trailer: bool, data: &[u8]) -> Link<'_> {
        Link { chain: self, is_trailer, hash: HexDigest::new(&Sha256::digest(data).into()) }
    }
}

/// One string to sign.
struct Link<'a> {
    chain: &'a Chain,
    is_trailer: bool,
    hash: HexDigest,
}

impl Written for Link<'_> {
    fn write(&self, sink: &mut impl Sink) {
        let Chain { algorithm, time, scope, previous, .. } = self.chain;
        sink.put(algorithm.name());
        sink.put(if self.is_trailer { "-TRAILER\n" } else { "-PAYLOAD\n" });
        for line in [time, scope, previous] {
            sink.put(line);
            sink.put_byte(b'\n');
        }
        if !self.is_trailer {
            // The hash of the chunk's own headers, of which there are none.
            sink.put(EMPTY_SHA256);
            sink.put_byte(b'\n');
        }
        sink.put(self.hash.as_str());
    }
}
