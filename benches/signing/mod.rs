//! The contenders of `sign` and `allocations`.

use std::time::{Duration, SystemTime};

use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use hmac::{Hmac, KeyInit, Mac};
use rusty_s3::{Bucket, S3Action, UrlStyle};
use sha2::{Digest, Sha256};
use sts3_benches::Contender;
use sts3_sigv4::{Credentials, Payload, Request, Scope, Signer, Timestamp};

const KEY: &str = "ASIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const HOST: &str = "examplebucket.s3.eu-west-1.amazonaws.com";
const QUERY: &str =
    "encoding-type=url&list-type=2&prefix=logs%2F2026%2F&start-after=logs%2F2026%2F01%2F02%2Fapp.log";
const SECONDS: u64 = 1_795_478_400;

fn token() -> String {
    let token = "IQoJb3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQD+".repeat(8);
    token[..420].to_owned()
}

/// Signatures in headers.
pub fn headers(run: impl FnOnce(Vec<Contender<'_>>)) {
    let credentials = Credentials::new(KEY, SECRET).with_session_token(token());
    let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
    let time = Timestamp::from_unix_seconds(SECONDS);
    let request_headers = [("host", HOST)];
    let request = Request::new("GET", "/").query(QUERY).headers(&request_headers).payload(Payload::EMPTY);
    let (_, steps) = signer.sign_in_steps(&request, time).unwrap();
    let key = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();

    let theirs_credentials =
        aws_credential_types::Credentials::new(KEY, SECRET, Some(token()), None, "bench").into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = aws_sigv4::http_request::PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = aws_sigv4::http_request::UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = aws_sigv4::http_request::PayloadChecksumKind::XAmzSha256;
    let uri = format!("https://{HOST}/?{QUERY}");
    let their_time = SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS);
    let params = v4::SigningParams::builder()
        .identity(&theirs_credentials)
        .region("eu-west-1")
        .name("s3")
        .time(their_time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let aws_sigv4 = || {
        let headers = std::iter::once(("host", HOST));
        let request = SignableRequest::new("GET", uri.as_str(), headers, SignableBody::Bytes(b"")).unwrap();
        sign(request, &params).unwrap().into_parts()
    };
    // The same signature, or the comparison means nothing.
    assert_eq!(aws_sigv4().1, steps.signature.as_str());

    let contenders = vec![
        Contender::new("the floor: SHA-256 and HMAC alone", || {
            let hash = Sha256::digest(steps.canonical_request.as_bytes());
            let mac = key.clone().chain_update(steps.string_to_sign.as_bytes()).finalize().into_bytes();
            (hash, mac)
        }),
        Contender::new("sts3-sigv4", || signer.sign(&request, time).unwrap()),
        Contender::new("sts3-sigv4, a new signer (key derived)", || {
            let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
            signer.sign(&request, time).unwrap().signature()
        }),
        Contender::new("aws-sigv4 1.6", aws_sigv4),
    ];
    run(contenders);
}

/// Signatures in the query.
pub fn presigning(run: impl FnOnce(Vec<Contender<'_>>)) {
    let credentials = Credentials::new(KEY, SECRET).with_session_token(token());
    let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
    let time = Timestamp::from_unix_seconds(SECONDS);
    let request_headers = [("host", HOST)];
    let lifetime = Duration::from_secs(3600);
    let query = "encoding-type=url&list-type=2&prefix=logs%2F2026%2F";
    let request = Request::new("GET", "/").query(query).headers(&request_headers);

    let endpoint = "https://s3.eu-west-1.amazonaws.com".parse().unwrap();
    let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, "examplebucket", "eu-west-1").unwrap();
    let their_credentials = rusty_s3::Credentials::new_with_token(KEY, SECRET, token());
    let their_time = jiff::Timestamp::from_second(SECONDS as i64).unwrap();
    let rusty_s3 = || {
        let mut action = bucket.list_objects_v2(Some(&their_credentials));
        action.with_prefix("logs/2026/");
        action.sign_with_time(lifetime, &their_time)
    };
    let ours = signer.presign(&request, lifetime, time).unwrap().signature().to_string();
    assert!(rusty_s3().as_str().contains(&ours), "{}", rusty_s3());

    let contenders = vec![
        Contender::new("sts3-sigv4", || signer.presign(&request, lifetime, time).unwrap()),
        Contender::new("sts3-sigv4, a new signer (key derived)", || {
            let signer = Signer::new(&credentials, Scope::new("eu-west-1", "s3"));
            signer.presign(&request, lifetime, time).unwrap()
        }),
        Contender::new("rusty-s3 0.11", rusty_s3),
    ];
    run(contenders);
}
