//! Any `aws-chunked` body is decoded or refused, in pieces of any size with the same result; a signed one
//! gives out nothing that was not signed.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sigv4::{
    ChunkDecoder, Credentials, Framing, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer, Timestamp, Verifier,
};

#[derive(Arbitrary, Debug)]
struct Input {
    framing: u8,
    piece: u8,
    body: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let framing = [Framing::Signed, Framing::SignedWithTrailer, Framing::UnsignedWithTrailer][usize::from(input.framing % 3)];
    let whole = decode(decoder(framing), &input.body, input.body.len().max(1));
    let pieces = decode(decoder(framing), &input.body, usize::from(input.piece).max(1));
    assert_eq!(whole, pieces);
    if framing.is_signed() {
        assert!(whole.is_none_or(|data| data.is_empty()), "signed data was forged");
    }
});

fn decode(mut decoder: ChunkDecoder, body: &[u8], piece: usize) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    for part in body.chunks(piece) {
        decoder.decode(part, &mut data).ok()?;
    }
    decoder.finish().ok().map(|_| data)
}

fn decoder(framing: Framing) -> ChunkDecoder {
    let time = Timestamp::from_unix_seconds(1_440_938_160);
    let credentials = Credentials::new("AKIDEXAMPLE", "a secret that the fuzzer does not know");
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let request = Request::new("PUT", "/k").headers(&[("host", "s3.example")]).payload(Payload::Chunked(framing));
    let signed = signer.sign(&request, time).unwrap();
    let headers: Vec<(&str, &str)> = std::iter::once(("host", "s3.example")).chain(signed.headers()).collect();
    let received = Received { method: "PUT", path: "/k", query: "", headers: &headers, body: ReceivedBody::Unread };
    let verifier = Verifier::new(|_: &str| Some(Secret::new("a secret that the fuzzer does not know")));
    let verified = verifier.verify(&received, time).unwrap();
    verifier.chunk_decoder(&verified).unwrap()
}
