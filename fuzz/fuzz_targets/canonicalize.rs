//! Any request is signed as the crate `aws-sigv4` signs it.
#![no_main]

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use libfuzzer_sys::fuzz_target;
use sts3_sigv4::{Credentials, Payload, Request, Scope, Signer, Timestamp, percent_encode, percent_encode_path};

#[derive(Arbitrary, Debug)]
struct Input {
    is_s3: bool,
    method: u8,
    segments: Vec<String>,
    parameters: Vec<(String, String)>,
    headers: Vec<(u8, String)>,
    body: Vec<u8>,
    token: Option<String>,
    time: u32,
}

fuzz_target!(|input: Input| {
    let method = ["GET", "PUT", "POST", "DELETE", "HEAD"][usize::from(input.method % 5)];
    // As sent: encoded once. What the oracle's URL parser would refuse or change is not its to judge.
    let segments = input.segments.iter().map(|segment| segment.replace(['/', '\0'], ""));
    // The oracle keeps a slash where botocore and awscrt (which the fixtures follow) keep none: `/a/.`,
    // `/a//..`.
    let segments = segments.filter(|segment| input.is_s3 || !matches!(segment.as_str(), "" | "." | ".."));
    let path = segments.map(|segment| format!("/{}", percent_encode_path(&segment))).collect::<String>();
    let path = if path.is_empty() { "/".to_owned() } else { path };
    let named = input.parameters.iter().filter(|(name, _)| !name.is_empty());
    let pairs = named.map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    let plain = |text: &str| text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect::<String>();
    // One of each name: the oracle takes the last of repeated headers in another order.
    let mut headers = vec![("host".to_owned(), "example.com".to_owned())];
    for (name, value) in &input.headers {
        let name = format!("x-h{}", name % 6);
        if !headers.iter().any(|(other, _)| *other == name) {
            headers.push((name, plain(value)));
        }
    }
    // The oracle does not trim tokens; none has a space.
    let token = input.token.as_deref().map(|token| plain(token).replace(' ', "")).filter(|token| !token.is_empty());
    let service = if input.is_s3 { "s3" } else { "service" };

    let credentials = Credentials::new("AKIDEXAMPLE", "secret");
    let credentials = match &token {
        Some(token) => credentials.with_session_token(token.as_str()),
        None => credentials,
    };
    let borrowed: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let request = Request::new(method, &path).query(&query).headers(&borrowed).payload(Payload::Bytes(&input.body));
    let signer = Signer::new(&credentials, Scope::new("us-east-1", service));
    let time = Timestamp::from_unix_seconds(input.time.into());
    let ours = signer.sign(&request, time).unwrap().signature().to_string();

    let identity = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", token, None, "fuzz").into();
    let mut settings = SigningSettings::default();
    if input.is_s3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(input.time.into()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let separator = if query.is_empty() { "" } else { "?" };
    let uri = format!("https://example.com{path}{separator}{query}");
    let body = SignableBody::Bytes(&input.body);
    let Ok(signable) = SignableRequest::new(method, uri, borrowed.iter().copied(), body) else { return };
    let Ok(theirs) = sign(signable, &params) else { return };
    assert_eq!(ours, theirs.signature(), "{path} {query} {headers:?}");
});
