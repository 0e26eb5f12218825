//! `aws-chunked` bodies: the documentation's worked examples (`fixtures/sigv4/s3-chunked.json`), and what botocore and
//! awscrt send (`fixtures/sigv4/received.json`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use serde::Deserialize;
#[cfg(feature = "checksums")]
use sts3_sigv4::ChunkError;
use sts3_sigv4::{Algorithm, Credentials, Framing, Payload, Request, Scope, Signer};
use support::chunks::{SECRET, TIME, borrowed, decode, pairs, time, verify};

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

/// The documented body, framed by the documented signatures, is let through by a decoder made from the documented request.
#[test]
fn the_documentation_s_examples_are_read_as_printed() {
    for (name, framing) in [("signed", Framing::Signed), ("signed-with-trailer", Framing::SignedWithTrailer)]
    {
        let example = example(name);
        let mut body = Vec::new();
        for (data, signature) in document_body().chunks(65_536).chain([&[][..]]).zip(&example.chunks) {
            body.extend_from_slice(format!("{:x};chunk-signature={signature}\r\n", data.len()).as_bytes());
            body.extend_from_slice(data);
            body.extend_from_slice(if data.is_empty() { b"" } else { b"\r\n" });
        }
        for (name, value) in &example.trailers {
            body.extend_from_slice(format!("{name}:{value}\r\n").as_bytes());
        }
        if let Some(signature) = &example.trailer_signature {
            body.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
        }
        body.extend_from_slice(b"\r\n");

        let mut headers = borrowed(&example.headers);
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let mut names = [&names[..], &["x-amz-content-sha256", "x-amz-date"]].concat();
        names.sort_unstable();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={},Signature={}",
            names.join(";"),
            example.seed
        );
        headers.extend([
            ("x-amz-content-sha256", framing.marker(Algorithm::Hmac)),
            ("x-amz-date", TIME),
            ("authorization", &authorization),
        ]);
        let verified = verify("/examplebucket/chunkObject.txt", &headers).unwrap();
        let (data, trailers) = decode(verified.chunk_decoder().unwrap(), &body, 1000).unwrap();
        assert_eq!(data, document_body(), "{name}");
        assert_eq!(pairs(&trailers), example.trailers, "{name}");
    }
}

#[test]
fn bodies_from_botocore_and_awscrt_are_read_in_pieces_of_any_size() {
    let mut read = 0;
    for sent in support::all().iter().filter(|sent| sent.name.starts_with("PutObject")) {
        let verified = sent.verify().unwrap();
        assert_eq!(verified.framing(), Some(Framing::UnsignedWithTrailer));
        let length: usize = sent.header("x-amz-decoded-content-length").unwrap().parse().unwrap();
        for piece in [1, 7, 100_000] {
            if piece < 100 && length > 100_000 {
                continue;
            }
            let (data, trailers) = decode(verified.chunk_decoder().unwrap(), &sent.body(), piece).unwrap();
            assert_eq!(data.len(), length, "{}", sent.name);
            assert!(data.chunks(16).all(|part| part == b"0123456789abcdef"), "{}", sent.name);
            assert_eq!(trailers.len(), 1);
            assert_eq!(Some(trailers[0].name.as_str()), sent.header("x-amz-trailer"));
            assert_eq!(trailers[0].checked, cfg!(feature = "checksums"));
            read += 1;
        }
    }
    assert_eq!(read, 35);
}

/// The checksums are botocore's and awscrt's; one byte of the data is changed, or of the checksum.
#[test]
#[cfg(feature = "checksums")]
fn data_that_do_not_have_their_checksum_are_refused() {
    let mut refused = 0;
    for sent in support::all().iter().filter(|sent| sent.name.ends_with("behind it")) {
        let verified = sent.verify().unwrap();
        let body = sent.body();
        let value = body.len() - 5 - sent.header("x-amz-trailer").unwrap().len();
        for at in [100, 16_000, value] {
            let mut changed = body.clone();
            changed[at] ^= 1;
            let error = decode(verified.chunk_decoder().unwrap(), &changed, 1000).unwrap_err();
            let name = &sent.name;
            assert!(
                matches!(error, ChunkError::Checksum { .. } | ChunkError::TrailerUnexpected { .. }),
                "{name}: {error}"
            );
            refused += usize::from(matches!(error, ChunkError::Checksum { .. }));
        }
    }
    assert!(refused >= 22, "{refused}");
}
