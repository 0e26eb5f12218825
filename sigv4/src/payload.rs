use core::fmt;

use sha2::{Digest, Sha256};

use crate::{
    Algorithm, Framing,
    text::{HexDigest, is_plain},
};

/// SHA-256 of nothing, in lower-case hex: the payload hash of every request without a body.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What S3 accepts in place of a payload hash when the body is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The part of a signature that covers the body.
///
/// `Debug` shows a body's length only: it may hold a token.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// The whole body; its SHA-256 is signed.
    Bytes(&'a [u8]),
    /// The SHA-256 of a body which is not at hand.
    Sha256([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the body is not covered. S3 accepts it.
    Unsigned,
    /// The body is sent as `aws-chunked`, each chunk signed by itself or not at all: see
    /// [`ChunkEncoder`](crate::ChunkEncoder).
    Chunked(Framing),
    /// The value of an `x-amz-content-sha256` header, signed as it stands.
    Verbatim(&'a str),
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(body) => write!(f, "Bytes({} bytes)", body.len()),
            Self::Sha256(hash) => f.debug_tuple("Sha256").field(&hex::encode(hash)).finish(),
            Self::Unsigned => f.write_str("Unsigned"),
            Self::Chunked(framing) => f.debug_tuple("Chunked").field(framing).finish(),
            Self::Verbatim(text) => f.debug_tuple("Verbatim").field(text).finish(),
        }
    }
}

impl Payload<'_> {
    /// No body.
    pub const EMPTY: Payload<'static> = Payload::Bytes(b"");

    pub(crate) fn is_chunked(&self) -> bool {
        matches!(self, Payload::Chunked(_))
    }
}

impl<'a> Payload<'a> {
    pub(crate) fn hash(&self, algorithm: Algorithm) -> PayloadHash<'a> {
        match *self {
            Payload::Bytes([]) => PayloadHash::Text(EMPTY_SHA256),
            Payload::Bytes(body) => PayloadHash::Hex(HexDigest::new(&Sha256::digest(body).into())),
            Payload::Sha256(digest) => PayloadHash::Hex(HexDigest::new(&digest)),
            Payload::Unsigned => PayloadHash::Text(UNSIGNED_PAYLOAD),
            Payload::Chunked(framing) => PayloadHash::Text(framing.marker(algorithm)),
            Payload::Verbatim(value) => PayloadHash::Text(value),
        }
    }
}

/// The last line of a canonical request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadHash<'a> {
    Text(&'a str),
    Hex(HexDigest),
}

impl PayloadHash<'_> {
    /// Digits are; a value that was given is looked at.
    pub(crate) fn is_plain(&self) -> bool {
        match self {
            PayloadHash::Text(text) => is_plain(text),
            PayloadHash::Hex(_) => true,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            PayloadHash::Text(text) => text,
            PayloadHash::Hex(digest) => digest.as_str(),
        }
    }
}

impl fmt::Debug for PayloadHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
