//! A listing signed by `reqsign`, against a server that verifies every signature.

use reqsign_aws_v4::RequestSigner;
use reqsign_core::{Context, Signer};
use sts3::{Client, Credentials, providers::AssumeRoleProvider};
use sts3_adapter_reqsign::ToReqsign;
use sts3_sandbox::{ACCESS_KEY_ID, BucketSpec, SECRET_ACCESS_KEY, Sandbox};

const READER: &str = "arn:aws:iam::123456789012:role/reader";

#[tokio::test]
async fn reqsign_signs_with_a_role_s_session_that_sts3_has_opened() {
    let sandbox = Sandbox::builder().bucket(BucketSpec::demo("demo")).start().await.unwrap();
    let user = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let role = Client::builder()
        .region("us-east-1")
        .endpoint_url(sandbox.url())
        .credentials(AssumeRoleProvider::new(READER, "adapter").source(user))
        .build()
        .unwrap();
    let signer = Signer::new(Context::new(), ToReqsign(role), RequestSigner::new("s3", "us-east-1"));
    let url = format!("{}/demo?list-type=2&max-keys=5", sandbox.url());
    let (mut parts, ()) = http::Request::get(&url).body(()).unwrap().into_parts();
    signer.sign(&mut parts, None).await.unwrap();
    let answer =
        reqwest::Client::new().get(parts.uri.to_string()).headers(parts.headers).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("<KeyCount>5</KeyCount>"));
}
