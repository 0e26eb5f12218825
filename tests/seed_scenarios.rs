//! The four samples of the S3 guide, as our examples run them: against the sandbox, as whole programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    process::{Command, Output},
    time::Duration,
};

use sts3_sandbox::{BucketSpec, Distribution, Sandbox};
use support::{LIMITED, READER, example};

async fn run(sandbox: &Sandbox, name: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(example(name));
    command.args(arguments).env_clear().env("HOME", "nowhere").envs(sandbox.environment());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn sandbox() -> Sandbox {
    let big = BucketSpec::synthetic("big", Distribution::Numeric, 2_500);
    support::start(Sandbox::builder().bucket(BucketSpec::demo("demo")).bucket(big)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn java_a_role_s_credentials_count_a_bucket() {
    let sandbox = sandbox().await;
    assert_eq!(
        stdout(&run(&sandbox, "assume_role_list", &[READER, "big"]).await),
        "big holds 2500 objects\n"
    );
    let refused = run(&sandbox, "assume_role_list", &[LIMITED, "big"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("refused by the service: ListObjectsV2"));
    let mut unreachable = Command::new(example("assume_role_list"));
    unreachable.args([READER, "big"]).env_clear().env("HOME", "nowhere").envs(sandbox.environment());
    // Nothing listens on port 1.
    let unreachable = unreachable.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").output().unwrap();
    assert_eq!(unreachable.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&unreachable.stderr).starts_with("failed on our side: could not connect")
    );
}

/// The same without async: its example is built where the feature is on.
#[cfg(feature = "blocking")]
#[tokio::test(flavor = "multi_thread")]
async fn java_without_async_counts_the_same() {
    let sandbox = sandbox().await;
    let counted = stdout(&run(&sandbox, "blocking", &[READER, "big"]).await);
    assert!(counted.starts_with("big holds 2500 objects of "), "{counted}");
    let refused = run(&sandbox, "blocking", &[LIMITED, "big"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("refused by the service: ListObjectsV2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dotnet_a_session_token_counts_a_bucket() {
    let sandbox = sandbox().await;
    assert_eq!(stdout(&run(&sandbox, "session_token_list", &["big"]).await), "big holds 2500 objects\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn php_buckets_then_every_key() {
    let sandbox = sandbox().await;
    let printed = stdout(&run(&sandbox, "session_token_paginate", &["big"]).await);
    assert!(printed.starts_with("bucket big\nbucket demo\n1\n10\n100\n1000\n1001\n"), "{printed:.80}");
    assert_eq!(printed.lines().count(), 2 + 2500);
}

#[tokio::test(flavor = "multi_thread")]
async fn ruby_existence_checks_then_fifty_keys() {
    let sandbox = sandbox().await;
    let arguments = ["alice", "reader", "big"];
    let first = stdout(&run(&sandbox, "role_session_inventory", &arguments).await);
    assert!(
        first.starts_with("user alice created\nrole reader exists\nbucket big exists\n1 => "),
        "{first:.80}"
    );
    assert_eq!(first.lines().count(), 3 + 50);
    let second = stdout(&run(&sandbox, "role_session_inventory", &arguments).await);
    assert!(second.starts_with("user alice exists\n"), "{second:.80}");
    let missing = run(&sandbox, "role_session_inventory", &["alice", "reader", "no-such-bucket"]).await;
    assert!(!missing.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_reported_as_the_guide_promises() {
    let builder =
        Sandbox::builder().bucket(BucketSpec::demo("demo")).session_lifetime(Duration::from_secs(2));
    let sandbox = support::start(builder).await;
    let client = support::client(&sandbox)
        .credentials(sts3::providers::AssumeRoleProvider::new(READER, "test").source(support::user()))
        .build()
        .unwrap();
    let session = client.credentials().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let mut command = Command::new(example("assume_role_list"));
    command.args([READER, "demo"]).env_clear().env("HOME", "nowhere").envs(sandbox.environment());
    command
        .env("AWS_ACCESS_KEY_ID", session.access_key_id())
        .env("AWS_SECRET_ACCESS_KEY", session.secret_access_key().expose())
        .env("AWS_SESSION_TOKEN", session.session_token().unwrap().expose());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("ExpiredToken") && message.contains("expired"), "{message}");
}
