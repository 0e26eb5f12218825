//! Long-lived keys become temporary credentials, and those are refused where they must be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use sts3::{
    Client, Credentials, Error,
    providers::{AssumeRoleProvider, SessionTokenProvider},
    sts,
};
use sts3_sandbox::{BucketSpec, Sandbox};
use support::{LIMITED, PARTNER, READER, client, code, start, user};

async fn demo() -> Sandbox {
    start(Sandbox::builder().bucket(BucketSpec::demo("demo")).bucket(BucketSpec::empty("other"))).await
}

async fn assume(sandbox: &Sandbox, operation: sts::AssumeRole) -> Result<sts::AssumedRole, Error> {
    client(sandbox).credentials(user()).build().unwrap().send(&operation).await
}

fn with(sandbox: &Sandbox, credentials: Credentials) -> Client {
    client(sandbox).credentials(credentials).build().unwrap()
}

async fn keys(client: &Client, bucket: &str) -> Result<usize, Error> {
    Ok(client.list_objects_v2(bucket).send().await?.objects().len())
}

#[tokio::test]
async fn a_role_s_credentials_list_what_the_role_may_see() {
    let sandbox = demo().await;
    let reader =
        client(&sandbox).credentials(AssumeRoleProvider::new(READER, "test").source(user())).build().unwrap();
    assert_eq!(keys(&reader, "demo").await.unwrap(), 24);
    assert_eq!(
        reader.caller_identity().await.unwrap().arn,
        "arn:aws:sts::123456789012:assumed-role/reader/test"
    );

    let limited = client(&sandbox)
        .credentials(AssumeRoleProvider::new(LIMITED, "test").source(user()))
        .build()
        .unwrap();
    assert_eq!(keys(&limited, "demo").await.unwrap(), 24);
    assert_eq!(code(keys(&limited, "other").await), "AccessDenied");
    assert_eq!(code(limited.list_buckets().await), "AccessDenied");
}

#[tokio::test]
async fn a_session_policy_narrows_the_role() {
    let sandbox = demo().await;
    let policy = r#"{"Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::demo",
        "Condition":{"StringLike":{"s3:prefix":"logs/*"}}}]}"#;
    let role = assume(&sandbox, sts::AssumeRole::new(READER, "test").policy(policy)).await.unwrap();
    assert!(role.packed_policy_size.is_some());
    let narrowed = with(&sandbox, role.credentials);
    let logs = narrowed.list_objects_v2("demo").prefix("logs/").send().await.unwrap();
    assert_eq!(logs.objects().len(), 4);
    assert_eq!(code(keys(&narrowed, "demo").await), "AccessDenied");
}

