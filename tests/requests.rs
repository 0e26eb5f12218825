//! The requests that our builders write, field by field as botocore writes them (`fixtures/requests`), and
//! the limits that are checked before anything is sent (from botocore's service models).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use sts3::{
    Error, Operation, Region,
    iam::{CreateUser, GetRole, GetUser},
    s3::{HeadBucket, ListBuckets, ListObjectVersions, ListObjects, ListObjectsV2},
    sigv4::percent_decode,
    sts::{
        AssumeRole, AssumeRoleWithSaml, AssumeRoleWithWebIdentity, AssumeRoot, DecodeAuthorizationMessage,
        GetAccessKeyInfo, GetCallerIdentity, GetFederationToken, GetSessionToken,
    },
};

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

#[derive(Deserialize, Debug, PartialEq)]
struct Written {
    method: String,
    form: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

fn written<O: Operation>(operation: &O) -> Written {
    let request = operation.request().unwrap();
    let decode = |text: &str| String::from_utf8(percent_decode(text).into_owned()).unwrap();
    let pairs = |text: &str| {
        let pieces = text.split('&').filter(|piece| !piece.is_empty());
        pieces
            .map(|piece| piece.split_once('=').unwrap())
            .map(|(name, value)| (decode(name), decode(value)))
            .collect()
    };
    let amz = request.headers.iter().filter(|(name, _)| name.as_str().starts_with("x-amz-"));
    Written {
        method: request.method.to_string(),
        form: pairs(std::str::from_utf8(&request.body).unwrap()),
        query: pairs(&request.query),
        headers: amz.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
    }
}

#[test]
fn requests_are_written_as_botocore_writes_them() {
    let full_role = AssumeRole::new("arn:aws:iam::123456789012:role/path/reader", "a.b@c=d,e+f")
        .policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess")
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .policy(r#"{"Statement": [{"Effect":"Allow","Action":"*","Resource":"é+&="}]}"#)
        .duration(Duration::from_secs(900))
        .tag("team", "a b")
        .tag("ü", "")
        .transitive_tag_key("team")
        .transitive_tag_key("ü")
        .external_id("x:/y")
        .mfa("arn:aws:iam::123456789012:mfa/me", "012345")
        .source_identity("alice")
        .provided_context("arn:aws:iam::aws:contextProvider/IdentityCenter", "abc+/=");
    let list_v2 = ListObjectsV2::new("logs")
        .prefix("a b/ü+&=")
        .delimiter("/")
        .max_keys(7)
        .start_after("a b/x%20")
        .continuation_token("t+/=")
        .fetch_owner(true)
        .request_payer(true)
        .expected_bucket_owner("123456789012")
        .restore_status(true);
    let buckets = ListBuckets::new()
        .max_buckets(50)
        .prefix("p")
        .bucket_region(Region::new("eu-west-1").unwrap())
        .continuation_token("c==");
    let user = CreateUser::new("alice")
        .path("/team/a/")
        .permissions_boundary("arn:aws:iam::123456789012:policy/bound")
        .tag("k", "v w");
    let session = GetSessionToken::new().duration(Duration::from_secs(7200)).mfa("GAHT12345678", "123456");
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let web_identity = AssumeRoleWithWebIdentity::new(ROLE, "me", "eyJ.a+/=.b")
        .provider_id("www.example.com")
        .policy_arn(read_only)
        .policy("{\"a\": 1}")
        .duration(Duration::from_secs(3600));
    let saml = AssumeRoleWithSaml::new(ROLE, "arn:aws:iam::123456789012:saml-provider/x", "PHNhbWw+/w==")
        .duration(Duration::from_secs(900))
        .policy("{}")
        .policy_arn(read_only);
    let federation = GetFederationToken::new("guest")
        .policy("{}")
        .policy_arn(read_only)
        .tag("k", "v")
        .duration(Duration::from_secs(7200));
    let root = AssumeRoot::new("123456789012", "S3UnlockBucketPolicy").duration(Duration::from_secs(300));
    let versions = ListObjectVersions::new("logs")
        .prefix("a b/")
        .delimiter("/")
        .key_marker("a b/+")
        .version_id_marker("v=1")
        .max_keys(7)
        .request_payer(true);
    let ours = [
        ("assume-role-minimal", written(&AssumeRole::new(ROLE, "me"))),
        ("assume-role-full", written(&full_role)),
        ("get-session-token", written(&session)),
        ("get-caller-identity", written(&GetCallerIdentity::new())),
        ("assume-role-with-web-identity", written(&web_identity)),
        ("assume-role-with-saml", written(&saml)),
        ("get-federation-token", written(&federation)),
        ("assume-root", written(&root)),
        ("get-access-key-info", written(&GetAccessKeyInfo::new("AKIAIOSFODNN7EXAMPLE"))),
        ("decode-authorization-message", written(&DecodeAuthorizationMessage::new("abc+/="))),
        ("get-user", written(&GetUser::new().user_name("alice"))),
        ("get-own-user", written(&GetUser::new())),
        ("create-user", written(&user)),
        ("get-role", written(&GetRole::new("reader"))),
        ("list-objects-v2", written(&list_v2)),
        ("list-objects", written(&ListObjects::new("logs").marker("m~*'()"))),
        ("list-object-versions", written(&versions)),
        ("list-buckets", written(&buckets)),
        ("head-bucket", written(&HeadBucket::new("logs").expected_bucket_owner("123456789012"))),
    ];
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/requests/expected.json");
    let expected: BTreeMap<String, Written> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(ours.len(), expected.len());
    for (name, ours) in ours {
        assert_eq!(ours, expected[name], "{name}");
    }
}

/// The refusal before sending; it must name the parameter and the limit.
fn refused<O: Operation>(operation: &O) -> String {
    match operation.request() {
        Ok(_) => panic!("{} was not refused", operation.name()),
        Err(Error::InvalidInput(problem)) => problem.to_string(),
        Err(other) => panic!("not an input error: {other}"),
    }
}

#[test]
fn limits_of_sts_parameters_are_checked_before_sending() {
    let role = || AssumeRole::new(ROLE, "me");
    let seconds = Duration::from_secs;
    for (operation, parts) in [
        (AssumeRole::new("arn:aws:iam::123456789012", "me"), ["RoleArn", "not an ARN"]),
        (AssumeRole::new("arn:aws:s:::role/x", "me"), ["RoleArn", "20 to 2048"]),
        (
            AssumeRole::new(format!("arn:aws:iam::123456789012:role/{}", "x".repeat(2048)), "me"),
            ["RoleArn", "20 to 2048"],
        ),
        (AssumeRole::new("arn:aws:iam::123456789012:user/x", "me"), ["RoleArn", "role"]),
        (AssumeRole::new(ROLE, "m"), ["RoleSessionName", "2 to 64"]),
        (AssumeRole::new(ROLE, "x".repeat(65)), ["RoleSessionName", "2 to 64"]),
        (AssumeRole::new(ROLE, "no spaces"), ["RoleSessionName", "letters, digits"]),
        (role().duration(seconds(899)), ["DurationSeconds", "900 to 43200"]),
        (role().duration(seconds(43_201)), ["DurationSeconds", "900 to 43200"]),
        (role().duration(Duration::from_millis(900_500)), ["DurationSeconds", "whole seconds"]),
        (role().policy(""), ["Policy", ""]),
        (role().policy("{\u{1}}"), ["Policy", ""]),
        (role().policy("{\"中\":1}"), ["Policy", ""]),
        (role().policy_arn("x"), ["PolicyArns", "ARN"]),
        (role().tag("", "v"), ["Tags", "1 to 128"]),
        (role().tag("k".repeat(129), "v"), ["Tags", "1 to 128"]),
        (role().tag("k", "v".repeat(257)), ["Tags", "0 to 256"]),
        ((0..51).fold(role(), |role, index| role.tag(format!("k{index}"), "v")), ["Tags", "50"]),
        (
            (0..51).fold(role(), |role, index| role.transitive_tag_key(format!("k{index}"))),
            ["TransitiveTagKeys", "50"],
        ),
        (
            (0..11).fold(role(), |role, _| role.policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess")),
            ["PolicyArns", "10"],
        ),
        (role().external_id("x"), ["ExternalId", "2 to 1224"]),
        (role().external_id("a b"), ["ExternalId", ""]),
        (role().mfa("short", "123456"), ["SerialNumber", "9 to 256"]),
        (role().mfa("GAHT12345678", "12345"), ["TokenCode", "exactly 6"]),
        (role().mfa("GAHT12345678", "12345a"), ["TokenCode", "digits"]),
        (role().source_identity("a"), ["SourceIdentity", "2 to 64"]),
        (role().source_identity("aws:me"), ["SourceIdentity", ""]),
        (role().provided_context("x", "assertion"), ["ProviderArn", "ARN"]),
        (
            role().provided_context("arn:aws:iam::aws:contextProvider/X", "abc"),
            ["ContextAssertion", "4 to 2048"],
        ),
        (
            (0..6).fold(role(), |role, _| {
                role.provided_context("arn:aws:iam::aws:contextProvider/X", "assertion")
            }),
            ["ProvidedContexts", "5"],
        ),
        (role().minimum_session_token_size(4097), ["MinimumSessionTokenSize", "0 to 4096"]),
    ] {
        let problem = refused(&operation);
        assert!(problem.starts_with(parts[0]) && problem.contains(parts[1]), "{parts:?}: {problem}");
    }
    for (operation, part) in [
        (GetSessionToken::new().duration(seconds(899)), "900 to 129600"),
        (GetSessionToken::new().duration(seconds(129_601)), "900 to 129600"),
        (GetSessionToken::new().mfa("GAHT12345678", "1234567"), "exactly 6"),
        (GetSessionToken::new().minimum_session_token_size(5000), "0 to 4096"),
    ] {
        assert!(refused(&operation).contains(part), "{}", refused(&operation));
    }
    assert!(refused(&AssumeRoleWithWebIdentity::new(ROLE, "me", "abc")).contains("4 to 20000"));
    assert!(
        refused(&AssumeRoleWithWebIdentity::new(ROLE, "me", "abcd").policy("x".repeat(2049)))
            .contains("1 to 2048")
    );
    assert!(refused(&AssumeRoleWithSaml::new(ROLE, "x", "abcd")).starts_with("PrincipalArn"));
    assert!(refused(&GetFederationToken::new("x".repeat(33))).contains("2 to 32"));
    assert!(refused(&AssumeRoot::new("123456789012", "Anything")).contains("S3UnlockBucketPolicy"));
    assert!(refused(&AssumeRoot::new("1", "S3UnlockBucketPolicy")).contains("12 to 2048"));
    assert!(refused(&GetAccessKeyInfo::new("short")).contains("16 to 128"));
    assert!(refused(&DecodeAuthorizationMessage::new("")).contains("1 to 10240"));
    // The bounds themselves are allowed.
    for limit in [900, 43_200] {
        assert!(role().duration(seconds(limit)).request().is_ok());
    }
    assert!(
        role().policy("x".repeat(10_000)).request().is_ok(),
        "the packed limit is the service's to judge"
    );
}

#[test]
fn limits_of_iam_and_s3_parameters_are_checked_before_sending() {
    assert!(refused(&GetUser::new().user_name("x".repeat(129))).contains("1 to 128"));
    assert!(refused(&GetRole::new("")).contains("1 to 64"));
    assert!(refused(&GetRole::new("a/b")).contains("letters, digits"));
    assert!(refused(&CreateUser::new("x".repeat(65))).contains("1 to 64"));
    for path in ["", "team", "/team", "team/", "/a b/", &format!("/{}/", "x".repeat(511))] {
        assert!(refused(&CreateUser::new("alice").path(path)).starts_with("Path"), "{path}");
    }
    assert!(refused(&CreateUser::new("alice").permissions_boundary("x")).contains("ARN"));
    for buckets in [0, 10_001] {
        assert!(refused(&ListBuckets::new().max_buckets(buckets)).contains("1 to 10000"));
    }
    for owner in ["", "12345678901", "1234567890123", "12345678901x"] {
        assert!(
            refused(&ListObjectsV2::new("logs").expected_bucket_owner(owner)).contains("12 digits"),
            "{owner}"
        );
        assert!(
            refused(&HeadBucket::new("logs").expected_bucket_owner(owner)).contains("12 digits"),
            "{owner}"
        );
    }
}
