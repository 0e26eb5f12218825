//! The other commands, their exit codes, and the sandbox as a command.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use serde_json::Value;
use support::{LIMITED, READER, end, ok, run, sandbox, sts3};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_role_are_printed_and_work() {
    let sandbox = sandbox().await;
    let printed =
        json(&ok(&sandbox, &["assume-role", "--role-arn", READER, "--role-session-name", "me"]).await);
    let text = |name: &str| printed[name].as_str().unwrap().to_owned();
    assert!(text("AccessKeyId").starts_with("ASIA"));
    let mut who = sts3(&["whoami", "--output", "json"]);
    who.envs(sandbox.environment())
        .env("AWS_ACCESS_KEY_ID", text("AccessKeyId"))
        .env("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey"))
        .env("AWS_SESSION_TOKEN", text("SessionToken"));
    let who = json(&end(who).await.stdout);
    assert_eq!(who["arn"], "arn:aws:sts::123456789012:assumed-role/reader/me");
    assert_eq!(who["account"], "123456789012");
}

/// The service says of all of these no more than that it does not know the key, or that the signature is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_s_visible_fault_is_named() {
    let sandbox = sandbox().await;
    let session = json(&ok(&sandbox, &["session-token", "--format", "process"]).await);
    let secret =
        sandbox.environment().into_iter().find(|(name, _)| *name == "AWS_SECRET_ACCESS_KEY").unwrap().1;
    for (name, value, part) in [
        (
            "AWS_SESSION_TOKEN",
            session["SessionToken"].as_str().unwrap().to_owned(),
            "unset AWS_SESSION_TOKEN",
        ),
        ("AWS_ACCESS_KEY_ID", session["AccessKeyId"].as_str().unwrap().to_owned(), "its token is missing"),
        ("AWS_SECRET_ACCESS_KEY", format!("{secret} "), "ends with a blank"),
    ] {
        let mut command = sts3(&["whoami"]);
        command.envs(sandbox.environment()).env(name, value);
        let ended = end(command).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(part), "{name}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_of_assume_role_reach_the_service() {
    let sandbox = sandbox().await;
    let policy = std::env::temp_dir().join(format!("sts3-policy-{}.json", std::process::id()));
    let text = r#"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#;
    let path = policy.to_str().unwrap();
    // As a file, as awscli has it, and with a byte order mark as Windows' editors write it.
    for (written, value) in [
        (text.to_owned(), path.to_owned()),
        (text.to_owned(), format!("file://{path}")),
        (format!("\u{feff}{text}"), path.to_owned()),
        (String::new(), text.to_owned()),
    ] {
        std::fs::write(&policy, written).unwrap();
        let assume = [
            "assume-role",
            "--role-arn",
            READER,
            "--policy",
            &value,
            "--tag",
            "team=a",
            "--format",
            "process",
        ];
        let printed = json(&ok(&sandbox, &assume).await);
        assert_eq!(printed["Version"], 1);
        assert_eq!(printed["AccountId"], "123456789012");
        let mut denied = sts3(&["ls", "s3://demo"]);
        denied
            .envs(sandbox.environment())
            .env("AWS_ACCESS_KEY_ID", printed["AccessKeyId"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", printed["SecretAccessKey"].as_str().unwrap())
            .env("AWS_SESSION_TOKEN", printed["SessionToken"].as_str().unwrap());
        let denied = end(denied).await;
        assert_eq!(denied.code, Some(1), "{value}");
        assert!(denied.stderr.contains("AccessDenied"), "{value}: {}", denied.stderr);
    }
    std::fs::remove_file(policy).unwrap();

    let partner = "arn:aws:iam::123456789012:role/partner";
    assert_eq!(run(&sandbox, &["whoami", "--role-arn", partner]).await.code, Some(1));
    ok(&sandbox, &["whoami", "--role-arn", partner, "--external-id", sts3_sandbox::EXTERNAL_ID]).await;
    // A chain: the first role assumes the second.
    let chained =
        ok(&sandbox, &["whoami", "--role-arn", READER, "--role-arn", LIMITED, "--role-session-name", "two"])
            .await;
    assert!(chained.contains("assumed-role/limited/two"), "{chained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_tokens_come_first_when_asked_for() {
    let sandbox = sandbox().await;
    let printed = json(&ok(&sandbox, &["session-token", "--duration", "2h"]).await);
    assert!(printed["Expiration"].as_str().unwrap().ends_with('Z'));
    ok(&sandbox, &["ls", "s3://demo", "--session-token"]).await;
    ok(&sandbox, &["ls", "s3://demo", "--session-token", "--role-arn", READER]).await;
    assert_eq!(sandbox.count("GetSessionToken"), 3);
    let mfa = ["--mfa-serial", sts3_sandbox::MFA_SERIAL, "--mfa-code", "424242"];
    ok(&sandbox, &[&["iam", "get-role", "reader", "--session-token"], &mfa[..]].concat()).await;
    let reused = run(&sandbox, &[&["session-token"], &mfa[..]].concat()).await;
    assert!(reused.stderr.contains("MultiFactorAuthentication failed"), "{}", reused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn existence_checks_answer_by_exit_code() {
    let sandbox = sandbox().await;
    for (arguments, code) in [
        (&["iam", "get-user", "sandbox"][..], 0),
        (&["iam", "get-user", "nobody"], 1),
        (&["iam", "create-user", "alice"], 0),
        (&["iam", "create-user", "alice"], 1),
        (&["iam", "get-role", "reader"], 0),
        (&["iam", "get-role", "nobody"], 1),
        (&["bucket-exists", "demo"], 0),
        (&["bucket-exists", "s3://demo"], 0),
        (&["bucket-exists", "no-such-bucket"], 1),
    ] {
        assert_eq!(run(&sandbox, arguments).await.code, Some(code), "{arguments:?}");
    }
    // Closed to the role, but there.
    let closed = ok(&sandbox, &["bucket-exists", "big", "--role-arn", LIMITED, "--output", "json"]).await;
    assert_eq!((&json(&closed)["exists"], &json(&closed)["open_to_caller"]), (&true.into(), &false.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_the_profile_that_is_named() {
    let sandbox = sandbox().await;
    let file = std::env::temp_dir().join(format!("sts3-credentials-{}", std::process::id()));
    let keys = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}",
        sts3_sandbox::ACCESS_KEY_ID,
        sts3_sandbox::SECRET_ACCESS_KEY
    );
    std::fs::write(
        &file,
        format!("[work]\n{keys}\n[default]\naws_access_key_id = AKIDNOBODY\naws_secret_access_key = x\n"),
    )
    .unwrap();
    let from_file = |arguments: &[&str]| {
        let mut command = sts3(arguments);
        command.env("AWS_SHARED_CREDENTIALS_FILE", &file).env("AWS_ENDPOINT_URL", sandbox.url());
        command
    };
    assert_eq!(end(from_file(&["whoami", "--profile", "work"])).await.code, Some(0));
    let default = end(from_file(&["whoami"])).await;
    assert!(default.stderr.contains("InvalidClientTokenId"), "{}", default.stderr);
    let missing = end(from_file(&["whoami", "--profile", "absent"])).await;
    assert_eq!(missing.code, Some(4));
    assert!(missing.stderr.contains("profile `absent`"), "{}", missing.stderr);
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_refusal_usage_network_and_credentials_apart() {
    let sandbox = sandbox().await;
    let no_keys = end({
        let mut command = sts3(&["whoami", "--region", "us-east-1"]);
        command.env("HOME", "/nonexistent");
        command
    })
    .await;
    assert_eq!(no_keys.code, Some(4));
    assert!(no_keys.stderr.contains("no credentials found; tried environment"), "{}", no_keys.stderr);
    for (arguments, code, message) in [
        (&["ls", "s3://no-such-bucket"][..], 1, "NoSuchBucket"),
        (&["ls", "demo"], 2, "must start with s3://"),
        (&["ls", "s3://x"], 2, "3 to 63 are allowed"),
        (&["ls", "--page-size", "1001", "s3://demo"], 2, "from 1 to 1000"),
        (&["ls", "--duration", "soon", "s3://demo"], 2, "examples: 1h"),
        (&["whoami", "--role-arn", "reader"], 2, "is not an ARN"),
        (&["whoami", "--role-arn", READER, "--duration", "10"], 2, "900 to 43200"),
        (&["assume-role"], 2, "needs --role-arn"),
        (&["nonsense"], 2, "unrecognized subcommand"),
        (
            &["ls", "--endpoint-url", "http://127.0.0.1:1", "--max-attempts", "1"],
            3,
            "could not connect to 127.0.0.1:1",
        ),
        (&["ls", "--region", "no region"], 2, "region"),
        (&["ls", "--ca-bundle", "/nonexistent/ca.pem"], 2, "/nonexistent/ca.pem"),
    ] {
        let ended = run(&sandbox, arguments).await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(message), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{arguments:?}: {}", ended.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_credentials_have_their_own_exit_code_and_a_hint() {
    let sandbox = sts3_sandbox::Sandbox::builder()
        .bucket(sts3_sandbox::BucketSpec::demo("demo"))
        .session_lifetime(std::time::Duration::from_secs(1))
        .start()
        .await
        .unwrap();
    let printed = json(&ok(&sandbox, &["assume-role", "--role-arn", READER]).await);
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    let mut late = sts3(&["ls", "s3://demo"]);
    late.envs(sandbox.environment())
        .env("AWS_ACCESS_KEY_ID", printed["AccessKeyId"].as_str().unwrap())
        .env("AWS_SECRET_ACCESS_KEY", printed["SecretAccessKey"].as_str().unwrap())
        .env("AWS_SESSION_TOKEN", printed["SessionToken"].as_str().unwrap());
    let late = end(late).await;
    assert_eq!(late.code, Some(4));
    assert!(
        late.stderr.contains("ExpiredToken") && late.stderr.contains("get new credentials"),
        "{}",
        late.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_runs_a_command_and_ends_with_its_status() {
    let listed =
        sts3(&["sandbox", "--bucket", "demo", "--", "sts3", "ls", "-r", "s3://demo", "--role-arn", READER]);
    let listed = end(listed).await;
    assert_eq!((listed.code, listed.stdout.lines().count()), (Some(0), 24), "{}", listed.stderr);
    let status = end(sts3(&["sandbox", "--", "/bin/sh", "-c", "exit 7"])).await;
    assert_eq!(status.code, Some(7));
    let many =
        ["sandbox", "--bucket", "m:flat-uuid:1000000", "--", "sts3", "ls", "-r", "s3://m", "--limit", "2"];
    let refused = end(sts3(&many)).await;
    assert!(refused.code == Some(2) && refused.stderr.contains("3 to 63"), "{}", refused.stderr);
    let million = [
        "sandbox",
        "--bucket",
        "million:flat-uuid:1_000_000",
        "--",
        "sts3",
        "ls",
        "-r",
        "s3://million",
        "--limit",
        "2",
    ];
    assert_eq!(end(sts3(&million)).await.stdout.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["--version"], &["ls", "--help"], &["help", "sandbox"]] {
        let ended = end(sts3(arguments)).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}");
        assert!(!ended.stdout.is_empty() && ended.stderr.is_empty(), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(end(sts3(&[])).await.code, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_without_any_setting_says_all_that_is_missing_and_what_to_do() {
    for arguments in [&["ls"][..], &["whoami"], &["ls", "-r", "s3://demo"]] {
        let mut command = sts3(arguments);
        command.env("HOME", "/nonexistent");
        let ended = end(command).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}");
        for expected in ["AWS_ACCESS_KEY_ID", "AWS_REGION", "aws configure", "sts3 sandbox --bucket demo"] {
            assert!(ended.stderr.contains(expected), "{expected} is not in {}", ended.stderr);
        }
    }
}
