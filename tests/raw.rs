//! Requests to any service, and what becomes of their refusals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod played;
mod support;

use played::{Play, endpoint, play};
use sts3::{
    Call, Credentials, Error, Operation, Raw, RetryPolicy, ServiceError, Step, TransportErrorKind,
    UnsignedRequest, call::RetryQuota, endpoint::Service, wire::JsonVersion,
};
use sts3_sandbox::{BucketSpec, Sandbox};

fn played(raw: &Raw, plays: &[Play]) -> played::Ended<http::Response<Vec<u8>>> {
    play(raw, RetryPolicy::default(), &RetryQuota::default(), plays)
}

fn header<'a>(request: &'a http::Request<Vec<u8>>, name: &str) -> &'a str {
    request.headers()[name].to_str().unwrap()
}

/// The requests are those of the services' guides:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html> and
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>, with the hosts of the General Reference.
#[test]
fn json_requests_have_the_headers_of_their_protocol_version() {
    let dynamodb = Service::new("dynamodb").unwrap();
    for (service, target, version, host, content_type) in [
        (
            dynamodb,
            "DynamoDB_20120810.GetItem",
            JsonVersion::V1_0,
            "dynamodb.eu-west-1.amazonaws.com",
            "application/x-amz-json-1.0",
        ),
        (
            Service::from_static("kms"),
            "TrentService.Encrypt",
            JsonVersion::V1_1,
            "kms.eu-west-1.amazonaws.com",
            "application/x-amz-json-1.1",
        ),
    ] {
        let scope = format!("/20261124/eu-west-1/{}/aws4_request,", service.signing_name());
        let raw = Raw::post(service, "/").json(target, version, r#"{"a":1}"#);
        let ended = played(&raw, &[Play::Answer(200, &[], r#"{"b":2}"#.into())]);
        assert_eq!(ended.result.unwrap().body(), br#"{"b":2}"#);
        let [request] = &*ended.sent else { panic!("{} requests", ended.sent.len()) };
        assert_eq!((request.method(), request.uri().path()), (&http::Method::POST, "/"));
        assert_eq!((header(request, "host"), header(request, "content-type")), (host, content_type));
        assert_eq!((header(request, "x-amz-target"), &**request.body()), (target, &br#"{"a":1}"#[..]));
        let authorization = header(request, "authorization");
        for part in [&*scope, "content-type", "x-amz-target"] {
            assert!(authorization.contains(part), "{part}: {authorization}");
        }
    }
}

// <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization>; XML as SNS has it.
#[test]
fn refusals_are_read_in_xml_and_json() {
    let json =
        (r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}"#, "QueueDoesNotExist");
    let xml = (
        "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no queue</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>",
        "NotFound",
    );
    for (body, code) in [json, xml] {
        let raw = Raw::post(Service::from_static("sqs"), "/").form(&[("Action", "PurgeQueue")]);
        let ended = played(&raw, &[Play::Answer(400, &[], body.into())]);
        let Err(Error::Service(error)) = ended.result else { panic!("it was not refused") };
        let read = (&*error.operation, &*error.code, &*error.message, error.status);
        assert_eq!(read, ("PurgeQueue", code, "no queue", 400));
    }
}

#[test]
fn what_succeeds_is_handed_out_whatever_its_body_says() {
    let body = "<Error><Code>SlowDown</Code></Error>";
    let raw = Raw::get(Service::S3, "/errors/sample.xml").in_bucket("bucket");
    let ended = played(&raw, &[Play::Answer(206, &[("x-kept", "1")], body.into())]);
    let response = ended.result.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["x-kept"].as_bytes()), (206, &b"1"[..]));
    assert_eq!(response.body(), body.as_bytes());
}

#[test]
fn a_post_is_sent_once_and_idempotent_methods_are_repeated() {
    let unavailable = Play::Answer(503, &[], String::new());
    let sent = |raw: Raw| played(&raw, std::slice::from_ref(&unavailable)).sent.len();
    let service = || Service::from_static("sqs");
    assert_eq!(sent(Raw::post(service(), "/")), 1);
    assert_eq!(sent(Raw::post(service(), "/").repeatable(true)), 3);
    for raw in [Raw::get(service(), "/"), Raw::put(service(), "/"), Raw::delete(service(), "/")] {
        assert_eq!(sent(raw), 3);
    }
    // Nothing of it was sent: it cannot have been carried out.
    assert_eq!(played(&Raw::post(service(), "/"), &[Play::Fail(TransportErrorKind::Connect)]).sent.len(), 3);
    assert_eq!(
        played(&Raw::post(service(), "/"), &[Play::Fail(TransportErrorKind::Interrupted)]).sent.len(),
        1
    );
}

#[test]
fn what_may_be_secret_does_not_go_in_the_clear() {
    let elsewhere = endpoint().with_url("http://minio.example:9000".parse().unwrap());
    let temporary = Credentials::new("ASIAEXAMPLE", "hush").with_session_token("hush");
    let long_lived = Credentials::new("AKIDEXAMPLE", "hush");
    let goes = |raw: Raw, credentials: Option<&Credentials>| {
        let mut call = Call::new(&raw, &elsewhere, credentials, RetryPolicy::default(), 1);
        matches!(call.step(played::NOON), Step::Send(_))
    };
    let secrets = Raw::get(Service::from_static("secretsmanager"), "/");
    assert!(!goes(secrets.clone(), Some(&temporary)) && !goes(secrets.clone().unsigned(), None));
    assert!(goes(secrets.clone().with_secrets(false), Some(&temporary)));
    assert!(!goes(secrets.with_secrets(false), Some(&long_lived)));
    assert!(goes(Raw::get(Service::S3, "/"), Some(&temporary)));
    assert!(!goes(Raw::get(Service::S3, "/"), Some(&long_lived)));
}

#[test]
fn an_authorization_of_one_s_own_is_sent_without_a_signature_and_refused_with_one() {
    let raw = Raw::get(Service::from_static("execute-api"), "/").header("Authorization", "Bearer hush");
    let Err(Error::InvalidInput(error)) = played(&raw, &[played::good()]).result else {
        panic!("it was not refused")
    };
    assert_eq!(error.parameter, "header", "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
    let sent = played(&raw.unsigned(), &[played::good()]).sent;
    assert_eq!(header(&sent[0], "authorization"), "Bearer hush");
}

#[test]
fn services_of_s3_s_kin_have_buckets() {
    for name in ["s3", "s3express", "s3-outposts", "s3-object-lambda"] {
        assert!(Raw::get(Service::new(name).unwrap(), "/").in_bucket("logs").request().is_ok(), "{name}");
    }
}

#[test]
fn what_cannot_be_sent_as_it_is_is_refused_where_it_is_told() {
    let s3 = |path: &str| Raw::get(Service::S3, path);
    for (raw, word) in [
        (s3("a"), "path"),
        (s3("/a?acl"), "path"),
        (s3("/a#b"), "path"),
        (s3("/a b"), "path"),
        (s3("/ü"), "path"),
        (s3("/").encoded_query("a b"), "query"),
        (s3("/").encoded_query("a#b"), "query"),
        (s3("/").header("a b", "c"), "header"),
        (s3("/").header("a", "hush\nhush"), "header"),
        (s3("/").json("a\nb", JsonVersion::V1_0, ""), "header"),
        (Raw::get(Service::from_static("sqs"), "/").in_bucket("logs"), "bucket"),
        (Raw::get(Service::Sts, "/").in_bucket("logs"), "bucket"),
    ] {
        let Err(Error::InvalidInput(error)) = raw.request() else { panic!("{raw:?} was not refused") };
        assert_eq!(error.parameter, word, "{error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    let query = s3("/").query("a b", "c&d=e").encoded_query("").encoded_query("x=%2F").query("acl", "");
    assert_eq!(query.request().unwrap().query, "a%20b=c%26d%3De&x=%2F&acl=");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_request_reaches_the_sandbox() {
    let spec = BucketSpec::demo("demo").region("eu-central-1");
    let sandbox = support::start(Sandbox::builder().bucket(spec).clock_skew(7200)).await;
    let client = support::client(&sandbox).credentials(support::user()).build().unwrap();
    let form = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    let who = client.send(&Raw::post(Service::Sts, "/").form(&form)).await.unwrap();
    assert!(String::from_utf8_lossy(who.body()).contains("<Account>123456789012</Account>"));
    // The bucket's region and the clock are corrected as in all calls.
    let list = Raw::get(Service::S3, "/demo").query("list-type", "2").query("prefix", "a b/");
    let page = client.send(&list).await.unwrap();
    assert!(String::from_utf8_lossy(page.body()).contains("<Key>a b/space key.txt</Key>"));
    let put = Raw::put(Service::S3, "/new/a%2Bb").in_bucket("demo").body("some\0bytes");
    client.send(&put).await.unwrap();
    let got = client.send(&Raw::get(Service::S3, "/new/a%2Bb").in_bucket("demo")).await.unwrap();
    assert_eq!((got.status().as_u16(), &got.body()[..]), (200, &b"some\0bytes"[..]));
    client.send(&Raw::delete(Service::S3, "/new/a%2Bb").in_bucket("demo")).await.unwrap();
    let absent = client.send(&Raw::get(Service::S3, "/new/a%2Bb").in_bucket("demo").named("GetObject")).await;
    let Err(Error::Service(error)) = absent else { panic!("it is still there") };
    assert_eq!((&*error.operation, &*error.code), ("GetObject", "NoSuchKey"));
}

/// An operation that says of itself what no other says.
struct Own;

impl Operation for Own {
    type Output = &'static str;

    fn name(&self) -> &str {
        "Own"
    }

    fn service(&self) -> Service {
        Service::from_static("own")
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        Ok(UnsignedRequest::new(http::Method::PATCH, "/own"))
    }

    fn check_for_aws(&self) -> Result<(), sts3::InvalidInput> {
        Err(sts3::InvalidInput::new("Own", "own check".to_owned()))
    }

    fn parse(&self, _response: http::Response<Vec<u8>>) -> Result<&'static str, Error> {
        Ok("own")
    }

    fn refusal(&self, _response: &http::Response<Vec<u8>>) -> ServiceError {
        ServiceError::new("Own", 400, "OwnCode", "")
    }

    fn bucket(&self) -> Option<&str> {
        Some("own-bucket")
    }

    fn is_signed(&self) -> bool {
        false
    }

    fn carries_secrets(&self) -> bool {
        false
    }

    fn is_repeatable(&self) -> bool {
        false
    }

    fn has_xml_answer(&self) -> bool {
        false
    }
}

#[test]
fn what_points_to_an_operation_is_that_operation_in_everything() {
    fn check(operation: impl Operation<Output = &'static str>) {
        let answer = || http::Response::new(Vec::new());
        assert_eq!((operation.name(), operation.bucket()), ("Own", Some("own-bucket")));
        assert_eq!(operation.service(), Service::from_static("own"));
        assert_eq!(operation.request().unwrap().path, "/own");
        assert_eq!(operation.parse(answer()).unwrap(), "own");
        assert!(operation.check_for_aws().unwrap_err().to_string().contains("own check"));
        assert_eq!(operation.refusal(&answer()).code, "OwnCode");
        let flags = [operation.is_signed(), operation.carries_secrets(), operation.is_repeatable()];
        assert_eq!((flags, operation.has_xml_answer()), ([false; 3], false));
    }
    check(&Own);
    check(std::sync::Arc::new(Own));
    check(Box::new(Own) as Box<dyn Operation<Output = &'static str> + Send + Sync>);
}
