//! `aws-chunked` bodies: the documentation's worked examples (`fixtures/sigv4/s3-chunked.json`), what botocore and awscrt
//! send (`fixtures/sigv4/received.json`), and back through the decoder in pieces of every size.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use serde::Deserialize;
use sigv4::{
    Algorithm, ChunkDecoder, ChunkError, Credentials, Framing, Mismatch, Payload, Received, ReceivedBody,
    Request, Scope, Secret, Signer, Timestamp, Trailer, Verified, Verifier,
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

/// The documented body, framed by the documented signatures, is let through by a decoder made from the documented request.
#[test]
fn the_documentation_s_examples_are_read_as_printed() {
    for (name, framing) in [("signed", Framing::Signed), ("signed-with-trailer", Framing::SignedWithTrailer)] {
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
            assert!(matches!(error, ChunkError::Checksum { .. } | ChunkError::TrailerUnexpected { .. }), "{name}: {error}");
            refused += usize::from(matches!(error, ChunkError::Checksum { .. }));
        }
    }
    assert!(refused >= 22, "{refused}");
}

/// What a request announces.
#[derive(Clone, Copy)]
struct Announced<'a> {
    algorithm: Algorithm,
    framing: Framing,
    length: &'a str,
    trailer: Option<&'a str>,
}

const TRAILER: &str = "X-Amz-Checksum-Crc32c";
/// Of `hello world`, by awscrt: `base64(crc32c(b"hello world"))`.
const CHECKSUM: &str = "yZRlqg==";

impl<'a> Announced<'a> {
    fn new(algorithm: Algorithm, framing: Framing, length: &'a str) -> Self {
        Self { algorithm, framing, length, trailer: framing.has_trailer().then_some("x-amz-checksum-crc32c") }
    }

