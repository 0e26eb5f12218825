//! The verifier says exactly which part of a request's signature does not hold.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use sts3_sigv4::{
    Credentials, Mismatch, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer, Timestamp,
    Verifier,
};

const TIME: u64 = 1_440_938_160;
const BODY: &str = "hello";

/// A signed request that a test can spoil.
#[derive(Clone)]
struct Message {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(other, _)| other == name).unwrap().1
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn edit(mut self, name: &str, from: &str, to: &str) -> Self {
        let value = self.header(name);
        assert!(value.contains(from), "{value}");
        *value = value.replace(from, to);
        self
    }
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").with_session_token("token/+=")
}

fn base() -> Message {
    Message {
        method: "PUT".into(),
        path: "/bucket/a%20key".into(),
        query: "versionId=1&x=y".into(),
        headers: vec![("host".into(), "s3.example".into()), ("x-amz-meta-a".into(), "b".into())],
        body: BODY.into(),
    }
}

fn signed() -> Message {
    let mut message = base();
    let headers: Vec<(&str, &str)> = message.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let request = Request::new("PUT", &message.path)
        .query(&message.query)
        .headers(&headers)
        .payload(Payload::Bytes(BODY.as_bytes()));
    let credentials = credentials();
    let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
    let signed = signer.sign(&request, Timestamp::from_unix_seconds(TIME)).unwrap();
    let added: Vec<_> = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    message.headers.extend(added);
    message
}

fn presigned() -> Message {
    let mut message = base();
    message.headers.truncate(1);
    message.body.clear();
    let headers: Vec<(&str, &str)> = message.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let request = Request::new("PUT", &message.path).query(&message.query).headers(&headers);
    let credentials = credentials();
    let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
    let time = Timestamp::from_unix_seconds(TIME);
    let presigned = signer.presign(&request, Duration::from_secs(600), time).unwrap();
    message.query = presigned.query().to_owned();
    message
}

