//! Requests of the `http` crate are verified with all of their headers.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use http::{HeaderValue, Request, header::HOST};
use sts3_sigv4::{
    Credentials, Mismatch, Payload, ReceivedBody, ReceivedParts, Scope, Secret, Signer, Timestamp, Verified,
    Verifier,
};

const TIME: Timestamp = Timestamp::from_unix_seconds(1_440_938_160);

/// A request as a server reads it from HTTP/1.1, signed with these headers.
fn signed(headers: &[(&str, &str)]) -> Request<()> {
    let all = [&[("host", "orders.example:8443")], headers].concat();
    let credentials = Credentials::new("AKIDEXAMPLE", "secret");
    let signer = Signer::new(&credentials, Scope::new("eu-west-1", "orders"));
    let request =
        sts3_sigv4::Request::new("POST", "/a").query("b=c").headers(&all).payload(Payload::Bytes(b"body"));
    let signed = signer.sign(&request, TIME).unwrap();
    let mut builder = Request::post("/a?b=c");
    let added: Vec<(&str, &str)> = signed.headers().collect();
    for (name, value) in all.iter().chain(&added).copied() {
        builder = builder.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    builder.body(()).unwrap()
}

fn verify(request: Request<()>) -> Result<Verified, Mismatch> {
    let (head, ()) = request.into_parts();
    let parts = ReceivedParts::new(&head)?;
    let verifier = Verifier::new(|_: &str| Some(Secret::new("secret"))).region("eu-west-1").service("orders");
    verifier.verify(&parts.with_body(ReceivedBody::Bytes(b"body")), TIME)
}

#[test]
fn no_header_is_dropped() {
    verify(signed(&[("x-amz-note", "grün"), ("note", "a"), ("note", "b")])).unwrap();
    // Changed, added and taken away, where `to_str` would have hidden all three.
    let mut changed = signed(&[("x-amz-note", "grün")]);
    changed.headers_mut().insert("x-amz-note", HeaderValue::from_bytes("grau und grün".as_bytes()).unwrap());
    assert!(matches!(verify(changed), Err(Mismatch::Signature { .. })));
    let mut added = signed(&[]);
    added.headers_mut().insert("x-amz-note", HeaderValue::from_bytes("grün".as_bytes()).unwrap());
    assert!(matches!(verify(added), Err(Mismatch::HeaderNotSigned { .. })));
    let mut taken = signed(&[("x-amz-note", "grün")]);
    taken.headers_mut().remove("x-amz-note");
    assert!(matches!(verify(taken), Err(Mismatch::SignedHeaderMissing { .. })));
}

#[test]
fn a_header_that_cannot_be_verified_is_a_refusal() {
    for name in ["x-amz-note", "note", "user-agent"] {
        let mut opaque = signed(&[]);
        opaque.headers_mut().insert(name, HeaderValue::from_bytes(b"gr\xFCn").unwrap());
        let mismatch = verify(opaque).unwrap_err();
        assert!(
            matches!(&mismatch, Mismatch::UnreadableHeader { name: found } if found == name),
            "{mismatch}"
        );
    }
}

/// "For HTTP/2 requests, you can include the :authority header or the Host header" (reference_sigv-signing-elements).
#[test]
fn the_authority_stands_for_a_missing_host_and_may_not_differ_from_one() {
    let with_authority = |authority: &str, has_host: bool| {
        let mut request = signed(&[]);
        *request.uri_mut() = format!("https://{authority}/a?b=c").parse().unwrap();
        if !has_host {
            request.headers_mut().remove(HOST);
        }
        verify(request)
    };
    with_authority("orders.example:8443", false).unwrap();
    with_authority("orders.example:8443", true).unwrap();
    assert!(matches!(with_authority("other.example", false), Err(Mismatch::Signature { .. })));
    let mismatch = with_authority("other.example", true).unwrap_err();
    assert!(matches!(mismatch, Mismatch::Malformed { part: "Host header", .. }), "{mismatch}");
    let mut twice = signed(&[]);
    twice.headers_mut().append(HOST, HeaderValue::from_static("orders.example:8443"));
    assert!(matches!(verify(twice), Err(Mismatch::Repeated { .. })));
}

#[test]
fn debug_output_shows_no_token() {
    let request =
        Request::get("/?X-Amz-Security-Token=hush").header("x-amz-security-token", "hush").body(()).unwrap();
    let (head, ()) = request.into_parts();
    let parts = ReceivedParts::new(&head).unwrap();
    let printed = format!("{parts:?} {:?}", parts.with_body(ReceivedBody::Bytes(b"hush")));
    assert!(printed.contains("x-amz-security-token") && !printed.contains("hush"), "{printed}");
}
