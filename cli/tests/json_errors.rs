//! Under `--output json` a program reads: standard error ends with one JSON value that says what failed, and standard
//! output has nothing that could be taken for an answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use serde_json::Value;
use support::{READER, end, run, sandbox, sts3};

fn error(stderr: &str) -> Value {
    let line = stderr.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    value["error"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_failure_is_one_json_value_on_stderr_and_nothing_on_stdout() {
    let sandbox = sandbox().await;
    let none = "arn:aws:iam::123456789012:role/none";
    let dead = ["--endpoint-url", "http://127.0.0.1:1", "--max-attempts", "1"];
    for (arguments, kind, code, exit) in [
        (&["ls", "s3://no-such-bucket"][..], "service", Some("NoSuchBucket"), 1),
        (&["ls", "-r", "s3://no-such-bucket"], "service", Some("NoSuchBucket"), 1),
        (&["ls", "--versions", "s3://no-such-bucket"], "service", Some("NoSuchBucket"), 1),
        (&["du", "s3://no-such-bucket"], "service", Some("NoSuchBucket"), 1),
        (&["split", "--parts", "2", "s3://no-such-bucket"], "service", Some("NoSuchBucket"), 1),
        (&["ls", "--role-arn", none], "service", Some("AccessDenied"), 1),
        (&["whoami", "--role-arn", none], "service", Some("AccessDenied"), 1),
        (&["assume-role", "--role-arn", none], "service", Some("AccessDenied"), 1),
        (&["iam", "get-user", "none"], "service", Some("NoSuchEntity"), 1),
        (&["whoami", "--role-arn", READER, "--duration", "10"], "usage", None, 2),
        (&["ls", "s3://x"], "usage", None, 2),
        (&["ls", "--bogus"], "usage", None, 2),
        (&["nonsense"], "usage", None, 2),
        (&["ls", "--profile", "absent"], "credentials", None, 4),
        (&[&["ls"], &dead[..]].concat(), "network", None, 3),
        (&["exec", "--", "no-such-program"], "system", None, 127),
    ] {
        for output in [&["--output", "json"][..], &["--output=json"], &["--output", "ndjson"]] {
            // What stands behind `--` is the command's.
            let (options, command) =
                arguments.split_at(arguments.iter().position(|a| *a == "--").unwrap_or(arguments.len()));
            let all = [options, output, command].concat();
            let ended = run(&sandbox, &all).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(exit), ""), "{all:?}: {}", ended.stderr);
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
            let error = error(&ended.stderr);
            assert_eq!(error["kind"], kind, "{all:?}: {error}");
            assert_eq!(error["code"].as_str(), code, "{all:?}: {error}");
            assert_eq!(error["exit_code"], exit, "{all:?}: {error}");
            assert!(error["message"].as_str().unwrap().len() > 10, "{all:?}: {error}");
            assert_eq!(error["http_status"].is_u64(), code.is_some(), "{all:?}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_and_explanations_are_members_of_the_error() {
    let sandbox = sandbox().await;
    let refused = run(&sandbox, &["ls", "s3://no-such-bucket", "--output", "json"]).await;
    let refused = error(&refused.stderr);
    assert!(refused["hint"].as_str().unwrap().contains("sts3 ls"), "{refused}");
    assert_eq!((&refused["operation"], &refused["http_status"]), (&"ListObjectsV2".into(), &404.into()));
    assert!(refused["request_id"].is_string(), "{refused}");
    let mut wrong = sts3(&["ls", "s3://demo", "--output", "json", "-v"]);
    wrong.envs(sandbox.environment()).env("AWS_SECRET_ACCESS_KEY", "wrong");
    let wrong = error(&end(wrong).await.stderr);
    assert_eq!(wrong["code"], "SignatureDoesNotMatch");
    assert!(wrong["explanation"].as_str().unwrap().len() > 20, "{wrong}");
}

/// A CSV file with a header and no rows says that there is nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_listing_has_no_header_either() {
    let sandbox = sandbox().await;
    for arguments in [&["ls", "s3://no-such-bucket"][..], &["ls", "--profile", "absent"]] {
        let ended = run(&sandbox, &[arguments, &["--output", "csv"]].concat()).await;
        assert_eq!(ended.stdout, "", "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.starts_with("sts3: "), "{}", ended.stderr);
    }
}
