//! What the decoder of `aws-chunked` bodies refuses: what was not announced, not signed, not framed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use sts3_sigv4::{Algorithm, ChunkError, Framing, Mismatch};
use support::chunks::{Announced, CHECKSUM, FRAMINGS, TRAILER, algorithms, decode, exchange, pairs};

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
            assert_eq!(
                decode(decoder(), &body[..at], 64).unwrap_err(),
                ChunkError::Incomplete,
                "cut at {at}"
            );
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
        assert!(
            matches!(mismatch, Mismatch::Malformed { part: "x-amz-decoded-content-length", .. }),
            "{mismatch}"
        );
    }
    for trailer in ["", "a,", "a b", "x-amz-trailer-signature", "a,x-amz-trailer-signature"] {
        let mismatch = verdict(Announced { trailer: Some(trailer), ..announced });
        assert!(
            matches!(mismatch, Mismatch::Malformed { part: "x-amz-trailer", .. }),
            "{trailer}: {mismatch}"
        );
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
            let (body, verified) =
                Announced::new(Algorithm::Hmac, framing, length).send(&[b"hello world"], trailers);
            let error = decode(verified.unwrap().chunk_decoder().unwrap(), &body, 7).unwrap_err();
            assert_eq!(
                error,
                ChunkError::Length { announced: length.parse().unwrap(), received },
                "{framing:?}"
            );
        }
    }
}

#[test]
fn exactly_the_announced_headers_follow_the_chunks() {
    for framing in [Framing::SignedWithTrailer, Framing::UnsignedWithTrailer] {
        let announced =
            Announced { trailer: Some("x-a, X-B"), ..Announced::new(Algorithm::Hmac, framing, "5") };
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
    let (_, mut decoder) =
        exchange(Algorithm::Hmac, Framing::Signed, &[&vec![b'a'; sts3_sigv4::MAX_CHUNK + 1]]);
    let signature = "0".repeat(64);
    let head = format!("{:x};chunk-signature={signature}\r\n", sts3_sigv4::MAX_CHUNK + 1);
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

#[test]
fn debug_output_of_a_decoder_shows_nothing_of_the_body() {
    let (_, mut decoder) = exchange(Algorithm::Hmac, Framing::Signed, &[b"hello world"]);
    let head = format!("b;chunk-signature={}\r\nhello", "0".repeat(64));
    decoder.decode(head.as_bytes(), &mut Vec::new()).unwrap();
    let printed = format!("{decoder:?}");
    assert!(
        printed.contains("Signed") && !printed.contains("104, 101") && !printed.contains("hello"),
        "{printed}"
    );
}
