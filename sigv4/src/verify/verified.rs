use alloc::string::String;

use super::{Mismatch, payload_hash};
use crate::{Algorithm, ChunkDecoder, Framing, Scope, Secret, Timestamp, chunked::Announced};

/// What a valid signature proves.
///
/// # What is left to the caller
/// - That the session token belongs to the key and has not expired, and that the key may do what is asked.
/// - To act on what was signed: route by [`path`](Self::path), and trust a header only if [`is_signed`](Self::is_signed)
///   says so. `host` and all `x-amz-…` headers are signed; `content-type`, `content-md5`, `range` and others only if the
///   client chose so.
/// - The body, unless it was given as [`ReceivedBody::Bytes`](super::ReceivedBody::Bytes): a stated hash by
///   [`check_body`](Self::check_body), a chunked one by [`chunk_decoder`](Self::chunk_decoder). `UNSIGNED-PAYLOAD` means
///   that anybody could have changed it on its way.
/// - Requests that are sent twice: a signature holds for as long as the clock's tolerance, or a presigned URL's life.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// Whose key signed.
    pub access_key_id: String,
    /// The session token that came along (signed, unless the rules say otherwise).
    pub session_token: Option<Secret>,
    /// For which region and service.
    pub scope: Scope,
    /// When it was signed.
    pub time: Timestamp,
    /// The payload hash that was signed: lower-case hex, or for S3 `UNSIGNED-PAYLOAD` or a `STREAMING-…` marker.
    pub payload_hash: String,
    /// Whether the query was signed rather than the headers.
    pub presigned: bool,
    /// By which algorithm.
    pub algorithm: Algorithm,
    /// The path that the signature covers, percent-encoded once as in a request line.
    ///
    /// Use it, not the one that was received: services other than S3 sign `/admin/../public` and `/public` alike, so a
    /// handler that looks at the received path can be led to another resource than the one that was signed. For S3 it is
    /// `/` and the key (in path style the bucket before it), and `.` and `..` are parts of keys. Split it at `/` and
    /// then decode each part once with [`percent_decode`](crate::percent_decode).
    pub path: String,
    pub(super) signed_headers: String,
    /// How the body is framed, and the key to its chunks.
    pub(super) chunks: Option<Announced>,
}

impl Verified {
    /// Whether the signature covers a header. Its name may be in either case.
    pub fn is_signed(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|name| name.eq_ignore_ascii_case(header))
    }

    /// Compare a body that was not at hand when the request was verified with the hash that was signed. An unsigned
    /// payload passes, and one in chunks, which [`chunk_decoder`](Self::chunk_decoder) checks.
    ///
    /// # Errors
    /// [`Mismatch::PayloadHash`].
    pub fn check_body(&self, body: &[u8]) -> Result<(), Mismatch> {
        payload_hash::check_body(&self.payload_hash, body)
    }

    /// How the body is framed, if it is sent in chunks.
    pub fn framing(&self) -> Option<Framing> {
        self.chunks.as_ref().map(|announced| announced.framing)
    }

    /// What reads and checks the body, if it is sent in chunks. Kind, key, seed signature, length and trailing headers are
    /// those which the request announced, and its signature covers.
    pub fn chunk_decoder(&self) -> Option<ChunkDecoder> {
        self.chunks.as_ref().cloned().map(ChunkDecoder::new)
    }
}
