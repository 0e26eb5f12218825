//! Standard error that nobody reads: nothing is said, and everything else is as it would be.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::process::Command;

use support::{READER, end, sandbox, sts3};

/// `sts3 ARGUMENTS` with a standard error that is open, a pipe that was closed, and none at all.
fn ways(arguments: &[&str]) -> [Command; 3] {
    let open = sts3(arguments);
    let mut piped = sts3(arguments);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    piped.stderr(writer);
    let mut closed = Command::new("sh");
    closed.args(["-c", "exec \"$0\" \"$@\" 2>&-", env!("CARGO_BIN_EXE_sts3")]).args(arguments);
    closed.env_clear().env("HOME", "nowhere").env("AWS_EC2_METADATA_DISABLED", "true");
    [open, piped, closed]
}

/// An abort would be a signal (or 101); the exit code tells what the message would have.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_standard_error_changes_neither_the_exit_code_nor_the_output() {
    let sandbox = sandbox().await;
    let url = format!("{}/none", sandbox.url());
    let cases: &[(&[&str], i32)] = &[
        (&["nonsense"], 2),
        (&[], 2),
        (&["ls", "demo"], 2),
        (&["ls", "-v", "-r", "s3://demo"], 0),
        (&["ls", "-r", "s3://demo", "--summarize", "--output", "ndjson"], 0),
        (&["ls", "s3://none"], 1),
        (&["ls", "--endpoint-url", "http://127.0.0.1:1", "--max-attempts", "1"], 3),
        (&["split", "-v", "s3://demo", "--parts", "2"], 0),
        (&["credentials", "-v"], 0),
        (&["credentials", "-v", "--profile", "none"], 4),
        (&["request", "-v", &url, "--service", "s3"], 1),
        (&["presign", "s3://demo/readme.md", "--expires", "12h", "--role-arn", READER], 0),
        (&["exec", "--", "no-such-program-anywhere"], 127),
        (&["exec", "--serve", "--role-arn", READER, "--", "/bin/sh", "-c", "exit 9"], 9),
        (&["sandbox", "--log", "--bucket", "demo", "--", "sts3", "ls", "s3://demo"], 0),
        (&["sandbox", "--log=json", "--", "sts3", "ls", "s3://none"], 1),
    ];
    for (arguments, code) in cases {
        let mut outputs = Vec::new();
        for (way, mut command) in ["open", "a closed pipe", "closed"].iter().zip(ways(arguments)) {
            command.envs(sandbox.environment());
            let ended = end(command).await;
            assert_eq!(ended.code, Some(*code), "{arguments:?}, {way}: {}", ended.stderr);
            outputs.push(ended.stdout.len());
        }
        assert!(outputs.iter().all(|length| *length == outputs[0]), "{arguments:?}: {outputs:?}");
    }
}
