//! What cannot be on the wire, or no service accepts, is not signed: an error says what and why, and shows no secret.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use sts3_sigv4::{Credentials, Error, Framing, Payload, Request, Scope, Signer, Timestamp};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST: [(&str, &str); 1] = [("host", "h")];

fn time() -> Timestamp {
    Timestamp::from_unix_seconds(1_440_938_160)
}

/// Both placements refuse it, in the same words.
fn refused(signer: &Signer<'_>, request: &Request<'_>) -> Error {
    let in_header = signer.sign(request, time()).map(|_| ()).unwrap_err();
    let in_query = signer.presign(request, Duration::from_secs(60), time()).unwrap_err();
    assert_eq!(in_header, in_query);
    assert!(signer.sign_in_steps(request, time()).is_err());
    assert!(!in_header.to_string().contains(char::is_control), "{in_header}");
    in_header
}

fn signer_for(service: &'static str) -> Signer<'static> {
    Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), Scope::new("us-east-1", service))
}

#[test]
fn paths_that_no_request_line_can_hold_are_refused_for_every_service() {
    for service in ["s3", "execute-api"] {
        for path in ["/a b", "/?x=y", "nopath", "/a\tb", "/a\r\nX-Evil: 1", "/\u{0}", "/a#b", "/100%", "*"] {
            let error = refused(&signer_for(service), &Request::new("GET", path).headers(&HOST));
            assert!(matches!(error, Error::InvalidPath { .. }), "{path:?}: {error:?}");
        }
    }
}

#[test]
fn queries_that_no_request_line_can_hold_are_refused_and_not_shown() {
    for query in [
        "token=hush hush",
        "token=hush\n",
        "token=hush\r\nX-Evil: 1",
        "token=hush#",
        "token=hush%",
        "token=hush%zz",
    ] {
        for query in [query.to_owned(), format!("a=1&{query}")] {
            let error = refused(&signer_for("s3"), &Request::new("GET", "/").query(&query).headers(&HOST));
            assert!(matches!(error, Error::InvalidQuery { .. }), "{query:?}: {error:?}");
            assert!(!format!("{error}{error:?}").contains("hush"), "{error:?}");
        }
    }
}

#[test]
fn methods_that_are_no_word_are_refused() {
    for method in ["", "GET POST", "GET\r\nX-Evil: 1", "GET\u{0}", "GÉT", "GET "] {
        let error = refused(&signer_for("sts"), &Request::new(method, "/").headers(&HOST));
        assert!(matches!(error, Error::InvalidMethod { .. }), "{method:?}: {error:?}");
    }
    assert!(signer_for("sts").sign(&Request::new("PROPFIND", "/").headers(&HOST), time()).is_ok());
}

/// RFC 9112, 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message […] that
/// contains more than one Host header field line".
#[test]
fn a_request_has_one_host() {
    for host in ["h", "other"] {
        for name in ["host", "Host", "HOST"] {
            let headers = [("host", "h"), ("x-a", "1"), (name, host)];
            let error = refused(&signer_for("s3"), &Request::new("GET", "/").headers(&headers));
            assert_eq!(error, Error::RepeatedHost, "{name}: {host}");
        }
    }
}

#[test]
fn empty_and_multi_line_scopes_are_refused() {
    for bad in ["", "us-east-1\n", "us east 1", "us-east-1/s3", "us-east-1,eu-west-1", "ü"] {
        for (scope, part) in [(Scope::new(bad, "s3"), "region"), (Scope::new("us-east-1", bad), "service")] {
            let signer = Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), scope);
            let error = refused(&signer, &Request::new("GET", "/").headers(&HOST));
            assert!(
                matches!(error, Error::InvalidScope { part: found, .. } if found == part),
                "{bad:?}: {error:?}"
            );
        }
    }
}

#[cfg(feature = "v4a")]
#[test]
fn a_region_set_may_hold_commas_and_stars_but_no_line() {
    let signer = |set: &str| {
        let signer = Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), Scope::new(set, "s3"));
        signer.algorithm(sts3_sigv4::Algorithm::EcdsaP256)
    };
    for set in ["*", "us-*", "us-east-1,eu-west-1"] {
        assert!(signer(set).sign(&Request::new("GET", "/").headers(&HOST), time()).is_ok(), "{set}");
    }
    for set in ["", "us-east-1\nx: y", "us east"] {
        let error = refused(&signer(set), &Request::new("GET", "/").headers(&HOST));
        assert!(matches!(error, Error::InvalidScope { part: "region set", .. }), "{set:?}: {error:?}");
    }
}

