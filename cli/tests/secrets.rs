//! No secret in what is printed, however much is asked for and whatever goes wrong; none among the arguments
//! of a process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{process::Stdio, sync::Arc, time::Duration};

use sts3_sandbox::Sandbox;
use support::{Home, LIMITED, READER, end, sandbox, sts3};

const WRONG: &str = "wrong/SECRET+of+forty+characters+EXAMPLEKEY";

/// Whether a text holds a secret: a key, or a piece of a session's.
fn leaks<'a>(text: &str, secrets: &'a [String]) -> Option<&'a str> {
    secrets.iter().map(String::as_str).find(|secret| text.contains(secret))
}

/// The secret key and the token of a session, as a user gets them on purpose.
async fn session(sandbox: &Sandbox) -> [String; 3] {
    let printed = support::ok(sandbox, &["assume-role", "--role-arn", READER]).await;
    let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| printed[name].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_printed_holds_a_secret() {
    let sandbox = sandbox().await;
    let [id, secret, token] = session(&sandbox).await;
    let secrets =
        [sts3_sandbox::SECRET_ACCESS_KEY.to_owned(), WRONG.to_owned(), secret.clone(), token.clone()];
    let long_lived = [("AWS_SECRET_ACCESS_KEY", sts3_sandbox::SECRET_ACCESS_KEY)];
    let wrong = [("AWS_SECRET_ACCESS_KEY", WRONG)];
    let temporary = [
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("AWS_SESSION_TOKEN", &token),
    ];
    let altered = token.replace('A', "B");
    let altered = [
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("AWS_SESSION_TOKEN", &altered),
    ];
    let url = format!("{}/demo", sandbox.url());
    let commands: &[&[&str]] = &[
        &["ls", "-v", "s3://demo"],
        &["ls", "-v", "-r", "s3://demo", "--role-arn", READER],
        &["ls", "-v", "s3://big", "--role-arn", LIMITED],
        &["ls", "-v", "s3://none", "--session-token"],
        &["ls", "-v", "s3://demo", "--role-arn", READER, "--duration", "99h"],
        &["ls", "-v", "--endpoint-url", "http://127.0.0.1:1", "--max-attempts", "1"],
        &["whoami", "-v"],
        &["whoami", "-v", "--output", "json"],
        &["du", "-v", "s3://demo"],
        &["iam", "-v", "get-role", "reader"],
        &["bucket-exists", "-v", "demo"],
        &["sign", "-v", &url, "--service", "s3"],
        &["request", "-v", "-i", &url, "--service", "s3"],
        &["exec", "-v", "--", "/nonexistent"],
        &["login-url", "-v", "--federation-url", "http://127.0.0.1:1"],
    ];
    let mut seen = 0;
    for keys in [&long_lived[..], &wrong, &temporary, &altered] {
        for arguments in commands {
            let mut command = sts3(arguments);
            command.envs(sandbox.environment()).envs(keys.iter().copied()).env("RUST_BACKTRACE", "full");
            let ended = end(command).await;
            let printed = format!("{}{}", ended.stdout, ended.stderr);
            // Asked for on purpose: `sign` shows what is sent, and that is the token.
            let shows_token = arguments[0] == "sign";
            let secrets: Vec<String> =
                secrets.iter().filter(|text| !(shows_token && **text == token)).cloned().collect();
            assert_eq!(leaks(&printed, &secrets), None, "{arguments:?}: {printed}");
            seen += usize::from(!printed.is_empty());
        }
    }
    assert!(seen > 50, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_read_right_do_not_tell_what_is_in_them() {
    let sandbox = sandbox().await;
    for (config, credentials) in [
        (
            "[profile work]\nrole_arn = x\nsource_profile = nope\n",
            "[work]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = hidden/SECRET\n",
        ),
        ("", "[work]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = hidden/SECRET\nbroken line\n"),
        ("", "[work]\naws_secret_access_key = hidden/SECRET\n"),
        ("", "[work\naws_secret_access_key = hidden/SECRET\n"),
        (
            "[profile work]\ncredential_process = sh -c 'echo {\\\"SecretAccessKey\\\":\\\"hidden/SECRET\\\"'\n",
            "",
        ),
        ("[profile work]\ncredential_process = sh -c 'echo hidden/SECRET; exit 1'\n", ""),
    ] {
        let home = Home::new("secrets", config, credentials);
        let ended = home.run(&sandbox, &["whoami", "-v", "--profile", "work"]).await;
        assert_ne!(ended.code, Some(0), "{config} {credentials}");
        let printed = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!printed.contains("hidden"), "{printed}");
    }
}

/// A process's arguments are there for everybody to read.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_arguments_of_processes_hold_no_secret() {
    let sandbox = Arc::new(sandbox().await);
    let [_, secret, token] = session(&sandbox).await;
    let mut secrets = vec![sts3_sandbox::SECRET_ACCESS_KEY.to_owned(), secret, token];
    for options in [&["exec"][..], &["exec", "--serve"]] {
        let mut command = sts3(options);
        command.args(["--role-arn", READER, "--", "sh", "-c", "echo $AWS_SECRET_ACCESS_KEY; sleep 1"]);
        command.envs(sandbox.environment()).env("PATH", std::env::var_os("PATH").unwrap());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        let lines: Vec<String> = std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .collect();
        assert!(
            lines.iter().any(|line| line.contains("echo $AWS_SECRET_ACCESS_KEY")),
            "the child was not seen"
        );
        let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let own = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        secrets.extend(Some(own).filter(|secret| secret.len() > 10));
        for line in &lines {
            assert_eq!(leaks(line, &secrets), None, "{line}");
        }
    }
    assert!(secrets.len() > 3, "the child had no secret");
}
