//! A listing by `object_store`, against a server that verifies every signature.

use std::sync::Arc;

use futures_util::TryStreamExt;
use object_store::{ObjectStore, aws::AmazonS3Builder};
use sts3::{Client, Credentials, providers::AssumeRoleProvider};
use sts3_adapter_object_store::ToObjectStore;
use sts3_sandbox::{ACCESS_KEY_ID, BucketSpec, Distribution, SECRET_ACCESS_KEY, Sandbox};

const READER: &str = "arn:aws:iam::123456789012:role/reader";

#[tokio::test]
async fn object_store_lists_with_a_role_s_session_that_sts3_has_opened() {
    let logs = BucketSpec::synthetic("logs", Distribution::Dated, 2_500);
    let sandbox = Sandbox::builder().bucket(logs).start().await.unwrap();
    let user = Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    let role = Client::builder()
        .region("us-east-1")
        .endpoint_url(sandbox.url())
        .credentials(AssumeRoleProvider::new(READER, "adapter").source(user))
        .build()
        .unwrap();
    let store = AmazonS3Builder::new()
        .with_bucket_name("logs")
        .with_region("us-east-1")
        .with_endpoint(sandbox.url())
        .with_allow_http(true)
        .with_credentials(Arc::new(ToObjectStore(role)))
        .build()
        .unwrap();
    let objects: Vec<_> = store.list(None).try_collect().await.unwrap();
    assert_eq!(objects.len(), 2_500);
    assert_eq!(sandbox.count("AssumeRole"), 1, "the session is kept between requests");
}
