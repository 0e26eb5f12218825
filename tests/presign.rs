//! Presigned URLs: botocore makes the same (`fixtures/presign`), our verifier and the sandbox accept them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use sts3::{
    Credentials, Endpoint, Operation, PresignedUrl, Region,
    iam::GetUser,
    runtime::Limits,
    s3::{DeleteObject, GetObject, HeadObject, PutObject},
    sigv4::{Received, ReceivedBody, Secret, Timestamp, Verifier, percent_decode},
    sts::{AssumeRoleWithWebIdentity, GetCallerIdentity},
};
use sts3_sandbox::{BucketSpec, Sandbox};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
struct Case {
    operation: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    response: BTreeMap<String, String>,
    range: Option<String>,
    version: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    token: bool,
    expires: Option<u64>,
    region: Option<String>,
    user: Option<String>,
    url: String,
}

fn endpoint(region: &str) -> Endpoint {
    Endpoint::new(Region::new(region).unwrap())
}

fn keys() -> Credentials {
    Credentials::new("AKIDEXAMPLE", SECRET)
}

impl Case {
    fn presigned<O: Operation>(&self, operation: &O) -> PresignedUrl {
        let credentials = match self.token {
            true => keys().with_session_token("IQoJb3JpZ2luX2VjE+/cD9=="),
            false => keys(),
        };
        let expires = Duration::from_secs(self.expires.unwrap_or(3600));
        let endpoint = endpoint(self.region.as_deref().unwrap_or("eu-west-1"));
        PresignedUrl::new(operation, &endpoint, &credentials, expires, NOW).unwrap()
    }

    fn ours(&self) -> PresignedUrl {
        match &*self.operation {
            "GetObject" => self.presigned(&self.get_object()),
            "HeadObject" => self.presigned(
                &self.version.iter().fold(HeadObject::new("logs", &self.key), HeadObject::version_id),
            ),
            "DeleteObject" => self.presigned(
                &self.version.iter().fold(DeleteObject::new("logs", &self.key), DeleteObject::version_id),
            ),
            "PutObject" => self.presigned(
                &self.content_type.iter().fold(PutObject::new("logs", &self.key), PutObject::content_type),
            ),
            "GetCallerIdentity" => self.presigned(&GetCallerIdentity::new()),
            "GetUser" => self.presigned(&GetUser::new().user_name(self.user.clone().unwrap())),
            other => panic!("{other}"),
        }
    }

    fn get_object(&self) -> GetObject {
        let mut operation = GetObject::new("logs", &self.key);
        for (name, value) in &self.response {
            operation = match &**name {
                "ResponseContentType" => operation.response_content_type(value),
                "ResponseContentDisposition" => operation.response_content_disposition(value),
                "ResponseCacheControl" => operation.response_cache_control(value),
                "ResponseContentEncoding" => operation.response_content_encoding(value),
                "ResponseContentLanguage" => operation.response_content_language(value),
                other => panic!("{other}"),
            };
        }
        operation = self.range.iter().fold(operation, GetObject::range);
        self.version.iter().fold(operation, GetObject::version_id)
    }
}

fn cases() -> Vec<Case> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/presign/expected.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Address, path and the parameters, whose order means nothing.
fn parts(url: &str) -> (String, Vec<(String, String)>) {
    let decode = |text: &str| String::from_utf8(percent_decode(text).into_owned()).unwrap();
    let (address, query) = url.split_once('?').unwrap();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
    pairs.sort();
    (address.to_owned(), pairs)
}

#[test]
fn urls_are_those_that_botocore_presigns() {
    let cases = cases();
    assert!(cases.len() > 30);
    for case in cases {
        assert_eq!(parts(case.ours().as_str()), parts(&case.url), "{} {}", case.operation, case.key);
    }
}

#[test]
fn a_verifier_accepts_each_until_it_expires() {
    let verifier = Verifier::new(|key: &str| (key == "AKIDEXAMPLE").then(|| Secret::new(SECRET)));
    for case in cases() {
        let url = case.ours();
        let (address, query) = url.as_str().split_once('?').unwrap();
        let (host, path) = address.strip_prefix("https://").unwrap().split_once('/').unwrap();
        let path = format!("/{path}");
        let own = url.headers().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let headers: Vec<_> = std::iter::once(("host", host)).chain(own).collect();
        let method = url.method().as_str();
        let request =
            Received { method, path: &path, query, headers: &headers, body: ReceivedBody::Bytes(b"") };
        let at =
            |time: OffsetDateTime| Timestamp::from_unix_seconds(time.unix_timestamp().try_into().unwrap());
        let end = url.expires_at();
        assert!(verifier.verify(&request, at(NOW)).is_ok(), "{} {}", case.operation, case.key);
        assert!(verifier.verify(&request, at(end - Duration::from_secs(1))).is_ok(), "{}", case.key);
        assert!(verifier.verify(&request, at(end + Duration::from_secs(1))).is_err(), "{}", case.key);
    }
}

#[test]
fn what_must_be_sent_and_when_it_ends_are_told() {
    let presign = |credentials: &Credentials, expires| {
        let operation = GetObject::new("logs", "a").range("bytes=0-9");
        PresignedUrl::new(&operation, &endpoint("eu-west-1"), credentials, expires, NOW)
    };
    let url = presign(&keys(), HOUR).unwrap();
    let headers: Vec<_> = url.headers().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(headers, [("range", &b"bytes=0-9"[..])]);
    assert_eq!((url.expires_at(), url.ends_early()), (NOW + HOUR, None));
    let end = NOW + HOUR / 2;
    let dying = keys().with_session_token("token").with_expiration(end);
    assert_eq!(presign(&dying, HOUR).unwrap().ends_early(), Some(end));
    assert_eq!(presign(&dying, HOUR / 2).unwrap().ends_early(), None);
}