fn verify_at(message: &Message, seconds: u64) -> Result<sts3_sigv4::Verified, Mismatch> {
    let headers: Vec<(&str, &str)> = message.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let received = Received {
        method: &message.method,
        path: &message.path,
        query: &message.query,
        headers: &headers,
        body: ReceivedBody::Bytes(message.body.as_bytes()),
    };
    let lookup =
        |id: &str| (id == "AKIDEXAMPLE").then(|| Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
    let verifier = Verifier::new(lookup).region("eu-west-1").service("s3");
    verifier.verify(&received, Timestamp::from_unix_seconds(seconds))
}

fn verify(message: &Message) -> Result<sts3_sigv4::Verified, Mismatch> {
    verify_at(message, TIME + 60)
}

#[test]
fn what_was_signed_is_verified_and_described() {
    let verified = verify(&signed()).unwrap();
    assert_eq!(verified.access_key_id, "AKIDEXAMPLE");
    assert_eq!(verified.session_token, Some(Secret::new("token/+=")));
    assert_eq!((verified.scope.region(), verified.scope.service()), ("eu-west-1", "s3"));
    assert!(!verified.presigned);
    let presigned = verify(&presigned()).unwrap();
    assert_eq!(presigned.session_token, Some(Secret::new("token/+=")));
    assert!(presigned.presigned && presigned.payload_hash == "UNSIGNED-PAYLOAD");
}

#[test]
fn each_spoiled_part_is_named() {
    use Mismatch as M;
    type Check = fn(&M) -> bool;
    let cases: Vec<(&str, Message, Check)> = vec![
        ("nothing signed", signed().without("authorization"), |m| matches!(m, M::NotSigned)),
        (
            "another algorithm",
            signed().edit("authorization", "AWS4-HMAC-SHA256", "AWS3"),
            |m| matches!(m, M::UnsupportedAlgorithm { algorithm } if algorithm == "AWS3"),
        ),
        ("no date", signed().without("x-amz-date"), |m| {
            matches!(m, M::Malformed { part: "X-Amz-Date header", .. })
        }),
        ("unreadable date", signed().edit("x-amz-date", "T", " "), |m| matches!(m, M::Malformed { .. })),
        ("scope in pieces", signed().edit("authorization", "/aws4_request", ""), |m| {
            matches!(m, M::Malformed { part: "Credential", .. })
        }),
        (
            "no signature",
            signed().edit("authorization", "Signature=", "Sig="),
            |m| matches!(m, M::Malformed { part: "Authorization header", problem } if problem.contains("Signature")),
        ),
        (
            "unknown key",
            signed().edit("authorization", "AKIDEXAMPLE", "AKIDOTHER"),
            |m| matches!(m, M::UnknownAccessKey { access_key_id } if access_key_id == "AKIDOTHER"),
        ),
        (
            "other region",
            signed().edit("authorization", "eu-west-1", "eu-west-2"),
            |m| matches!(m, M::ScopeRegion { expected, received } if expected == "eu-west-1" && received == "eu-west-2"),
        ),
        (
            "other service",
            signed().edit("authorization", "/s3/", "/sts/"),
            |m| matches!(m, M::ScopeService { received, .. } if received == "sts"),
        ),
        (
            "other day",
            signed().edit("authorization", "20150830", "20150831"),
            |m| matches!(m, M::ScopeDate { expected, received } if expected == "20150830" && received == "20150831"),
        ),
        (
            "unsigned x-amz header",
            signed().with("X-Amz-Acl", "public-read"),
            |m| matches!(m, M::HeaderNotSigned { name } if name == "x-amz-acl"),
        ),
        (
            "host not signed",
            signed().edit("authorization", "host;", ""),
            |m| matches!(m, M::HeaderNotSigned { name } if name == "host"),
        ),
        (
            "signed header lost",
            signed().without("x-amz-meta-a"),
            |m| matches!(m, M::SignedHeaderMissing { name } if name == "x-amz-meta-a"),
        ),
        ("no payload hash", signed().without("x-amz-content-sha256"), |m| {
            matches!(m, M::HeaderMissing { name: "x-amz-content-sha256" })
        }),
        ("other body", Message { body: "hellp".into(), ..signed() }, |m| matches!(m, M::PayloadHash { .. })),
        ("other method", Message { method: "GET".into(), ..signed() }, |m| matches!(m, M::Signature { .. })),
        ("other path", Message { path: "/bucket/a%20kez".into(), ..signed() }, |m| {
            matches!(m, M::Signature { .. })
        }),
        ("other query", Message { query: "versionId=2&x=y".into(), ..signed() }, |m| {
            matches!(m, M::Signature { .. })
        }),
        ("other header", signed().edit("x-amz-meta-a", "b", "c"), |m| matches!(m, M::Signature { .. })),
        ("altered token", signed().edit("x-amz-security-token", "+", "-"), |m| {
            matches!(m, M::Signature { .. })
        }),
        (
            "signed twice",
            Message { query: presigned().query, ..signed() }.without("x-amz-security-token"),
            |m| matches!(m, M::SignedTwice),
        ),
        (
            "presigned for too long",
            {
                let presigned = presigned();
                Message { query: presigned.query.replace("Expires=600", "Expires=604801"), ..presigned }
            },
            |m| matches!(m, M::Malformed { part: "X-Amz-Expires", .. }),
        ),
        (
            "presigned longer than signed",
            {
                let presigned = presigned();
                Message { query: presigned.query.replace("Expires=600", "Expires=601"), ..presigned }
            },
            |m| matches!(m, M::Signature { .. }),
        ),
    ];
    for (name, message, is_expected) in cases {
        let mismatch = verify(&message).expect_err(name);
        assert!(is_expected(&mismatch), "{name}: {mismatch}");
        assert!(!format!("{mismatch:?}").contains("token/+="), "{name}: the token must not be printed");
    }
}

#[test]
fn clocks_and_lifetimes_are_held_to_the_second() {
    let quarter = 15 * 60;
    for seconds in [TIME - quarter, TIME + quarter] {
        assert!(verify_at(&signed(), seconds).is_ok());
    }
    for seconds in [TIME - quarter - 1, TIME + quarter + 1] {
        assert!(matches!(verify_at(&signed(), seconds), Err(Mismatch::Clock { .. })));
    }
    assert!(verify_at(&presigned(), TIME + 600).is_ok());
    assert!(matches!(verify_at(&presigned(), TIME + 601), Err(Mismatch::Expired { .. })));
    assert!(matches!(verify_at(&presigned(), TIME - quarter - 1), Err(Mismatch::Clock { .. })));
}

/// Whatever is sent comes back in messages of one short line of printable ASCII, and never a session token.
#[test]
fn messages_are_bounded_and_escaped() {
    let long = "x".repeat(7000);
    let mut refused = 0;
    for evil in ["\u{1b}[31m\r\n", "\0\u{7f}", "\u{202e}\u{2028}\u{9b}ü", "`'\"<>", &long] {
        let mut messages: Vec<Message> = Vec::new();
        for name in ["authorization", "x-amz-date", "x-amz-content-sha256", "host"] {
            let message = signed();
            for (at, _) in message
                .clone()
                .header(name)
                .match_indices(|c: char| !c.is_ascii_alphanumeric())
                .chain([(0, "")])
            {
                let mut spoiled = message.clone();
                spoiled.header(name).insert_str(at, evil);
                messages.push(spoiled);
            }
        }
        messages.push(signed().with(&format!("x-amz-{evil}"), "1"));
        messages.push(signed().edit("authorization", "host;", &format!("host{evil};")));
        messages.push(signed().edit("authorization", "host;", &format!("host;i{};", evil.to_lowercase())));
        for at in presigned().query.match_indices(['=', '&']).map(|(at, _)| at + 1).collect::<Vec<_>>() {
            let mut spoiled = presigned();
            spoiled.query.insert_str(at, evil);
            messages.push(spoiled);
            let mut encoded = presigned();
            encoded.query.insert_str(at, &sts3_sigv4::percent_encode(evil));
            messages.push(encoded);
        }
        for message in messages {
            let Err(mismatch) = verify(&message) else { continue };
            for text in [mismatch.to_string(), format!("{mismatch:?}")] {
                assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{text:?}");
                assert!(text.len() < 1500 && !text.contains("token/+="), "{text:?}");
            }
            refused += 1;
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn a_body_that_is_read_later_is_compared_with_what_was_signed() {
    let message = signed();
    let headers: Vec<(&str, &str)> = message.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let received = Received {
        method: &message.method,
        path: &message.path,
        query: &message.query,
        headers: &headers,
        body: ReceivedBody::Unread,
    };
    let verifier = Verifier::new(|_: &str| Some(Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")));
    let verified = verifier.verify(&received, Timestamp::from_unix_seconds(TIME)).unwrap();
    assert_eq!(verified.check_body(BODY.as_bytes()), Ok(()));
    assert!(matches!(verified.check_body(b"hellp"), Err(Mismatch::PayloadHash { .. })));
    // The body of a presigned request is not signed.
    assert_eq!(verify(&presigned()).unwrap().check_body(b"anything"), Ok(()));
}

/// "The Region code, service code, and termination string must use lowercase characters"
/// (reference_sigv-signing-elements): but for a service of one's own, which names its region.
#[test]
fn regions_have_capitals_only_where_the_verifier_has_them() {
    let credentials = credentials();
    let signer = Signer::new(&credentials, Scope::new("RegionOne", "s3"));
    let time = Timestamp::from_unix_seconds(TIME);
    let signed = signer.sign(&Request::new("GET", "/").headers(&[("host", "h")]), time).unwrap();
    let headers: Vec<(&str, &str)> = std::iter::once(("host", "h")).chain(signed.headers()).collect();
    let received =
        Received { method: "GET", path: "/", query: "", headers: &headers, body: ReceivedBody::Bytes(b"") };
    let verifier = || Verifier::new(|_: &str| Some(Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")));
    assert!(verifier().region("RegionOne").verify(&received, time).is_ok());
    assert!(matches!(
        verifier().verify(&received, time),
        Err(Mismatch::Malformed { part: "Credential", .. })
    ));
}
