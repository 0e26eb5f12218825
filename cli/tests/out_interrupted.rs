//! `--out` of a listing that does not come to its end: by a signal, or because the file cannot be written.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use sts3_sandbox::{BucketSpec, Distribution, Sandbox};
use support::{Home, sandbox};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The command, whose signals are not ignored even where the tests' own are (`nohup`, a shell's background job).
fn signalled_as_usual(arguments: &[&str]) -> Command {
    if !cfg!(target_os = "linux") {
        return support::sts3(arguments);
    }
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP,INT,TERM", env!("CARGO_BIN_EXE_sts3")]).args(arguments);
    command
        .env_clear()
        .env("HOME", "nowhere")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PATH", "/usr/bin:/bin");
    command
}

/// A listing into a file, some pages on its way, and what is left of it in its folder after a signal; `is_told`: somebody
/// reads standard error.
async fn signalled(signal: &str, is_told: bool) -> (Option<i32>, String, Vec<String>) {
    let slow = Sandbox::builder()
        .bucket(BucketSpec::synthetic("big", Distribution::Numeric, 100_000))
        .latency(Duration::from_millis(50));
    let sandbox = slow.start().await.unwrap();
    let home = Home::new(&format!("out-signal-{signal}-{is_told}"), "", "");
    let path = home.path().join("keys");
    fs::write(&path, "old").unwrap();
    let list = ["ls", "-r", "s3://big", "--concurrency", "1", "--out", path.to_str().unwrap()];
    let mut command = signalled_as_usual(&list);
    command.envs(sandbox.environment()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    if !is_told {
        drop(child.stderr.take());
    }
    while sandbox.count("ListObjectsV2") < 5 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), names(home.path()))
}

/// The part that is kept has a name that says so, and the message names it; the file itself is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_leaves_the_old_file_and_says_where_the_part_is() {
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let (ended, said, names) = signalled(signal, true).await;
        assert_eq!((ended, names.len()), (Some(code), 3), "{names:?}");
        let partial = names.iter().find(|name| name.ends_with(".partial")).unwrap();
        assert!(said.contains(partial), "{said}");
    }
}

/// As when the terminal is closed: nobody would know the name.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_nobody_is_told_of_is_not_left() {
    let (ended, _, names) = signalled("HUP", false).await;
    assert_eq!((ended, names), (Some(129), vec![".aws".to_owned(), "keys".to_owned()]));
}

/// Buckets cannot be gone on with: nothing of their list is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_while_buckets_are_listed_leaves_the_old_file_alone_in_its_folder() {
    let sandbox = Sandbox::builder().stall_rate(1.0).start().await.unwrap();
    let home = Home::new("out-signal-buckets", "", "");
    let path = home.path().join("buckets");
    fs::write(&path, "old").unwrap();
    let before = names(home.path());
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let asked = sandbox.count("unanswered");
        let mut command = signalled_as_usual(&["ls", "--out", path.to_str().unwrap()]);
        command.envs(sandbox.environment()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        while sandbox.count("unanswered") == asked {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        assert_eq!((ended.status.code(), names(home.path())), (Some(code), before.clone()), "{signal}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

/// As on a full disk (`/dev/full`, ENOSPC), and beyond what a file may have (`ulimit -f`, EFBIG).
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_cannot_be_written_is_named() {
    let sandbox = sandbox().await;
    let home = Home::new("out-full", "", "");
    let path = home.path().join("keys");
    for out in ["/dev/full", path.to_str().unwrap()] {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_sts3")]);
        command
            .args(["ls", "-r", "s3://big", "--out", out])
            .env_clear()
            .env("HOME", "nowhere")
            .envs(sandbox.environment());
        let ended = support::end(command).await;
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.stderr.contains(&format!("cannot write the output: {out}: ")), "{}", ended.stderr);
    }
    assert_eq!(names(home.path()), [".aws"], "nothing half-written is left");
}