#[test]
fn lifetimes_keys_and_channels_have_limits() {
    let refused = |operation: &GetObject, endpoint: &Endpoint, expires| {
        PresignedUrl::new(operation, endpoint, &keys(), expires, NOW).unwrap_err().to_string()
    };
    let here = endpoint("eu-west-1");
    let object = GetObject::new("logs", "a");
    for expires in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(604_801)] {
        assert!(refused(&object, &here, expires).contains("1 and 604800 seconds"));
    }
    for key in [String::new(), "a".repeat(1025)] {
        assert!(refused(&GetObject::new("logs", key), &here, HOUR).starts_with("Key is "));
    }
    assert!(refused(&object.clone().range("0-9"), &here, HOUR).starts_with("Range "));
    let elsewhere = here.clone().with_url("http://minio.example:9000".parse().unwrap());
    assert!(refused(&object, &elsewhere, HOUR).contains("long-lived"));
    // Its proof of identity is the token, not a signature.
    let token = AssumeRoleWithWebIdentity::new("arn:aws:iam::123456789012:role/reader", "me", "hush");
    let problem = PresignedUrl::new(&token, &here, &keys(), HOUR, NOW).unwrap_err().to_string();
    assert!(problem.contains("not signed"), "{problem}");
}

#[cfg(feature = "url")]
#[test]
fn a_url_that_would_change_on_conversion_is_refused() {
    let url = |key: &str| {
        let operation = GetObject::new("logs", key);
        PresignedUrl::new(&operation, &endpoint("eu-west-1"), &keys(), HOUR, NOW).unwrap()
    };
    for key in ["a.csv", "a b/한국어+%.txt", "(a)'b", "a//b", ".hidden", "a..b"] {
        let presigned = url(key);
        assert_eq!(url::Url::try_from(&presigned).unwrap().as_str(), presigned.as_str(), "{key}");
    }
    // The URL Standard removes dot segments; to S3 they are part of the key.
    for key in ["a/../b", "./a"] {
        assert!(url::Url::try_from(&url(key)).is_err(), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_can_use_them_over_http() {
    let spec = BucketSpec::demo("demo").region("eu-central-1");
    let sandbox = support::start(Sandbox::builder().bucket(spec).clock_skew(7200)).await;
    let client = support::client(&sandbox).credentials(support::user()).build().unwrap();
    // What a call learns of the bucket's region and the service's clock, URLs are signed with.
    client.head_bucket("demo").await.unwrap();
    let anyone = async |url: PresignedUrl, body: &str| {
        let mut request = http::Request::builder().method(url.method()).uri(url.as_str());
        for (name, value) in url.headers() {
            request = request.header(name, value);
        }
        let request = request.body(body.to_owned().into_bytes()).unwrap();
        client.caller().exchange("anyone", 1, request, Limits::new(Duration::from_secs(10))).await.unwrap()
    };
    // So are requests that are signed to be sent by other means.
    let signed = client.sign(&GetObject::new("demo", "readme.md")).await.unwrap();
    let limits = Limits::new(Duration::from_secs(10));
    let answer = client.caller().exchange("anyone", 1, signed.into_request(), limits).await.unwrap();
    assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(answer.body()));
    let put = PutObject::new("demo", "new/a+b ü.txt").content_type("text/plain");
    let put = client.presign(&put, HOUR).await.unwrap();
    assert_eq!(anyone(put, "hello").await.status(), 200);
    let get = GetObject::new("demo", "new/a+b ü.txt").range("bytes=1-3").response_content_type("text/csv");
    let got = anyone(client.presign(&get, HOUR).await.unwrap(), "").await;
    assert_eq!((got.status().as_u16(), &got.body()[..]), (206, &b"ell"[..]));
    assert_eq!(got.headers()["content-type"], "text/csv");
    let head = client.presign(&HeadObject::new("demo", "new/a+b ü.txt"), HOUR).await.unwrap();
    assert_eq!(anyone(head, "").await.headers()["content-length"], "5");
    let delete = client.presign(&DeleteObject::new("demo", "new/a+b ü.txt"), HOUR).await.unwrap();
    assert_eq!(anyone(delete, "").await.status(), 204);
    assert_eq!(support::code(client.send(&HeadObject::new("demo", "new/a+b ü.txt")).await), "404");
    let anonymous = support::client(&sandbox).anonymous().build().unwrap();
    assert!(anonymous.presign(&get, HOUR).await.unwrap_err().to_string().contains("anonymous"));
    assert!(anonymous.sign(&get).await.unwrap_err().to_string().contains("anonymous"));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_written_read_and_deleted() {
    let sandbox = support::start(Sandbox::builder().bucket(BucketSpec::demo("demo"))).await;
    let client = support::client(&sandbox).credentials(support::user()).build().unwrap();
    let written = client.send(&PutObject::new("demo", "x").body("hello").content_type("text/plain")).await;
    let info = client.send(&HeadObject::new("demo", "x")).await.unwrap();
    // RFC 1321: `printf hello | md5sum`.
    assert_eq!(info.e_tag.as_deref(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!((written.unwrap().e_tag, info.size), (info.e_tag, Some(5)));
    assert_eq!(info.content_type.as_deref(), Some("text/plain"));
    assert_eq!(client.send(&GetObject::new("demo", "x")).await.unwrap().body(), b"hello");
    let deleted = client.send(&DeleteObject::new("demo", "x")).await.unwrap();
    assert!(!deleted.is_delete_marker && deleted.version_id.is_none());
    assert_eq!(support::code(client.send(&GetObject::new("demo", "x")).await), "NoSuchKey");
}
