//! What an error says of a refused signature is made when it is asked for, from texts of bounded size.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sts3::{
    Call, Credentials, Endpoint, Region, RetryPolicy, ServiceError, Step,
    s3::ListObjectsV2,
    sigv4::{Explanation, Part},
    sts::GetCallerIdentity,
};
use time::{OffsetDateTime, macros::datetime};

const NOON: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The error of a call that is answered with 403 and this body.
fn refused<O: sts3::Operation>(
    operation: &O,
    body: impl FnOnce(&http::Request<Vec<u8>>) -> String,
) -> ServiceError
where
    O::Output: std::fmt::Debug,
{
    let endpoint = Endpoint::new(Region::new("eu-west-1").unwrap());
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
    let mut policy = RetryPolicy::default();
    policy.max_attempts = 1;
    let mut call = Call::new(operation, &endpoint, Some(&credentials), policy, 7);
    let Step::Send(request) = call.step(NOON) else { panic!("it sends nothing") };
    let answer = http::Response::builder().status(403).body(body(&request).into_bytes()).unwrap();
    call.receive(answer);
    let Step::Done(result) = call.step(NOON) else { panic!("it is not done") };
    result.unwrap_err().as_service_error().expect("no service error").clone()
}

fn s3_refusal(canonical_request: &str) -> String {
    format!(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><CanonicalRequest>{}</CanonicalRequest></Error>",
        canonical_request.replace('&', "&amp;")
    )
}

/// 400,000 parameters and headers in some 20 MB.
fn hostile() -> String {
    let value = "v".repeat(42);
    let query: Vec<String> = (0..200_000).map(|at| format!("p{at}={value}")).collect();
    let headers: String = (0..200_000).map(|at| format!("h{at}:{value}\n")).collect();
    format!("GET\n/\n{}\n{headers}\nhost\nUNSIGNED-PAYLOAD", query.join("&"))
}

#[test]
fn a_refused_signature_is_explained_when_it_is_asked_for() {
    let error =
        refused(&ListObjectsV2::new("bucket"), |_| s3_refusal("PUT\n/\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD"));
    assert!(error.is_explicable());
    let explanation = error.explanation().unwrap();
    assert_eq!(explanation.first().unwrap().part, Part::Method);
    // Two explanations of one error are one.
    assert_eq!(error.explanation(), Some(explanation));
    let other = refused(&ListObjectsV2::new("bucket"), |_| "<Error><Code>AccessDenied</Code></Error>".into());
    assert!(!other.is_explicable() && other.explanation().is_none());
}

#[test]
fn a_hostile_refusal_costs_an_error_of_bounded_size_and_no_comparison() {
    let texts = hostile();
    assert!(texts.len() > 19_000_000);
    let s3 = refused(&ListObjectsV2::new("bucket"), |_| s3_refusal(&texts));
    let sts = refused(&GetCallerIdentity::new(), |_| {
        format!(
            "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The Canonical String for this request should \
             have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n</Message></Error></ErrorResponse>",
            texts.replace('&', "&amp;"),
            "x".repeat(5_000_000)
        )
    });
    for error in [s3, sts] {
        let kept = [&error.canonical_request, &error.string_to_sign, &error.signature_provided];
        let kept: usize = kept.into_iter().flatten().map(String::len).sum();
        assert!(kept <= 3 * (Explanation::MAX_TEXT + 8), "{kept} bytes are kept");
        assert!(format!("{error} {error:?}").len() < 10_000);
        let explanation = error.explanation().unwrap();
        assert!(explanation.first().is_none());
        assert!(explanation.to_string().contains("larger than the head of any request"), "{explanation}");
    }
}
