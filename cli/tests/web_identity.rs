//! `--web-identity`: roles without any key, with identity tokens that the sandbox gives as GitHub Actions does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::process::Command;

use sts3_sandbox::Sandbox;
use support::{Ended, Folder, LIMITED, READER, end, sandbox, sts3};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// In a job of CI: the sandbox's endpoint and variables, and no key.
fn in_job(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sts3(arguments);
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    command.envs(sandbox.environment().into_iter().filter(|(name, _)| !keys.contains(name)));
    command.env("GITHUB_ACTIONS", "true");
    command
}

async fn run(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    end(in_job(sandbox, arguments)).await
}

/// A token, as a job asks for it with curl: GitHub's examples write `bearer`, where this program writes `Bearer`.
async fn token(sandbox: &Sandbox) -> String {
    let variable = |wanted: &str| {
        sandbox.environment().into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value).unwrap()
    };
    let url = variable("ACTIONS_ID_TOKEN_REQUEST_URL");
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let request = format!(
        "GET /{path}&audience=sts.amazonaws.com HTTP/1.1\r\nhost: {host}\r\nauthorization: bearer {}\r\nconnection: \
         close\r\n\r\n",
        variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    );
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    body["value"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_lists_a_bucket_with_its_identity_and_no_key() {
    let sandbox = sandbox().await;
    let ended = run(&sandbox, &["ls", "s3://demo", "--web-identity", "github", "--role-arn", READER]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("readme.md"), "{}", ended.stdout);
    assert_eq!((sandbox.count("GitHubIdToken"), sandbox.count("AssumeRoleWithWebIdentity")), (1, 1));
}

/// What a job prints is read by many.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_given_in_the_place_of_its_source_is_refused_and_not_shown() {
    let sandbox = sandbox().await;
    let token = token(&sandbox).await;
    let joined = format!("--web-identity={token}");
    for arguments in [&["whoami", "--web-identity", &token, "--role-arn", READER][..], &["whoami", &joined]] {
        let ended = run(&sandbox, arguments).await;
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("not the token itself"), "{}", ended.stderr);
        assert!(!ended.stderr.contains(&token) && ended.stdout.is_empty(), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_has_the_name_the_duration_and_the_further_roles_that_were_asked_for() {
    let sandbox = sandbox().await;
    let whoami = |more: &'static [&'static str]| {
        let arguments = [&["whoami", "--web-identity", "github", "--role-arn", READER], more].concat();
        let command = in_job(&sandbox, &arguments);
        async { end(command).await }
    };
    let named = whoami(&["--role-session-name", "deploy-7"]).await;
    assert!(named.stdout.contains("assumed-role/reader/deploy-7"), "{named:?}");
    let chained = whoami(&["--role-arn", LIMITED, "--role-session-name", "deploy-7"]).await;
    assert!(chained.stdout.contains("assumed-role/limited/deploy-7"), "{chained:?}");
    let unnamed = whoami(&[]).await;
    assert!(unnamed.stdout.contains("assumed-role/reader/sts3-"), "{unnamed:?}");
    let long = whoami(&["--duration", "13h"]).await;
    assert!(long.code == Some(2) && long.stderr.contains("--duration"), "{long:?}");
    let policy = Folder::new("web-identity-policy");
    let none = policy.write("none.json", r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#);
    let arguments = ["assume-role", "--web-identity", "github", "--role-arn", READER, "--policy", &none];
    let narrowed = run(&sandbox, &arguments).await;
    assert_eq!(narrowed.code, Some(0), "{narrowed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_is_told_and_no_session_is_kept_on_disk() {
    let sandbox = sandbox().await;
    let home = Folder::new("web-identity-home");
    for _ in 0..2 {
        let mut command = in_job(&sandbox, &["whoami", "--web-identity", "github", "--role-arn", READER]);
        command.env("HOME", &home.0);
        let ended = end(command).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let source = format!("role {READER}, assumed with identity token of GitHub Actions");
        assert!(format!("{}{}", ended.stdout, ended.stderr).contains(&source), "{ended:?}");
    }
    assert_eq!(sandbox.count("AssumeRoleWithWebIdentity"), 2);
    assert_eq!(std::fs::read_dir(&home.0).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_variable_or_a_file_will_do() {
    let sandbox = sandbox().await;
    let token = token(&sandbox).await;
    let folder = Folder::new("web-identity");
    let file = format!("file:{}", folder.write("token", &format!("{token}\n")));
    for source in ["env:CI_JOB_TOKEN", &file] {
        let mut command = in_job(&sandbox, &["whoami", "--web-identity", source, "--role-arn", READER, "-v"]);
        command.env("CI_JOB_TOKEN", &token);
        let ended = end(command).await;
        assert!(ended.code == Some(0) && ended.stdout.contains("assumed-role/reader/"), "{ended:?}");
        assert!(!format!("{ended:?}").contains(token.rsplit('.').next().unwrap()), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_told_with_the_token_s_claims_and_without_the_token() {
    let sandbox = sandbox().await;
    let partner = READER.replace("reader", "partner");
    let subject = "subject `repo:octo-org/octo-repo:ref:refs/heads/main`";
    for (arguments, expected) in [
        // Its trust policy speaks of sts:AssumeRole alone.
        (
            &["--role-arn", &partner][..],
            &["Not authorized to perform", subject, "trust policy must name"][..],
        ),
        (
            &["--role-arn", READER, "--web-identity-audience", "other.example"],
            &["Incorrect token audience", "audience `other.example`", "identity provider"],
        ),
    ] {
        let arguments = [&["whoami", "-vv", "--web-identity", "github"], arguments].concat();
        let ended = run(&sandbox, &arguments).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        for part in expected {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
        assert!(
            !ended.stderr.contains("eyJ") && !ended.stderr.contains("sandbox-github"),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_the_permission_is_told_the_line_that_its_workflow_lacks() {
    let sandbox = sandbox().await;
    let arguments = ["whoami", "--web-identity", "github", "--role-arn", READER];
    let mut command = in_job(&sandbox, &arguments);
    command.env_remove("ACTIONS_ID_TOKEN_REQUEST_URL");
    let ended = end(command).await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("permissions: { contents: read, id-token: write }"), "{}", ended.stderr);
    let mut command = in_job(&sandbox, &arguments);
    command.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hush");
    let ended = end(command).await;
    assert!(ended.code == Some(4) && ended.stderr.contains("HTTP 401"), "{ended:?}");
    assert!(!ended.stderr.contains("hush"), "{}", ended.stderr);
}
