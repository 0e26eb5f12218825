//! Which forms of payload hashes each service takes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use std::time::Duration;

use sts3_sigv4::{Credentials, Mismatch, Payload, Request, Rules, Scope, Signer};
use support::{SECRET, Sent, named, sent_of, signed_by};

fn is_malformed(mismatch: &Mismatch, expected: &str) -> bool {
    matches!(mismatch, Mismatch::Malformed { part, .. } if *part == expected)
}

/// The values of `x-amz-content-sha256` that S3 takes: sigv4-auth-using-authorization-header; others take a hash only:
/// reference_sigv-create-signed-request; but those for which botocore (`v4-unsigned-body` in its data of services) or VPC
/// Lattice's page (sigv4-authenticated-requests) leaves the payload unsigned. Each is signed here, so that only its form is judged.
#[test]
fn payload_hashes_have_the_forms_of_their_service() {
    const EMPTY: &str = sts3_sigv4::EMPTY_SHA256;
    let upper = EMPTY.to_uppercase();
    const UNSIGNED: [&str; 6] = ["s3", "lex", "mediastore", "ebs", "omics", "vpc-lattice-svcs"];
    const HASH_ONLY: [&str; 3] = ["sts", "iam", "execute-api"];
    for (stated, unsigned, others) in [
        (EMPTY, true, true),
        ("UNSIGNED-PAYLOAD", true, false),
        ("garbage", false, false),
        (&EMPTY[1..], false, false),
        (upper.as_str(), false, false),
        ("unsigned-payload", false, false),
        ("STREAMING-AWS4-HMAC-SHA256-EVENTS", false, false),
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", false, false),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER2", false, false),
        ("required", false, false),
    ] {
        for service in UNSIGNED.into_iter().chain(HASH_ONLY) {
            let mut rules = Rules::for_service(service);
            rules.content_sha256_header = true;
            let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
            let signer = Signer::new(&credentials, Scope::new("us-east-1", service)).rules(rules);
            let request = Request::new("GET", "/bucket/a/../b")
                .headers(&[("host", "h")])
                .payload(Payload::Verbatim(stated));
            let verdict = signed_by(&signer, &request, service).verify();
            let accepted = if UNSIGNED.contains(&service) { unsigned } else { others };
            match verdict {
                Ok(_) => assert!(accepted, "{service}: `{stated}` was accepted"),
                Err(mismatch) => {
                    assert!(
                        !accepted && is_malformed(&mismatch, "x-amz-content-sha256"),
                        "{service}: `{stated}`: {mismatch}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_payload_hash_is_not_empty() {
    for name in ["ListObjectsV2", "GetCallerIdentity"] {
        let sent = named(name).without("x-amz-content-sha256").with("x-amz-content-sha256", "");
        let mismatch = sent.verify().unwrap_err();
        assert!(is_malformed(&mismatch, "x-amz-content-sha256"), "{name}: {mismatch}");
    }
}

#[test]
fn streaming_forms_are_for_s3_and_signed_headers_only() {
    let chunked = named("PutObject with CRC32 behind it");
    chunked.verify().unwrap();
    for service in ["sts", "iam", "lex", "vpc-lattice-svcs"] {
        let mut rules = Rules::STANDARD;
        rules.content_sha256_header = true;
        for framing in [
            sts3_sigv4::Framing::Signed,
            sts3_sigv4::Framing::SignedWithTrailer,
            sts3_sigv4::Framing::UnsignedWithTrailer,
        ] {
            let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
            let signer = Signer::new(&credentials, Scope::new("us-east-1", service)).rules(rules);
            let request = Request::new("GET", "/bucket/a/../b")
                .headers(&[("host", "h")])
                .payload(Payload::Chunked(framing));
            let mismatch = signed_by(&signer, &request, service).verify().unwrap_err();
            assert!(is_malformed(&mismatch, "x-amz-content-sha256"), "{service} {framing:?}: {mismatch}");
        }
    }
    let presigned = named("presigned GetObject with a token")
        .with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        .with("x-amz-decoded-content-length", "0");
    let mismatch = presigned.verify().unwrap_err();
    assert!(matches!(mismatch, Mismatch::Malformed { .. } | Mismatch::HeaderNotSigned { .. }), "{mismatch}");
}

/// "Signing the x-amz-content-sha256 header is optional because S3 will use its value when calculating the received
/// request payload hash" (sig-v4-header-based-auth): it is covered all the same.
#[test]
fn the_payload_hash_s_own_header_need_not_be_signed_but_cannot_be_changed() {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let mut rules = Rules::S3;
    rules.content_sha256_header = false;
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3")).rules(rules);
    let request = Request::new("GET", "/bucket/a/../b").headers(&[("host", "h")]);
    let sent = signed_by(&signer, &request, "s3").with("x-amz-content-sha256", sts3_sigv4::EMPTY_SHA256);
    sent.verify().unwrap();
    let changed = sent.edit("x-amz-content-sha256", sts3_sigv4::EMPTY_SHA256, "UNSIGNED-PAYLOAD");
    assert!(matches!(changed.verify(), Err(Mismatch::Signature { .. })));
}

/// A service computes the signature with the header's value, so the two cannot differ.
#[test]
fn a_payload_hash_that_a_request_has_already_is_replaced_by_the_one_that_is_signed() {
    for service in ["s3", "execute-api"] {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
        let signer = Signer::new(&credentials, Scope::new("us-east-1", service));
        let headers = [("host", "h"), ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")];
        let sent = signed_by(&signer, &Request::new("GET", "/bucket/a/../b").headers(&headers), service);
        assert_eq!(sent.verify().unwrap().payload_hash, sts3_sigv4::EMPTY_SHA256, "{service}");
    }
}

#[test]
fn a_presigned_query_is_for_the_payload_that_a_signed_header_states() {
    for service in ["s3", "execute-api"] {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
        let signer = Signer::new(&credentials, Scope::new("us-east-1", service));
        let headers = [("host", "h"), ("x-amz-content-sha256", sts3_sigv4::EMPTY_SHA256)];
        let request = Request::new("GET", "/").headers(&headers).payload(Payload::Bytes(b"other"));
        let time = sent_of(service, &[]).time();
        let query = signer.presign(&request, Duration::from_secs(60), time).unwrap().query().to_owned();
        let sent = Sent { query, ..sent_of(service, &headers) };
        assert_eq!(sent.verify().unwrap().payload_hash, sts3_sigv4::EMPTY_SHA256, "{service}");
        let other = Sent { body: "other".into(), ..sent };
        assert!(matches!(other.verify(), Err(Mismatch::PayloadHash { .. })), "{service}");
    }
}