#[tokio::test]
async fn session_tokens_are_for_long_lived_keys_and_cannot_call_iam() {
    let sandbox = demo().await;
    let session = SessionTokenProvider::new().duration(Duration::from_secs(7200)).source(user());
    let session = client(&sandbox).credentials(session).build().unwrap();
    assert_eq!(keys(&session, "demo").await.unwrap(), 24);
    assert_eq!(code(session.get_role("reader").await), "InvalidClientTokenId");
    assert_eq!(code(session.send(&sts::GetSessionToken::new()).await), "AccessDenied");

    // With MFA it may.
    let mfa = sts::GetSessionToken::new().mfa(sts3_sandbox::MFA_SERIAL, "123456");
    let mfa = client(&sandbox)
        .credentials(SessionTokenProvider::from_operation(mfa).source(user()))
        .build()
        .unwrap();
    assert_eq!(mfa.get_role("reader").await.unwrap().unwrap().role_name, "reader");
    assert!(mfa.get_role("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn wrong_missing_and_altered_parts_are_refused_with_aws_codes() {
    let sandbox = demo().await;
    let role = assume(&sandbox, sts::AssumeRole::new(READER, "test")).await.unwrap().credentials;
    let (id, secret) = (role.access_key_id(), role.secret_access_key().expose());
    let token = role.session_token().unwrap().expose();
    let altered = token.replacen("FwoG", "FwoH", 1);
    for (credentials, s3, sts) in [
        (
            Credentials::new(id, "x".repeat(40)).with_session_token(token),
            "SignatureDoesNotMatch",
            "SignatureDoesNotMatch",
        ),
        (Credentials::new(id, secret), "InvalidAccessKeyId", "InvalidClientTokenId"),
        (Credentials::new(id, secret).with_session_token(altered), "InvalidToken", "InvalidClientTokenId"),
        (Credentials::new("AKIDNOBODY0000000000", secret), "InvalidAccessKeyId", "InvalidClientTokenId"),
        (user().with_session_token(token), "InvalidToken", "InvalidClientTokenId"),
    ] {
        let client = with(&sandbox, credentials);
        assert_eq!(code(keys(&client, "demo").await), s3);
        assert_eq!(code(client.caller_identity().await), sts);
    }
    let anonymous = client(&sandbox).anonymous().build().unwrap();
    assert_eq!(code(keys(&anonymous, "demo").await), "AccessDenied");
}

#[tokio::test]
async fn an_expired_session_gives_the_error_that_the_guide_promises() {
    let builder =
        Sandbox::builder().bucket(BucketSpec::demo("demo")).session_lifetime(Duration::from_secs(1));
    let sandbox = start(builder).await;
    let role = assume(&sandbox, sts::AssumeRole::new(READER, "test")).await.unwrap().credentials;
    // Without an expiration the client cannot know: the service says it.
    let blind = Credentials::new(role.access_key_id(), role.secret_access_key().expose())
        .with_session_token(role.session_token().unwrap().expose());
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let refused = keys(&with(&sandbox, blind), "demo").await.unwrap_err();
    assert!(refused.is_expired_credentials() && !refused.is_retryable());
    assert_eq!(refused.as_service_error().unwrap().code, "ExpiredToken");
    assert_eq!(refused.remedy(), Some(sts3::Remedy::RenewCredentials));

    // With it, nothing is sent.
    let before = sandbox.count("ListObjectsV2");
    let expired = keys(&with(&sandbox, role), "demo").await.unwrap_err();
    assert!(matches!(expired, Error::Credentials(_)) && expired.is_expired_credentials(), "{expired}");
    assert_eq!(sandbox.count("ListObjectsV2"), before);
}

#[tokio::test]
async fn trust_policies_mfa_and_durations_are_enforced() {
    let sandbox = demo().await;
    assert_eq!(code(assume(&sandbox, sts::AssumeRole::new(PARTNER, "test")).await), "AccessDenied");
    let partner = sts::AssumeRole::new(PARTNER, "test").external_id(sts3_sandbox::EXTERNAL_ID);
    assert!(assume(&sandbox, partner.clone()).await.is_ok());
    let too_long = partner.duration(Duration::from_secs(7200));
    assert_eq!(code(assume(&sandbox, too_long).await), "ValidationError");
    let unknown = sts::AssumeRole::new("arn:aws:iam::123456789012:role/nobody", "test");
    assert_eq!(code(assume(&sandbox, unknown).await), "AccessDenied");
    let broken = sts::AssumeRole::new(READER, "test").policy("{}");
    assert_eq!(code(assume(&sandbox, broken).await), "MalformedPolicyDocument");

    let strict = start(Sandbox::builder().require_mfa(true)).await;
    let plain = sts::AssumeRole::new(READER, "test");
    assert_eq!(code(assume(&strict, plain.clone()).await), "AccessDenied");
    let with_code = |code: &str| plain.clone().mfa(sts3_sandbox::MFA_SERIAL, code);
    assert!(assume(&strict, with_code("111111")).await.is_ok());
    for bad in ["111111", "000000"] {
        let refused = assume(&strict, with_code(bad)).await.unwrap_err();
        assert!(refused.to_string().contains("MultiFactorAuthentication failed"), "{refused}");
    }
}

#[tokio::test]
async fn roles_chain_for_an_hour_at_most() {
    let sandbox = demo().await;
    let first = AssumeRoleProvider::new(READER, "first").source(user());
    let second = AssumeRoleProvider::new(LIMITED, "second").source(first.clone());
    let chained = client(&sandbox).credentials(second).build().unwrap();
    assert_eq!(
        chained.caller_identity().await.unwrap().arn,
        "arn:aws:sts::123456789012:assumed-role/limited/second"
    );

    let before = sandbox.count("AssumeRole");
    let long = AssumeRoleProvider::new(LIMITED, "second").duration(Duration::from_secs(7200)).source(first);
    let refused = client(&sandbox).credentials(long).build().unwrap().caller_identity().await.unwrap_err();
    assert!(refused.to_string().contains("3600"), "{refused}");
    // The first role was assumed; the second call was not sent.
    assert_eq!(sandbox.count("AssumeRole"), before + 1);
}

/// As in the examples of AssumeRole's page (`2019-11-09T13:34:41Z`); minio-py reads no fraction of nine digits.
#[tokio::test]
async fn the_sandbox_s_sessions_end_at_whole_seconds() {
    let sandbox = demo().await;
    for _ in 0..3 {
        let role = assume(&sandbox, sts::AssumeRole::new(READER, "test")).await.unwrap();
        assert_eq!(role.credentials.expiration().unwrap().nanosecond(), 0);
    }
}

#[tokio::test]
async fn a_sandbox_whose_times_leave_the_calendar_does_not_start() {
    let century = 100 * 365 * 86_400;
    let lifetime = |seconds| Sandbox::builder().session_lifetime(Duration::from_secs(seconds));
    for builder in [
        Sandbox::builder().clock_skew(i64::MAX),
        Sandbox::builder().clock_skew(i64::MIN),
        Sandbox::builder().clock_skew(-century - 1),
        lifetime(u64::MAX),
        lifetime(century.unsigned_abs() + 1),
    ] {
        let refused = builder.start().await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
        assert!(refused.to_string().contains("a hundred years"), "{refused}");
    }
    for skew in [century, -century] {
        let sandbox =
            start(lifetime(century.unsigned_abs()).clock_skew(skew).bucket(BucketSpec::demo("demo"))).await;
        assume(&sandbox, sts::AssumeRole::new(READER, "test")).await.unwrap();
        assert_eq!(keys(&with(&sandbox, user()), "demo").await.unwrap(), 24);
    }
}
