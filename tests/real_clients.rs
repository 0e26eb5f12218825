//! The sandbox is honest: boto3 and awscli work against it, and are refused as AWS would refuse them.
//!
//! Runs only with `STS3_REAL_CLIENTS=1`: it installs packages from PyPI.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use sts3_sandbox::{BucketSpec, Distribution, Sandbox};

fn is_wanted() -> bool {
    let wanted = std::env::var_os("STS3_REAL_CLIENTS").is_some_and(|value| value == "1");
    if !wanted {
        println!(
            "skipped: set STS3_REAL_CLIENTS=1 to install boto3 and awscli and run them against the sandbox"
        );
    }
    wanted
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The folder with the programs of a Python environment that holds boto3 and awscli.
fn python_bin() -> PathBuf {
    let output = Command::new(tests().join("servers/venv"))
        .args(["boto3>=1.44,<2", "awscli>=1.46,<2"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("bin")
}

async fn run(sandbox: &Sandbox, mut command: Command) {
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN"] {
        command.env_remove(name);
    }
    command.envs(sandbox.environment());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.lines().filter(|line| line.ends_with(": ok")).count() >= 5, "{text}");
}

fn buckets() -> sts3_sandbox::SandboxBuilder {
    let big = BucketSpec::synthetic("big", Distribution::FlatUuid, 2_500);
    Sandbox::builder().bucket(BucketSpec::demo("demo")).bucket(big)
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_works_and_is_refused_as_by_aws() {
    if !is_wanted() {
        return;
    }
    // Long enough for all checks before the last ones, which wait for it.
    let sandbox = support::start(buckets().session_lifetime(Duration::from_secs(20))).await;
    let mut command = Command::new(python_bin().join("python"));
    command.arg(tests().join("clients/boto3_client.py")).env("STS3_SESSION_LIFETIME", "20");
    run(&sandbox, command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn awscli_copies_lists_and_syncs() {
    if !is_wanted() {
        return;
    }
    let sandbox = support::start(buckets()).await;
    let path = format!("{}:{}", python_bin().display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.arg(tests().join("clients/awscli.sh")).env("PATH", path);
    run(&sandbox, command).await;
}

/// The ways of testing that the sandbox's README shows, as it shows them, but for `sts3`, which is in the path.
#[tokio::test(flavor = "multi_thread")]
async fn pytest_and_shell_scripts_test_code_with_the_sandbox() {
    if !is_wanted() {
        return;
    }
    let root = tests().join("..");
    let mut build = Command::new(env!("CARGO"));
    assert!(
        build
            .args(["build", "--quiet", "--package", "sts3-cli"])
            .current_dir(&root)
            .status()
            .unwrap()
            .success()
    );
    let output = Command::new(tests().join("servers/venv")).args(["pytest>=9,<10"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let own = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{own}", root.join("target/debug").display(), python_bin().display());
    for (arguments, expected) in [
        (&["python", "-m", "pytest", "-q", "sandbox/examples/pytest"][..], "4 passed"),
        (
            &["sts3", "sandbox", "--bucket", "logs:dated:5000", "--", "sh", "sandbox/examples/inventory.sh"],
            "5000 objects, with a role's credentials",
        ),
    ] {
        let mut command = Command::new("env");
        command.args(arguments).current_dir(&root).env("PATH", &path);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(expected), "{text}");
    }
}

/// Built into a folder of its own: the SDK is nobody's dependency.
#[tokio::test(flavor = "multi_thread")]
async fn the_aws_sdk_for_rust_works_and_is_refused_as_by_aws() {
    if !is_wanted() {
        return;
    }
    let (manifest, target) = (tests().join("clients/aws_sdk/Cargo.toml"), tests().join("../target/aws-sdk"));
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target);
    assert!(build.status().unwrap().success());
    let sandbox = support::start(buckets().session_lifetime(Duration::from_secs(20))).await;
    let mut command = Command::new(target.join("debug/sts3-test-aws-sdk"));
    command.env("STS3_SESSION_LIFETIME", "20");
    run(&sandbox, command).await;
}

/// Cargo builds one reqwest for the whole program: what another crate switches on is on for ours, too.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_stay_as_they_came_in_a_program_whose_reqwest_decodes_them() {
    if !is_wanted() {
        return;
    }
    let (manifest, target) =
        (tests().join("clients/decompression/Cargo.toml"), tests().join("../target/decompression"));
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(&target);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let (out, problem) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("bodies stay as they came"), "{out}\n{problem}");
}
