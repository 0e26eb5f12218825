//! Both ways, against a server that verifies every signature.

use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use sts3::{Client, Credentials, providers::AssumeRoleProvider, sts::GetCallerIdentity};
use sts3_adapter_aws_sdk::{FromSdk, ToSdk};
use sts3_sandbox::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, Sandbox};

const READER: &str = "arn:aws:iam::123456789012:role/reader";

fn client(sandbox: &Sandbox) -> sts3::ClientBuilder {
    Client::builder().region("us-east-1").endpoint_url(sandbox.url())
}

#[tokio::test]
async fn the_sdk_signs_with_a_role_s_session_that_sts3_has_opened() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let user = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let role = client(&sandbox)
        .credentials(AssumeRoleProvider::new(READER, "adapter").source(user))
        .build()
        .unwrap();
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(sandbox.url())
        .credentials_provider(ToSdk(role.clone()))
        .build();
    let identity = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.arn(), Some("arn:aws:sts::123456789012:assumed-role/reader/adapter"));
    let given = ToSdk(role).provide_credentials().await.unwrap();
    assert!(given.expiry().is_some(), "the SDK must know when to ask again");
}

#[tokio::test]
async fn sts3_signs_with_the_sdk_s_credentials() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let sdk = aws_credential_types::Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "test");
    let identity = client(&sandbox)
        .credentials(FromSdk(sdk))
        .build()
        .unwrap()
        .send(&GetCallerIdentity::new())
        .await
        .unwrap();
    assert!(identity.arn.starts_with("arn:aws:iam::123456789012:user/"), "{}", identity.arn);
}
