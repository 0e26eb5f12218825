//! Bodies in chunks: requests that announce them, and what sends and reads them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sts3_sigv4::{
    Algorithm, ChunkDecoder, ChunkError, Credentials, Framing, Mismatch, Payload, Received, ReceivedBody,
    Request, Scope, Secret, Signer, Timestamp, Trailer, Verified, Verifier,
};

/// The documentation's.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const TIME: &str = "20130524T000000Z";
pub(crate) const FRAMINGS: [Framing; 3] =
    [Framing::Signed, Framing::SignedWithTrailer, Framing::UnsignedWithTrailer];

pub(crate) fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

pub(crate) fn time() -> Timestamp {
    Timestamp::parse(TIME).unwrap()
}

pub(crate) fn algorithms() -> Vec<Algorithm> {
    vec![
        Algorithm::Hmac,
        #[cfg(feature = "v4a")]
        Algorithm::EcdsaP256,
    ]
}

/// What a request announces.
#[derive(Clone, Copy)]
pub(crate) struct Announced<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) framing: Framing,
    pub(crate) length: &'a str,
    pub(crate) trailer: Option<&'a str>,
}

pub(crate) const TRAILER: &str = "X-Amz-Checksum-Crc32c";
/// Of `hello world`, by awscrt: `base64(crc32c(b"hello world"))`.
pub(crate) const CHECKSUM: &str = "yZRlqg==";

impl<'a> Announced<'a> {
    pub(crate) fn new(algorithm: Algorithm, framing: Framing, length: &'a str) -> Self {
        Self { algorithm, framing, length, trailer: framing.has_trailer().then_some("x-amz-checksum-crc32c") }
    }

    /// The signed request's verdict, and the body with these chunks and trailing headers.
    pub(crate) fn send(
        &self,
        chunks: &[&[u8]],
        trailers: &[(&str, &str)],
    ) -> (Vec<u8>, Result<Verified, Mismatch>) {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
        let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3")).algorithm(self.algorithm);
        let mut headers = vec![("host", "s3.example"), ("content-encoding", "aws-chunked")];
        headers.extend((!self.length.is_empty()).then_some(("x-amz-decoded-content-length", self.length)));
        headers.extend(self.trailer.map(|names| ("x-amz-trailer", names)));
        let payload = Payload::Chunked(self.framing);
        let request = Request::new("PUT", "/b/k").headers(&headers).payload(payload);
        let signed = signer.sign(&request, time()).unwrap();
        let mut encoder = signer.chunk_encoder(&signed, self.framing).unwrap();
        let mut body = Vec::new();
        for chunk in chunks {
            encoder.chunk(chunk, &mut body);
        }
        encoder.finish(trailers, &mut body).unwrap();
        let added: Vec<_> = signed.headers().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        headers.extend(borrowed(&added));
        (body, verify("/b/k", &headers))
    }
}

pub(crate) fn verify(path: &str, headers: &[(&str, &str)]) -> Result<Verified, Mismatch> {
    let verifier = Verifier::new(|_: &str| Some(Secret::new(SECRET))).region("us-east-1").service("s3");
    let received = Received { method: "PUT", path, query: "", headers, body: ReceivedBody::Unread };
    verifier.verify(&received, time())
}

/// Some body in these chunks, and a decoder for it.
pub(crate) fn exchange(algorithm: Algorithm, framing: Framing, chunks: &[&[u8]]) -> (Vec<u8>, ChunkDecoder) {
    let data = chunks.concat();
    let length = data.len().to_string();
    let announced = Announced::new(algorithm, framing, &length);
    let checksum = if data.is_empty() { "AAAAAA==" } else { CHECKSUM };
    let trailers: &[(&str, &str)] = if framing.has_trailer() { &[(TRAILER, checksum)] } else { &[] };
    let (body, verified) = announced.send(chunks, trailers);
    let verified = verified.unwrap();
    assert_eq!((verified.framing(), verified.algorithm), (Some(framing), algorithm));
    (body, verified.chunk_decoder().unwrap())
}

pub(crate) type Decoded = (Vec<u8>, Vec<Trailer>);

pub(crate) fn decode(mut decoder: ChunkDecoder, body: &[u8], piece: usize) -> Result<Decoded, ChunkError> {
    let mut out = Vec::new();
    for part in body.chunks(piece) {
        decoder.decode(part, &mut out)?;
    }
    Ok((out, decoder.finish()?))
}

pub(crate) fn pairs(trailers: &[Trailer]) -> Vec<(String, String)> {
    trailers.iter().map(|trailer| (trailer.name.clone(), trailer.value.clone())).collect()
}
