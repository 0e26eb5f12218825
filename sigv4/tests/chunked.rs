//! `aws-chunked` bodies: the documentation's worked examples (`fixtures/sigv4/s3-chunked.json`), and back
//! through the decoder in pieces of every size.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use serde::Deserialize;
use sigv4::{
    Algorithm, ChunkDecoder, ChunkError, Credentials, Framing, Payload, Received, ReceivedBody, Request,
    Scope, Secret, Signer, Timestamp, Verifier,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TIME: &str = "20130524T000000Z";

#[derive(Deserialize)]
struct Example {
    headers: Vec<(String, String)>,
    seed: String,
    chunks: Vec<String>,
    trailers: Vec<(String, String)>,
    trailer_signature: Option<String>,
    content_length: Option<u64>,
}

fn example(name: &str) -> Example {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sigv4/s3-chunked.json");
    let mut all: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    serde_json::from_value(all[name].take()).unwrap()
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn time() -> Timestamp {
    Timestamp::parse(TIME).unwrap()
}

/// The documented body: 65 KiB of `a` in chunks of 64 KiB.
fn document_body() -> Vec<u8> {
    vec![b'a'; 66_560]
}

#[test]
fn the_documentation_s_examples_are_signed_as_printed() {
    for (name, framing) in [("signed", Framing::Signed), ("signed-with-trailer", Framing::SignedWithTrailer)]
    {
        let example = example(name);
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
        let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
        let headers = borrowed(&example.headers);
        let request = Request::new("PUT", "/examplebucket/chunkObject.txt")
            .headers(&headers)
            .payload(Payload::Chunked(framing));
        let signed = signer.sign(&request, time()).unwrap();
        assert_eq!(signed.signature().as_str(), example.seed, "{name}");

        let mut encoder = signer.chunk_encoder(&signed, framing).unwrap();
        let trailers = borrowed(&example.trailers);
        let foreseen = encoder.encoded_length(66_560, 65_536, &trailers);
        let mut body = Vec::new();
        for chunk in document_body().chunks(65_536) {
            encoder.chunk(chunk, &mut body);
        }
        encoder.finish(&trailers, &mut body).unwrap();
        assert_eq!(foreseen, body.len() as u64, "{name}");
        assert!(example.content_length.is_none_or(|length| length == foreseen), "{name}: {foreseen}");
        let text = String::from_utf8(body).unwrap();
        let written: Vec<&str> =
            text.lines().filter_map(|line| Some(line.split_once(";chunk-signature=")?.1)).collect();
        assert_eq!(written, example.chunks, "{name}");
        if let Some(signature) = example.trailer_signature {
            let end =
                format!("x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:{signature}\r\n\r\n");
            assert!(text.ends_with(&end), "{name}: {}", &text[text.len() - 300..]);
        }
    }
}

fn algorithms() -> Vec<Algorithm> {
    vec![
        Algorithm::Hmac,
        #[cfg(feature = "v4a")]
        Algorithm::EcdsaP256,
    ]
}

/// Sign a request with a chunked body, and give the body and a decoder for it as a server would make it.
fn exchange(algorithm: Algorithm, framing: Framing, chunks: &[&[u8]]) -> (Vec<u8>, ChunkDecoder) {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3")).algorithm(algorithm);
    let mut headers = vec![("host", "s3.example"), ("content-encoding", "aws-chunked")];
    let request = Request::new("PUT", "/b/k").headers(&headers).payload(Payload::Chunked(framing));
    let signed = signer.sign(&request, time()).unwrap();
    let mut encoder = signer.chunk_encoder(&signed, framing).unwrap();
    let trailers: &[(&str, &str)] =
        if framing.has_trailer() { &[("X-Amz-Checksum-Crc32c", "sOO8/Q==")] } else { &[] };
    let mut body = Vec::new();
    for chunk in chunks {
        encoder.chunk(chunk, &mut body);
    }
    encoder.finish(trailers, &mut body).unwrap();

    let added: Vec<(String, String)> = signed.headers().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    headers.extend(borrowed(&added));
    let verifier =
        Verifier::new(|id: &str| (id == "AKIDEXAMPLE").then(|| Secret::new(SECRET))).region("us-east-1");
    let received =
        Received { method: "PUT", path: "/b/k", query: "", headers: &headers, body: ReceivedBody::Unread };
    let verified = verifier.verify(&received, time()).unwrap();
    assert_eq!(verified.framing(), Some(framing));
    assert_eq!(verified.algorithm, algorithm);
    (body, verifier.chunk_decoder(&verified).unwrap())
}

type Decoded = (Vec<u8>, Vec<(String, String)>);

fn decode(mut decoder: ChunkDecoder, body: &[u8], piece: usize) -> Result<Decoded, ChunkError> {
    let mut out = Vec::new();
    for part in body.chunks(piece) {
        decoder.decode(part, &mut out)?;
    }
    Ok((out, decoder.finish()?))
}

const FRAMINGS: [Framing; 3] = [Framing::Signed, Framing::SignedWithTrailer, Framing::UnsignedWithTrailer];

#[test]
fn bodies_come_back_in_pieces_of_any_size() {
    for algorithm in algorithms() {
        for framing in FRAMINGS {
            for piece in [1, 2, 7, 1000] {
                let (body, decoder) = exchange(algorithm, framing, &[b"hello ", b"\r\n0;", b"world"]);
                let (data, trailers) = decode(decoder, &body, piece).unwrap();
                assert_eq!(data, b"hello \r\n0;world");
                let expected = framing
                    .has_trailer()
                    .then(|| ("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned()));
                assert_eq!(trailers, expected.into_iter().collect::<Vec<_>>());
            }
            let (body, decoder) = exchange(algorithm, framing, &[]);
            assert_eq!(decode(decoder, &body, 5).unwrap().0, b"");
        }
    }
}

#[test]
fn any_change_of_a_signed_body_is_noticed_and_a_cut_one_is_incomplete() {
    for framing in [Framing::Signed, Framing::SignedWithTrailer] {
        let (body, _) = exchange(Algorithm::Hmac, framing, &[b"hello ", b"world"]);
        for at in 0..body.len() {
            let (_, decoder) = exchange(Algorithm::Hmac, framing, &[b"hello ", b"world"]);
            let mut changed = body.clone();
            changed[at] ^= 1;
            let decoded = decode(decoder, &changed, 64);
            // A header's name in another case is the same header.
            let (was, is) = (char::from(body[at]), char::from(changed[at]));
            assert!(
                decoded.is_err() || was.eq_ignore_ascii_case(&is),
                "{framing:?}: byte {at}, {was:?} to {is:?}"
            );
            let (_, decoder) = exchange(Algorithm::Hmac, framing, &[b"hello ", b"world"]);
            assert!(decode(decoder, &body[..at], 64).is_err(), "{framing:?}: cut at {at}");
        }
        // Chunks that change places, or come twice.
        let (other, _) = exchange(Algorithm::Hmac, framing, &[b"world", b"hello "]);
        let (_, decoder) = exchange(Algorithm::Hmac, framing, &[b"hello ", b"world"]);
        let first_of_other = other.windows(7).position(|part| part == b"world\r\n").unwrap() + 7;
        let swapped = [&body[..0], &other[first_of_other..]].concat();
        assert_eq!(decode(decoder, &swapped, 64).unwrap_err(), ChunkError::Chunk { index: 0 });
    }
}

#[test]
fn hostile_framing_is_refused() {
    for body in [
        "x\r\n",
        "ffffffffff\r\n",
        "-1\r\n",
        "+5\r\nhello\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "5;chunk-signature=\r\nhello\r\n",
        "1000001;chunk-signature=00\r\n",
        "\r\n",
        "0\r\nno-colon\r\n\r\n",
        "0\r\n\r\nmore",
    ] {
        let (_, decoder) = exchange(Algorithm::Hmac, Framing::UnsignedWithTrailer, &[]);
        let signed_needs = body.contains("chunk-signature");
        assert!(decode(decoder, body.as_bytes(), 3).is_err() || signed_needs, "{body:?}");
        let (_, decoder) = exchange(Algorithm::Hmac, Framing::Signed, &[]);
        assert!(decode(decoder, body.as_bytes(), 3).is_err(), "{body:?}");
    }
    let (_, decoder) = exchange(Algorithm::Hmac, Framing::Signed, &[]);
    assert!(decode(decoder, &b"a".repeat(20_000), 100).is_err());
}
