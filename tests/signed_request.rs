//! Requests that are signed and not sent: what a call sends, with every intermediate value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sts3::{
    Call, Credentials, Endpoint, Operation, Raw, Region, RetryPolicy, SignedRequest, Step,
    endpoint::Service,
    http::Method,
    s3::{GetObject, PutObject},
    sts::{AssumeRole, AssumeRoleWithWebIdentity},
};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

fn keys() -> Credentials {
    Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}

fn us_east_1() -> Endpoint {
    Endpoint::new(Region::us_east_1())
}

/// "Example: GET Bucket (List Objects)" of
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
#[test]
fn each_step_is_that_of_the_documented_example() {
    let list = Raw::get(Service::S3, "/").in_bucket("examplebucket").encoded_query("max-keys=2&prefix=J");
    let (endpoint, at) = (us_east_1().with_global_s3(true), datetime!(2013-05-24 0:00 UTC));
    let signed = SignedRequest::new(&list, &endpoint, &keys(), at).unwrap();
    assert_eq!(
        signed.steps().canonical_request,
        "GET\n/\nmax-keys=2&prefix=J\nhost:examplebucket.s3.amazonaws.com\n\
         x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\
         x-amz-date:20130524T000000Z\n\nhost;x-amz-content-sha256;x-amz-date\n\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(
        signed.steps().string_to_sign,
        "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n\
         df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7"
    );
    assert_eq!(
        signed.steps().signature.as_str(),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    );
    assert_eq!((signed.scope().region(), signed.scope().service()), ("us-east-1", "s3"));
    assert_eq!(
        signed.request().uri(),
        "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
        "the address is whole again"
    );
    let added: Vec<_> = signed.added_headers().map(|(name, _)| name.as_str()).collect();
    assert_eq!(added, ["x-amz-date", "x-amz-content-sha256", "authorization"]);
}

/// What a call sends first.
fn sent<O: Operation>(
    operation: &O,
    endpoint: &Endpoint,
    keys: &Credentials,
) -> sts3::http::Request<Vec<u8>> {
    let mut call = Call::new(operation, endpoint, Some(keys), RetryPolicy::default(), 1);
    match call.step(NOW) {
        Step::Send(request) => request,
        _ => panic!("nothing is sent"),
    }
}

fn same<O: Operation>(operation: &O, endpoint: &Endpoint, keys: &Credentials) {
    let (sent, signed) =
        (sent(operation, endpoint, keys), SignedRequest::new(operation, endpoint, keys, NOW));
    let signed = signed.unwrap();
    let request = signed.request();
    assert_eq!((request.method(), request.uri()), (sent.method(), sent.uri()));
    assert_eq!(request.headers(), sent.headers());
    assert_eq!(request.body(), sent.body());
    let authorization = request.headers()["authorization"].to_str().unwrap();
    assert!(authorization.ends_with(signed.steps().signature.as_str()), "{authorization}");
}

#[test]
fn a_call_sends_the_request_that_is_signed_here() {
    let session = keys().with_session_token("IQoJb3JpZ2luX2VjE+/cD9==");
    let local = us_east_1().with_url("http://127.0.0.1:9000/base".parse().unwrap());
    for endpoint in [us_east_1(), local] {
        for keys in [&keys(), &session] {
            same(&GetObject::new("logs", "a b/ü+c.csv").range("bytes=0-9"), &endpoint, keys);
            same(&PutObject::new("logs", "a.csv").body("one,two"), &endpoint, keys);
            same(&AssumeRole::new("arn:aws:iam::123456789012:role/reader", "nightly"), &endpoint, keys);
            let stated =
                Raw::put(Service::S3, "/k").header("x-amz-content-sha256", "UNSIGNED-PAYLOAD").body("x");
            same(&stated, &endpoint, keys);
        }
    }
}

/// Behind a proxy the address has another name. HTTP/1.1 sends the `Host` that is given (RFC 9112, 3.2), so that is signed.
#[test]
fn a_host_that_is_given_is_signed_and_the_address_stays() {
    let local = us_east_1().with_url("http://127.0.0.1:9000".parse().unwrap());
    let named = Raw::get(Service::S3, "/k").header("host", "s3.example");
    let signed = SignedRequest::new(&named, &local, &keys(), NOW).unwrap();
    assert!(signed.steps().canonical_request.contains("\nhost:s3.example\n"));
    assert_eq!(signed.request().uri(), "http://127.0.0.1:9000/k");
    let twice = named.header("host", "other.example");
    let refused = SignedRequest::new(&twice, &local, &keys(), NOW).unwrap_err().to_string();
    assert!(refused.contains("two `host` headers"), "{refused}");
}

#[test]
fn what_no_call_would_sign_is_not_signed_here() {
    let plain = us_east_1().with_url("http://s3.example".parse().unwrap());
    let read = GetObject::new("logs", "a.csv");
    let refused =
        |endpoint: &Endpoint| SignedRequest::new(&read, endpoint, &keys(), NOW).unwrap_err().to_string();
    assert!(refused(&plain).contains("plain HTTP"), "{}", refused(&plain));
    assert!(SignedRequest::new(&read, &plain.clone().with_plain_http(true), &keys(), NOW).is_ok());
    assert!(SignedRequest::new(&read, &plain, &keys().with_session_token("t"), NOW).is_ok());

    let role = "arn:aws:iam::123456789012:role/reader";
    let unsigned = AssumeRoleWithWebIdentity::new(role, "nightly", "token");
    let refused = SignedRequest::new(&unsigned, &us_east_1(), &keys(), NOW).unwrap_err().to_string();
    assert!(refused.contains("AssumeRoleWithWebIdentity goes out without a signature"), "{refused}");
    let bad = Raw::new(Method::GET, Service::S3, "/a b");
    assert!(SignedRequest::new(&bad, &us_east_1(), &keys(), NOW).is_err());
}