#[test]
fn empty_and_multi_line_keys_are_refused_and_not_shown() {
    let key = |id: &str, secret: &str| Credentials::new(id, secret);
    for (credentials, part) in [
        (key("", SECRET), "access key id"),
        (key("AKID\nEXAMPLE", SECRET), "access key id"),
        (key("AKID EXAMPLE", SECRET), "access key id"),
        (key("AKID,Signature=x", SECRET), "access key id"),
        (key("AKIDEXAMPLE", ""), "secret access key"),
        (key("AKIDEXAMPLE", "hush-hush\n"), "secret access key"),
        (key("AKIDEXAMPLE", "hush\u{0}hush"), "secret access key"),
        (key("AKIDEXAMPLE", SECRET).with_session_token(""), "session token"),
        (key("AKIDEXAMPLE", SECRET).with_session_token("hush\nhush"), "session token"),
        (key("AKIDEXAMPLE", SECRET).with_session_token("hush\r\nX-Evil: 1"), "session token"),
    ] {
        let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
        let error = refused(&signer, &Request::new("GET", "/").headers(&HOST));
        assert!(
            matches!(error, Error::InvalidCredentials { part: found, .. } if found == part),
            "{part}: {error:?}"
        );
        assert!(!format!("{error}{error:?}").contains("hush"), "{error:?}");
    }
    // Servers other than AWS let users choose their keys.
    for (id, secret) in [("tenant/user", "two words"), ("a@b.c:d", "ü")] {
        let signer = Signer::new(key(id, secret), Scope::new("us-east-1", "s3"));
        assert!(signer.sign(&Request::new("GET", "/").headers(&HOST), time()).is_ok(), "{id}");
    }
}

#[test]
fn a_stated_payload_hash_cannot_bring_a_line_with_it() {
    for hash in ["UNSIGNED-PAYLOAD\nx", "UNSIGNED-PAYLOAD\r\nX-Evil: 1", "a b"] {
        let request = Request::new("PUT", "/").headers(&HOST).payload(Payload::Verbatim(hash));
        for service in ["s3", "sts"] {
            assert!(
                matches!(signer_for(service).sign(&request, time()), Err(Error::InvalidHeader { .. })),
                "{hash:?}"
            );
        }
    }
}

#[test]
fn a_chunk_encoder_starts_only_from_a_signature_for_its_chunks() {
    let signer = signer_for("s3");
    let request = |payload| Request::new("PUT", "/b/k").headers(&HOST).payload(payload);
    let framings = [Framing::Signed, Framing::SignedWithTrailer, Framing::UnsignedWithTrailer];
    let payloads = framings.map(Payload::Chunked).into_iter().chain([
        Payload::EMPTY,
        Payload::Bytes(b"hello"),
        Payload::Unsigned,
        Payload::Sha256([7; 32]),
    ]);
    for payload in payloads {
        for framing in framings {
            let request = request(payload);
            let signed = signer.sign(&request, time()).unwrap();
            let encoder = signer.chunk_encoder(&signed, framing);
            let fits = payload == Payload::Chunked(framing);
            assert_eq!(encoder.is_ok(), fits, "{payload:?} {framing:?}");
            assert!(fits || matches!(encoder, Err(Error::NotForChunks { .. })));
        }
    }
    // Another key or scope would make chunks that no service accepts.
    let request = request(Payload::Chunked(Framing::Signed));
    let signed = signer.sign(&request, time()).unwrap();
    let other_key = Signer::new(Credentials::new("AKIDOTHER", SECRET), Scope::new("us-east-1", "s3"));
    let other_region = Signer::new(Credentials::new("AKIDEXAMPLE", SECRET), Scope::new("us-east-2", "s3"));
    for other in [other_key, other_region] {
        assert!(matches!(other.chunk_encoder(&signed, Framing::Signed), Err(Error::NotForChunks { .. })));
    }
}

#[cfg(feature = "http")]
mod http_requests {
    use super::*;

