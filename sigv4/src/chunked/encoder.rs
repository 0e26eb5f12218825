use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::strings::Chain;
use crate::{Error, Framing, Signature, Signed, Signer};

/// What follows the length of a signed chunk.
const SIGNATURE: &str = ";chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature:";

/// Turns pieces of a body into `aws-chunked` bytes.
///
/// The request that announces the body is signed first, with [`Payload::Chunked`](crate::Payload::Chunked),
/// and must carry `content-encoding: aws-chunked` and `x-amz-decoded-content-length` (and `x-amz-trailer`, if
/// headers follow).
///
/// ```
/// use sts3_sigv4::{Credentials, Framing, Payload, Request, Scope, Signer, Timestamp};
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
/// let headers = [
///     ("host", "s3.amazonaws.com"),
///     ("content-encoding", "aws-chunked"),
///     ("x-amz-decoded-content-length", "11"),
/// ];
/// let request = Request::new("PUT", "/bucket/key").headers(&headers).payload(Payload::Chunked(Framing::Signed));
/// let signed = signer.sign(&request, Timestamp::from_unix_seconds(1_369_353_600))?;
///
/// let mut chunks = signer.chunk_encoder(&signed, Framing::Signed)?;
/// let mut body = Vec::new();
/// chunks.chunk(b"hello ", &mut body);
/// chunks.chunk(b"world", &mut body);
/// chunks.finish(&[], &mut body)?;
/// assert!(body.starts_with(b"6;chunk-signature="));
/// # Ok::<(), sts3_sigv4::Error>(())
/// ```
#[derive(Debug)]
pub struct ChunkEncoder {
    framing: Framing,
    chain: Chain,
}

impl Signer<'_> {
    /// An encoder for the body of a request that was just signed.
    ///
    /// # Errors
    /// [`Error::NotForChunks`]: the request was signed without [`Payload::Chunked`](crate::Payload::Chunked) of this
    /// framing, or by another signer. [`Error::NoKey`].
    pub fn chunk_encoder(&self, signed: &Signed<'_>, framing: Framing) -> Result<ChunkEncoder, Error> {
        let scope = self.credential_scope(&signed.date);
        if signed.stated_payload() != Some(framing.marker(self.algorithm)) {
            let problem =
                "the request's signature states no chunks of this framing: sign it with `Payload::Chunked`";
            return Err(Error::NotForChunks { problem });
        }
        if !self.has_signed(signed, &scope) {
            let problem = "the request was signed by another signer, whose key or scope is not this one's";
            return Err(Error::NotForChunks { problem });
        }
        let chain = Chain {
            algorithm: self.algorithm,
            key: self.key(&scope).ok_or(Error::NoKey)?,
            time: signed.date.as_str().to_owned(),
            scope: format!("{scope}"),
            previous: signed.signature().as_str().to_owned(),
        };
        Ok(ChunkEncoder { framing, chain })
    }
}

impl ChunkEncoder {
    /// Append one chunk. S3 wants at least 8 KiB in every chunk but the last. Nothing is written for no data,
    /// which would end the body.
    pub fn chunk(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if !data.is_empty() {
            self.head(data, out);
            out.extend_from_slice(data);
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Append the end: the empty chunk, and the trailing headers where the framing has them.
    ///
    /// # Errors
    /// [`Error::InvalidHeader`]: a trailing header that HTTP cannot carry, or one where the framing has none.
    pub fn finish(mut self, trailers: &[(&str, &str)], out: &mut Vec<u8>) -> Result<(), Error> {
        for (name, value) in trailers {
            let sendable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
            let is_name =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
            if !self.framing.has_trailer() || !is_name || !value.bytes().all(sendable) {
                return Err(Error::InvalidHeader { name: (*name).to_owned() });
            }
        }
        self.head(b"", out);
        if self.framing.has_trailer() {
            for (name, value) in trailers {
                out.extend_from_slice(
                    format!("{}:{}\r\n", name.to_ascii_lowercase(), value.trim()).as_bytes(),
                );
            }
            if self.framing.is_signed() {
                let signature = self.chain.sign_trailer(&canonical_trailer(trailers));
                out.extend_from_slice(
                    format!("{TRAILER_SIGNATURE}{}\r\n", self.padded(&signature)).as_bytes(),
                );
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// How long a body becomes: the value of `Content-Length`, which must be known before the first chunk.
    /// Every chunk but the last is `chunk` bytes long.
    pub fn encoded_length(&self, decoded: u64, chunk: u64, trailers: &[(&str, &str)]) -> u64 {
        let per_signature = if self.chain.algorithm.has_region_set() { 144 } else { 64 };
        let signature = if self.framing.is_signed() { SIGNATURE.len() as u64 + per_signature } else { 0 };
        let framed = |data: u64| format!("{data:x}").len() as u64 + signature + 2 + data + 2;
        let chunk = chunk.max(1);
        let rest = decoded % chunk;
        let chunks = decoded / chunk * framed(chunk) + if rest > 0 { framed(rest) } else { 0 };
        // The empty chunk's head, and the empty line at the end.
        let end = 1 + signature + 2 + 2;
        let mut trailer = 0;
        if self.framing.has_trailer() {
            trailer =
                trailers.iter().map(|(name, value)| name.len() as u64 + value.trim().len() as u64 + 3).sum();
            if self.framing.is_signed() {
                trailer += TRAILER_SIGNATURE.len() as u64 + per_signature + 2;
            }
        }
        chunks + end + trailer
    }

    fn head(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{:x}", data.len()).as_bytes());
        if self.framing.is_signed() {
            let signature = self.chain.sign_chunk(data);
            out.extend_from_slice(SIGNATURE.as_bytes());
            out.extend_from_slice(self.padded(&signature).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }

    /// SigV4a's signatures differ in length; on the wire they are padded, so that lengths can be foreseen.
    fn padded(&self, signature: &Signature) -> String {
        let width = if self.chain.algorithm.has_region_set() { 144 } else { 64 };
        format!("{:*<width$}", signature.as_str())
    }
}

/// `name:value\n` for each header in the order of their names: what a trailer's signature covers.
pub(super) fn canonical_trailer(trailers: &[(&str, &str)]) -> String {
    let mut lines: Vec<(String, &str)> =
        trailers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
    lines.sort_unstable();
    lines.iter().map(|(name, value)| format!("{name}:{value}\n")).collect()
}