    /// The signed request's verdict, and the body with these chunks and trailing headers.
    fn send(&self, chunks: &[&[u8]], trailers: &[(&str, &str)]) -> (Vec<u8>, Result<Verified, Mismatch>) {
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

fn verify(path: &str, headers: &[(&str, &str)]) -> Result<Verified, Mismatch> {
    let verifier = Verifier::new(|_: &str| Some(Secret::new(SECRET))).region("us-east-1").service("s3");
    let received = Received { method: "PUT", path, query: "", headers, body: ReceivedBody::Unread };
    verifier.verify(&received, time())
}

/// Some body in these chunks, and a decoder for it.
fn exchange(algorithm: Algorithm, framing: Framing, chunks: &[&[u8]]) -> (Vec<u8>, ChunkDecoder) {
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

type Decoded = (Vec<u8>, Vec<Trailer>);

fn decode(mut decoder: ChunkDecoder, body: &[u8], piece: usize) -> Result<Decoded, ChunkError> {
    let mut out = Vec::new();
    for part in body.chunks(piece) {
        decoder.decode(part, &mut out)?;
    }
    Ok((out, decoder.finish()?))
}

fn pairs(trailers: &[Trailer]) -> Vec<(String, String)> {
    trailers.iter().map(|trailer| (trailer.name.clone(), trailer.value.clone())).collect()
}

const FRAMINGS: [Framing; 3] = [Framing::Signed, Framing::SignedWithTrailer, Framing::UnsignedWithTrailer];

#[test]
fn bodies_come_back_in_pieces_of_any_size() {
    for algorithm in algorithms() {
        for framing in FRAMINGS {
            for piece in [1, 2, 7, 1000] {
                let (body, decoder) = exchange(algorithm, framing, &[b"hello world"]);
                let (data, trailers) = decode(decoder, &body, piece).unwrap();
                assert_eq!(data, b"hello world");
                let expected =
                    framing.has_trailer().then(|| ("x-amz-checksum-crc32c".to_owned(), CHECKSUM.to_owned()));
                assert_eq!(pairs(&trailers), expected.into_iter().collect::<Vec<_>>());
            }
            let (body, decoder) = exchange(algorithm, framing, &[]);
            assert_eq!(decode(decoder, &body, 5).unwrap().0, b"");
        }
    }
    let chunks: [&[u8]; 3] = [&[b'\r'; 8192], &[b'\n'; 8192], b"0;chunk-signature="];
    let (body, decoder) = exchange(Algorithm::Hmac, Framing::Signed, &chunks);
    assert_eq!(decode(decoder, &body, 11).unwrap().0, chunks.concat());
}

#[test]
fn any_change_of_a_signed_body_is_noticed_and_a_cut_one_is_incomplete() {
    for framing in [Framing::Signed, Framing::SignedWithTrailer] {
        let decoder = || exchange(Algorithm::Hmac, framing, &[b"hello world"]).1;
        let (body, _) = exchange(Algorithm::Hmac, framing, &[b"hello world"]);
        for at in 0..body.len() {
            let mut changed = body.clone();
            changed[at] ^= 1;
            let decoded = decode(decoder(), &changed, 64);
            // A header's name in another case is the same header.
            let (was, is) = (char::from(body[at]), char::from(changed[at]));
            assert!(
                decoded.is_err() || was.eq_ignore_ascii_case(&is),
                "{framing:?}: byte {at}, {was:?} to {is:?}"
            );
            assert_eq!(decode(decoder(), &body[..at], 64).unwrap_err(), ChunkError::Incomplete, "cut at {at}");
        }
        // Capitals in a signature say the same number, but are not what the next signature covers.
        let text = String::from_utf8(body.clone()).unwrap();
        let signature = text.split(['=', '\r']).nth(1).unwrap();
        let changed = text.replace(signature, &signature.to_uppercase());
        assert_eq!(decode(decoder(), changed.as_bytes(), 64).unwrap_err(), ChunkError::Chunk { index: 0 });
    }
    // Chunks that change places.
    let (one, two) = ([b'1'; 8192], [b'2'; 8192]);
    let (_, decoder) = exchange(Algorithm::Hmac, Framing::Signed, &[&one, &two]);
    let (swapped, _) = exchange(Algorithm::Hmac, Framing::Signed, &[&two, &one]);
    let second = swapped.windows(7).position(|part| part == b"\r\n2000;").unwrap() + 2;
    assert_eq!(decode(decoder, &swapped[second..], 64).unwrap_err(), ChunkError::Chunk { index: 0 });
}

/// "For all requests, you must include the x-amz-decoded-content-length header" (sigv4-streaming); "You must set
/// x-amz-trailer" (sigv4-streaming-trailers).
#[test]
fn a_request_must_announce_its_chunks() {
    let announced = Announced::new(Algorithm::Hmac, Framing::SignedWithTrailer, "11");
    let verdict = |announced: Announced<'_>| announced.send(&[], &[]).1.unwrap_err();
    for (length, trailer) in [("", announced.trailer), ("11", None)] {
        let mismatch = verdict(Announced { length, trailer, ..announced });
        assert!(matches!(mismatch, Mismatch::HeaderMissing { .. }), "{mismatch}");
    }
    for length in ["+11", "-1", "11.0", "0x11", "1 1", "18446744073709551616"] {
        let mismatch = verdict(Announced { length, ..announced });
        assert!(matches!(mismatch, Mismatch::Malformed { part: "x-amz-decoded-content-length", .. }), "{mismatch}");
    }
    for trailer in ["", "a,", "a b", "x-amz-trailer-signature", "a,x-amz-trailer-signature"] {
        let mismatch = verdict(Announced { trailer: Some(trailer), ..announced });
        assert!(matches!(mismatch, Mismatch::Malformed { part: "x-amz-trailer", .. }), "{trailer}: {mismatch}");
    }
    let mismatch = verdict(Announced { trailer: Some("a, A"), ..announced });
    assert!(matches!(mismatch, Mismatch::Repeated { .. }), "{mismatch}");
    let mismatch = verdict(Announced { framing: Framing::Signed, ..announced });
    assert!(matches!(mismatch, Mismatch::Malformed { part: "x-amz-trailer", .. }), "{mismatch}");
}

#[test]
fn the_decoded_length_is_the_one_that_was_announced() {
    for framing in FRAMINGS {
        let trailers: &[(&str, &str)] = if framing.has_trailer() { &[(TRAILER, CHECKSUM)] } else { &[] };
        for (length, received) in [("10", 11), ("12", 11), ("0", 11)] {
            let (body, verified) = Announced::new(Algorithm::Hmac, framing, length).send(&[b"hello world"], trailers);
            let error = decode(verified.unwrap().chunk_decoder().unwrap(), &body, 7).unwrap_err();
            assert_eq!(error, ChunkError::Length { announced: length.parse().unwrap(), received }, "{framing:?}");
        }
    }
}

#[test]
fn exactly_the_announced_headers_follow_the_chunks() {
    for framing in [Framing::SignedWithTrailer, Framing::UnsignedWithTrailer] {
        let announced = Announced { trailer: Some("x-a, X-B"), ..Announced::new(Algorithm::Hmac, framing, "5") };
        let outcome = |trailers: &[(&str, &str)]| {
            let (body, verified) = announced.send(&[b"hello"], trailers);
            decode(verified.unwrap().chunk_decoder().unwrap(), &body, 3).map(|(_, trailers)| pairs(&trailers))
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [pair("x-a", "1"), pair("x-b", "2")];
        assert_eq!(outcome(&[("x-a", "1"), ("x-b", "2")]).unwrap(), expected);
        assert_eq!(outcome(&[("X-B", "2"), ("X-A", "1")]).unwrap(), expected);
        let missing = ChunkError::TrailerMissing { name: "x-b".into() };
        assert_eq!(outcome(&[("x-a", "1")]).unwrap_err(), missing);
        for (name, trailers) in [
            ("x-c", &[("x-a", "1"), ("x-b", "2"), ("x-c", "3")][..]),
            ("x-a", &[("x-a", "1"), ("x-a", "1"), ("x-b", "2")]),
        ] {
            let unexpected = ChunkError::TrailerUnexpected { name: name.into() };
            assert_eq!(outcome(trailers).unwrap_err(), unexpected, "{framing:?}");
        }
    }
}

/// "Chunk size must be at least 8 KB […] all chunks except the last one" (sigv4-streaming).
#[test]
fn only_the_last_chunk_is_smaller_than_8_kib() {
    for framing in FRAMINGS {
        for (first, fits) in [(8191, false), (8192, true)] {
            let data = vec![b'a'; first];
            let (body, decoder) = exchange(Algorithm::Hmac, framing, &[&data, b"b"]);
            let error = decode(decoder, &body, 1000).err();
            let is_small = matches!(error, Some(ChunkError::Malformed { .. }));
            assert_eq!(is_small, !fits, "{framing:?}: {first}: {error:?}");
        }
    }
}

#[test]
fn an_unsigned_chunk_of_any_size_is_given_out_as_it_arrives() {
    let length = 1_u64 << 40;
    let announced = Announced::new(Algorithm::Hmac, Framing::UnsignedWithTrailer, "1099511627776");
    let mut decoder = announced.send(&[], &[]).1.unwrap().chunk_decoder().unwrap();
    let mut out = Vec::new();
    decoder.decode(format!("{length:x}\r\n").as_bytes(), &mut out).unwrap();
    let piece = vec![b'a'; 1 << 20];
    for _ in 0..20 {
        out.clear();
        decoder.decode(&piece, &mut out).unwrap();
        assert_eq!(out.len(), piece.len());
    }
    assert_eq!(decoder.finish().unwrap_err(), ChunkError::Incomplete);
    // A signed one must be held, so it has a limit.
    let (_, mut decoder) = exchange(Algorithm::Hmac, Framing::Signed, &[&vec![b'a'; sigv4::MAX_CHUNK + 1]]);
    let signature = "0".repeat(64);
    let head = format!("{:x};chunk-signature={signature}\r\n", sigv4::MAX_CHUNK + 1);
    assert!(decoder.decode(head.as_bytes(), &mut out).is_err());
    assert_eq!(decoder.decode(b"", &mut out), Ok(()));
    assert!(decoder.decode(b"0", &mut out).is_err(), "what was refused stays refused");
}

/// "The usage of the linefeed \n at the end of the checksum value might vary across clients" (checking-object-integrity).
#[test]
fn a_line_feed_behind_a_trailing_header_is_not_part_of_it() {
    let (body, decoder) = exchange(Algorithm::Hmac, Framing::SignedWithTrailer, &[b"hello world"]);
    let text = String::from_utf8(body).unwrap().replace("==\r\n", "==\n\r\n");
    let (_, trailers) = decode(decoder, text.as_bytes(), 3).unwrap();
    assert_eq!(trailers[0].value, CHECKSUM);
}

#[test]
fn hostile_framing_is_refused() {
    for body in [
        "x\r\n",
        "ffffffffffffffff0\r\n",
        "-1\r\n",
        "+5\r\nhello\r\n",
        "05\r\nhello\r\n",
        " 5\r\nhello\r\n",
        "5\nhello\r\n0\r\nx-amz-checksum-crc32c:yZRlqg==\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "5;chunk-signature=\r\nhello\r\n",
        "5;x=y\r\nhello\r\n0\r\nx-amz-checksum-crc32c:yZRlqg==\r\n\r\n",
        "1000001;chunk-signature=00\r\n",
        "\r\n",
        "0\r\nno-colon\r\n\r\n",
        "0\r\nx-amz-checksum-crc32c:\u{1b}\r\n\r\n",
        "00\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n",
        "0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\nmore",
        "0\r\nx-amz-checksum-crc32c:AAAAAA==\r\nx-amz-trailer-signature:00\r\n\r\n",
    ] {
        for framing in FRAMINGS {
            let (_, decoder) = exchange(Algorithm::Hmac, framing, &[]);
            assert!(decode(decoder, body.as_bytes(), 3).is_err(), "{framing:?}: {body:?}");
            let (_, decoder) = exchange(Algorithm::Hmac, framing, &[b"hello"]);
            assert!(decode(decoder, body.as_bytes(), 3).is_err(), "{framing:?}: {body:?}");
        }
    }
    let (_, decoder) = exchange(Algorithm::Hmac, Framing::Signed, &[]);
    assert!(decode(decoder, &b"a".repeat(20_000), 100).is_err());
}
