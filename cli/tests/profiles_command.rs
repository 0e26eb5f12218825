//! `sts3 profiles`: what each profile is, by its settings alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use serde_json::{Value, json};
use support::{Home, end, keys, sts3};

const CONFIG: &str = "\
[default]
region = eu-west-3
[profile work]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = user
region = eu-west-1
[profile ci]
role_arn = arn:aws:iam::444455556666:role/ci
web_identity_token_file = /token
[profile corp]
sso_session = corp
sso_account_id = 777788889999
sso_role_name = dev
[sso-session corp]
sso_start_url = https://corp.example/start
sso_region = eu-west-1
[profile helper]
credential_process = get-keys --password hush
aws_account_id = 123123123123
[profile circle]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = round
[profile round]
role_arn = arn:aws:iam::111122223333:role/b
source_profile = circle
[profile orphan]
role_arn = arn:aws:iam::111122223333:role/admin
";

fn command(home: &Home, arguments: &[&str]) -> std::process::Command {
    let mut command = sts3(arguments);
    // Nobody listens there: whoever called would fail.
    command.env("HOME", home.path()).env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("PATH", "/nowhere");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn every_profile_is_told_by_kind_account_region_and_source_and_nothing_is_called_or_run() {
    let home = Home::new("profiles-list", CONFIG, &keys());
    let ended = end(command(&home, &["profiles", "--output", "json"])).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let listed: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    for (name, kind, account, region, source) in [
        ("ci", "web-identity", json!("444455556666"), json!(null), "role arn:aws:iam::444455556666:role/ci"),
        ("circle", "unusable", json!(null), json!(null), "in a circle"),
        ("corp", "sso", json!("777788889999"), json!(null), "SSO"),
        ("helper", "process", json!("123123123123"), json!(null), "credential_process"),
        ("orphan", "unusable", json!(null), json!(null), "neither source_profile nor credential_source"),
        ("user", "keys", json!(null), json!(null), "keys of profile `user`"),
        ("work", "role", json!("111122223333"), json!("eu-west-1"), "role/admin"),
    ] {
        let profile = listed.iter().find(|profile| profile["profile"] == name).unwrap();
        assert_eq!(
            (&profile["kind"], &profile["account"], &profile["region"]),
            (&json!(kind), &account, &region),
            "{name}"
        );
        assert!(profile["source"].as_str().unwrap().contains(source), "{name}: {profile}");
        assert_eq!(profile["problem"].is_string(), kind == "unusable", "{name}");
    }
    assert_eq!(listed.len(), 9, "default and round too");
    let all = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!all.contains("hush") && !all.contains(sts3_sandbox::SECRET_ACCESS_KEY), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_used_without_a_choice_is_said_beside_the_table() {
    let home = Home::new("profiles-table", CONFIG, &keys());
    let mut with_keys = command(&home, &["profiles"]);
    with_keys.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "s");
    let ended = end(with_keys).await;
    assert!(ended.stdout.starts_with("profile") && ended.stdout.lines().count() == 10, "{}", ended.stdout);
    assert!(ended.stderr.contains("keys of the environment"), "{}", ended.stderr);
    let mut chosen = command(&home, &["profiles"]);
    chosen.env("AWS_PROFILE", "work");
    assert!(end(chosen).await.stderr.contains("role/admin of profile `work`"));
    // Nothing is left to answer, and it is not said that something would.
    let empty = Home::new("profiles-empty", "", "");
    let mut forbidden = command(&empty, &["profiles"]);
    forbidden.env("AWS_EC2_METADATA_DISABLED", "TRUE");
    let told = end(forbidden).await.stderr;
    assert!(told.contains("instance metadata, which AWS_EC2_METADATA_DISABLED forbids"), "{told}");
    let one = end(command(&home, &["profiles", "--profile", "corp"])).await;
    assert_eq!((one.stdout.lines().count(), one.stderr.as_str()), (2, ""));
    let missing = end(command(&home, &["profiles", "--profile", "absent"])).await;
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.contains("`absent`"), "{}", missing.stderr);
}