    fn request(uri: &str, hosts: &[&str]) -> http::Request<Vec<u8>> {
        let mut request = http::Request::get(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        request.body(Vec::new()).unwrap()
    }

    #[test]
    fn a_stale_host_header_is_refused_and_one_that_agrees_is_kept() {
        let signer = signer_for("s3");
        for (uri, host) in [
            ("https://b.s3.amazonaws.com/", "b.s3.amazonaws.com"),
            ("https://b.s3.amazonaws.com/", "B.S3.amazonaws.com"),
            ("https://b.s3.amazonaws.com/", "b.s3.amazonaws.com:443"),
            ("http://127.0.0.1:9000/", "127.0.0.1:9000"),
            // Only the request's own header says where it goes.
            ("/path", "anywhere:9000"),
        ] {
            let mut request = request(uri, &[host]);
            signer.sign_http(&mut request, time()).unwrap();
            assert_eq!(request.headers()["host"], host);
        }
        for (uri, host) in [
            ("https://b.s3.eu-west-1.amazonaws.com/", "b.s3.amazonaws.com"),
            ("http://127.0.0.1:9000/", "127.0.0.1"),
            ("https://b.s3.amazonaws.com/", "b.s3.amazonaws.com:80"),
            ("https://b.s3.amazonaws.com/", ""),
        ] {
            let mut request = request(uri, &[host]);
            let error = signer.sign_http(&mut request, time()).unwrap_err();
            assert!(matches!(error, Error::HostDiffers { .. }), "{uri} {host}: {error:?}");
            assert!(error.to_string().contains("remove the header"), "{error}");
            assert!(!request.headers().contains_key("authorization"));
        }
        let mut twice = request("https://h/", &["h", "h"]);
        assert!(matches!(signer.sign_http(&mut twice, time()), Err(Error::RepeatedHost)));
    }

    #[test]
    fn a_request_is_signed_with_any_body_once_its_payload_is_named() {
        struct Stream;
        let signer = signer_for("s3");
        for payload in
            [Payload::Unsigned, Payload::Sha256([7; 32]), Payload::Chunked(Framing::UnsignedWithTrailer)]
        {
            let mut streamed = http::Request::put("https://h/k?a=1").body(Stream).unwrap();
            let signed = signer.sign_http_payload(&mut streamed, payload, time()).unwrap();
            let view = Request::new("PUT", "/k").query("a=1").headers(&HOST).payload(payload);
            let expected = signer.sign(&view, time()).unwrap();
            assert_eq!(streamed.headers()["authorization"], expected.authorization());
            assert_eq!(signed.authorization(), expected.authorization());
            for (name, value) in expected.headers() {
                assert_eq!(streamed.headers()[name], value);
            }
        }
        // With every intermediate value, it is the same signature.
        let mut stepwise = http::Request::put("https://h/k?a=1").body(Stream).unwrap();
        let (signed, steps) =
            signer.sign_http_payload_in_steps(&mut stepwise, Payload::Unsigned, time()).unwrap();
        let view = Request::new("PUT", "/k").query("a=1").headers(&HOST).payload(Payload::Unsigned);
        let (expected, expected_steps) = signer.sign_in_steps(&view, time()).unwrap();
        assert!(steps == expected_steps && signed.authorization() == expected.authorization());
        assert_eq!(stepwise.headers()["authorization"], expected.authorization());
        // The whole bytes are one such payload.
        let mut whole = http::Request::put("https://h/k").body(b"hello".to_vec()).unwrap();
        let mut named = http::Request::put("https://h/k").body(()).unwrap();
        signer.sign_http(&mut whole, time()).unwrap();
        signer.sign_http_payload(&mut named, Payload::Bytes(b"hello"), time()).unwrap();
        assert_eq!(whole.headers(), named.headers());
    }

    #[test]
    fn an_http_request_is_presigned_as_its_parts_are_and_stays_as_it_is() {
        let (signer, hour) = (signer_for("s3"), Duration::from_secs(3600));
        let headers = [HOST[0], ("range", "bytes=0-9")];
        let view = Request::new("GET", "/k").query("a=1").headers(&headers).payload(Payload::Unsigned);
        let expected = signer.presign(&view, hour, time()).unwrap();
        // The host of the URI is signed, with the header or without.
        for hosts in [&[][..], &["h"]] {
            let mut request = request("https://h/k?a=1", hosts);
            request.headers_mut().insert("range", "bytes=0-9".parse().unwrap());
            let before = request.headers().clone();
            let presigned = signer.presign_http(&request, Payload::Unsigned, hour, time()).unwrap();
            assert_eq!(presigned.query(), expected.query());
            assert_eq!(*request.headers(), before);
        }
        let stale = request("https://h/k", &["other"]);
        let refused = signer.presign_http(&stale, Payload::Unsigned, hour, time()).unwrap_err();
        assert!(matches!(refused, Error::HostDiffers { .. }), "{refused}");
    }
}
