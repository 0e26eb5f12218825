//! The examples for embedders, as whole programs against the sandbox.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{process::Command, time::Duration};

use sts3_sandbox::{BucketSpec, Distribution, Sandbox, SandboxBuilder};
use support::{READER, example};

/// What an example prints that must succeed.
async fn printed(sandbox: &Sandbox, name: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(example(name));
    command.args(arguments).env_clear().env("HOME", "nowhere").envs(sandbox.environment());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn big() -> SandboxBuilder {
    Sandbox::builder().bucket(BucketSpec::synthetic("big", Distribution::Numeric, 2_500))
}

#[tokio::test(flavor = "multi_thread")]
async fn any_http_client_will_do() {
    let sandbox = support::start(big()).await;
    assert_eq!(printed(&sandbox, "sans_io", &["big"]).await, "2500 keys\n");
    assert_eq!(printed(&sandbox, "hyper", &["big"]).await, "2500 keys over a transport of our own\n");
    let ureq = printed(&sandbox, "blocking_ureq", &[READER, "big"]).await;
    assert_eq!(
        ureq,
        "big holds 2500 objects, says arn:aws:sts::123456789012:assumed-role/reader/blocking-ureq\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_lets_in_what_is_signed_and_says_what_differs() {
    let sandbox = support::start(Sandbox::builder()).await;
    let answers = printed(&sandbox, "axum_verify", &[]).await;
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines[0], "signed: 200 ordered by AKIDORDERS: ten apples");
    assert!(lines[1].starts_with("changed: 403 "), "{answers}");
    assert!(lines[2].starts_with("unsigned: 403 "), "{answers}");
    // A header that cannot be verified is not dropped: the request is refused.
    assert!(
        lines[3].starts_with("unreadable: 403 ") && lines[3].contains("`note` is not UTF-8"),
        "{answers}"
    );
    assert_eq!(lines.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_renewed_for_as_long_as_a_program_runs() {
    let sandbox = support::start(big().session_lifetime(Duration::from_secs(2))).await;
    let text = printed(&sandbox, "refresh", &[READER, "big", "5"]).await;
    let renewals = text.lines().filter(|line| line.starts_with("2500 and 2500 keys with ASIA")).count();
    assert!((2..=6).contains(&renewals), "{text}");
    assert!(text.ends_with("and not one listing that failed\n"), "{text}");
}
