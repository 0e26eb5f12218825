//! A bucket that does not exist: the one that may be meant is named to people, and asked for once.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use sts3_sandbox::{BucketSpec, Role, Sandbox};
use support::{Ended, end, on_terminal, sts3};

type Operations = Arc<Mutex<Vec<String>>>;

/// May list any bucket, but not the names of all.
const NARROW: &str = "arn:aws:iam::123456789012:role/narrow";
const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}"#;

/// A sandbox with the buckets `invoices` and `reports`, and what it is asked.
async fn asked() -> (Sandbox, Operations) {
    let operations = Operations::default();
    let seen = operations.clone();
    let buckets = ["invoices", "reports"].map(BucketSpec::demo);
    let builder = buckets.into_iter().fold(Sandbox::builder(), sts3_sandbox::SandboxBuilder::bucket);
    let builder = builder.role(Role::new("narrow", POLICY));
    let builder = builder.on_request(move |record| seen.lock().unwrap().push(record.operation.to_string()));
    (builder.start().await.unwrap(), operations)
}

fn command(sandbox: &Sandbox, line: &str) -> Command {
    let mut command = sts3(&line.split(' ').collect::<Vec<_>>());
    command.envs(sandbox.environment());
    command
}

async fn run(sandbox: &Sandbox, line: &str) -> Ended {
    end(command(sandbox, line)).await
}

/// How often the account's buckets were asked for since the last time.
fn taken(operations: &Operations) -> usize {
    let asked = std::mem::take(&mut *operations.lock().unwrap());
    asked.iter().filter(|name| *name == "ListBuckets").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_bucket_of_the_account_is_suggested_with_v() {
    let (sandbox, operations) = asked().await;
    for line in [
        "ls s3://invoises -v",
        "ls -r s3://invoises/a/ -v",
        "ls --v1 s3://invoises -v",
        "ls --versions s3://invoises -v",
        "du s3://invoises -v",
        "split s3://invoises --parts 2 -v",
    ] {
        let ended = run(&sandbox, line).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{line}: {ended:?}");
        assert!(ended.stderr.contains("was refused: NoSuchBucket"), "{line}: {ended:?}");
        assert!(ended.stderr.contains("hint: no such bucket: did you mean `invoices`?"), "{line}: {ended:?}");
        assert_eq!(taken(&operations), 1, "{line}");
    }
    let ended = run(&sandbox, "ls s3://invoises -v --output json").await;
    let last = ended.stderr.lines().last().unwrap();
    let error: serde_json::Value = serde_json::from_str(last).unwrap();
    let error = &error["error"];
    assert_eq!((error["kind"].as_str(), error["code"].as_str()), (Some("service"), Some("NoSuchBucket")));
    assert!(error["hint"].as_str().unwrap().contains("did you mean `invoices`?"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_it_is_suggested_unasked_and_to_scripts_not_at_all() {
    let (sandbox, operations) = asked().await;
    let line = "ls s3://invoises";
    let script = run(&sandbox, line).await;
    assert!(script.stderr.contains("`sts3 ls` prints those of the account"), "{script:?}");
    assert_eq!((script.code, taken(&operations)), (Some(1), 0));
    let program = format!("'{}' {line}", env!("CARGO_BIN_EXE_sts3"));
    let shown = end(on_terminal(&command(&sandbox, line), &program)).await;
    assert!(shown.stdout.contains("did you mean `invoices`?"), "{shown:?}");
    assert_eq!((shown.code, taken(&operations)), (Some(1), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_similar_name_or_leave_to_list_the_names_the_usual_hint_stays() {
    let (sandbox, operations) = asked().await;
    let far = run(&sandbox, "ls s3://something-else -v").await;
    let denied = run(&sandbox, &format!("ls s3://invoises -v --no-cache --role-arn {NARROW}")).await;
    for ended in [far, denied] {
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("NoSuchBucket"), "{ended:?}");
        assert!(ended.stderr.contains("hint: no such bucket: check its name"), "{ended:?}");
        assert!(!ended.stderr.contains("did you mean") && !ended.stderr.contains("ListBuckets"), "{ended:?}");
    }
    assert_eq!(taken(&operations), 2);
    // Who may not list the bucket is not told of others.
    let refused = run(&sandbox, "ls s3://invoices -v --no-sign-request").await;
    assert!(refused.stderr.contains("AccessDenied"), "{refused:?}");
    assert_eq!(taken(&operations), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_s_repair_is_the_nearest_name() {
    let (sandbox, operations) = asked().await;
    let ended = run(&sandbox, "doctor --bucket reprots").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("repair: no such bucket: did you mean `reports`?"), "{ended:?}");
    assert_eq!(taken(&operations), 1);
    let narrow = run(&sandbox, &format!("doctor --bucket reprots --no-cache --role-arn {NARROW}")).await;
    assert!(narrow.stdout.contains("repair: no such bucket: check its name"), "{narrow:?}");
}
