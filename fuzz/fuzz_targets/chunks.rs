//! Any `aws-chunked` body is decoded or refused, in pieces of any size with the same result; a signed one
//! gives out nothing that was not signed, and one that is let through has the length that was announced.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3_sigv4::{
    ChunkDecoder, Credentials, Framing, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer, Timestamp, Verifier,
};

#[derive(Arbitrary, Debug)]
struct Input {
    framing: u8,
    piece: u8,
    length: u16,
    body: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let framing = [Framing::Signed, Framing::SignedWithTrailer, Framing::UnsignedWithTrailer][usize::from(input.framing % 3)];
    let decoder = || decoder(framing, &input.length.to_string());
    let whole = decode(decoder(), &input.body, input.body.len().max(1));
    let pieces = decode(decoder(), &input.body, usize::from(input.piece).max(1));
    assert_eq!(whole, pieces);
    if framing.is_signed() {
        assert!(whole.is_none(), "signed data was forged");
    }
    assert!(whole.is_none_or(|data| data.len() == usize::from(input.length)));
});

fn decode(mut decoder: ChunkDecoder, body: &[u8], piece: usize) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    for part in body.chunks(piece) {
        decoder.decode(part, &mut data).ok()?;
    }
    decoder.finish().ok().map(|_| data)
}

fn decoder(framing: Framing, length: &str) -> ChunkDecoder {
    let time = Timestamp::from_unix_seconds(1_440_938_160);
    let credentials = Credentials::new("AKIDEXAMPLE", "a secret that the fuzzer does not know");
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let mut own = vec![("host", "s3.example"), ("x-amz-decoded-content-length", length)];
    // One that is checked, and one that is not.
    own.extend(framing.has_trailer().then_some(("x-amz-trailer", "x-amz-checksum-crc32,x-a")));
    let request = Request::new("PUT", "/k").headers(&own).payload(Payload::Chunked(framing));
    let signed = signer.sign(&request, time).unwrap();
    let headers: Vec<(&str, &str)> = own.iter().copied().chain(signed.headers()).collect();
    let received = Received { method: "PUT", path: "/k", query: "", headers: &headers, body: ReceivedBody::Unread };
    let verifier = Verifier::new(|_: &str| Some(Secret::new("a secret that the fuzzer does not know")));
    verifier.verify(&received, time).unwrap().chunk_decoder().unwrap()
}
