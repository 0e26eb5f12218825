//! `sts3 cache`, and processes that need the same session at once.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use serde_json::Value;
use sts3_sandbox::Sandbox;
use support::{Home, LIMITED, READER, end, keys, sandbox};

async fn ok(home: &Home, sandbox: &Sandbox, arguments: &[&str]) -> String {
    let ended = home.run(sandbox, arguments).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    ended.stdout
}

async fn entries(home: &Home, sandbox: &Sandbox) -> Vec<Value> {
    serde_json::from_str(&ok(home, sandbox, &["cache", "list", "--output", "json"]).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_shown_by_what_it_is_and_never_with_a_secret() {
    let sandbox = sandbox().await;
    let config =
        format!("[profile two]\nrole_arn = {LIMITED}\nsource_profile = user\nexternal_id = hush-id\n");
    let home = Home::new("cache-list", &config, &keys());
    // Nothing yet, and no folder.
    assert_eq!(ok(&home, &sandbox, &["cache", "list"]).await, "");
    assert_eq!(entries(&home, &sandbox).await, [] as [Value; 0]);
    assert_eq!(ok(&home, &sandbox, &["cache", "clear"]).await, "0 files removed\n");

    let printed = ok(&home, &sandbox, &["credentials", "--profile", "user", "--role-arn", READER]).await;
    let role: Value = serde_json::from_str(&printed).unwrap();
    ok(&home, &sandbox, &["credentials", "--profile", "two"]).await;
    ok(&home, &sandbox, &["session-token", "--profile", "user"]).await;
    let listed = entries(&home, &sandbox).await;
    let mut labels: Vec<&str> = listed.iter().map(|entry| entry["label"].as_str().unwrap()).collect();
    labels.sort_unstable();
    assert_eq!(labels, ["GetSessionToken", LIMITED, READER]);
    let kept = listed.iter().find(|entry| entry["label"] == READER).unwrap();
    assert_eq!((&kept["access_key_id"], &kept["expiration"]), (&role["AccessKeyId"], &role["Expiration"]));
    assert_eq!(kept["state"], "valid");
    let text = ok(&home, &sandbox, &["cache", "list"]).await;
    assert!(text.starts_with("expiration ") && text.lines().count() == 4, "{text}");
    for form in [
        &["cache", "list"][..],
        &["cache", "list", "--output", "json"],
        &["cache", "list", "--output", "csv"],
    ] {
        let shown = ok(&home, &sandbox, form).await;
        assert!(shown.contains(READER), "{shown}");
        for secret in [&role["SecretAccessKey"], &role["SessionToken"], &"hush-id".into()] {
            assert!(!shown.contains(secret.as_str().unwrap()), "{shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_removes_what_is_kept_or_only_what_has_ended_and_nothing_else() {
    let sandbox = sandbox().await;
    let home = Home::new("cache-clear", "", &keys());
    for role in [READER, LIMITED] {
        ok(&home, &sandbox, &["credentials", "--profile", "user", "--role-arn", role]).await;
    }
    let folder = home.path().join(".cache/sts3");
    // One has ended, one is broken, and one is somebody else's.
    let old = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut document: Value = serde_json::from_str(&std::fs::read_to_string(&old).unwrap()).unwrap();
    document["Expiration"] = "2020-01-01T00:00:00Z".into();
    std::fs::write(&old, document.to_string()).unwrap();
    let private = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(folder.join(name), mode).unwrap();
    };
    private(&format!("{}.json", "0".repeat(64)), "{broken");
    private("notes.txt", "mine");
    // What a program has left that was killed while it wrote.
    private(&format!(".{}.json.{}.tmp", "1".repeat(64), "2".repeat(32)), "half of a secret");
    let states: Vec<String> = entries(&home, &sandbox)
        .await
        .iter()
        .map(|entry| entry["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states[..2], ["valid", "ended"]);
    assert!(states[2].contains("is not JSON") && !states[2].contains("broken"), "{states:?}");
    assert_eq!(ok(&home, &sandbox, &["cache", "clear", "--expired"]).await, "3 files removed\n");
    assert_eq!(entries(&home, &sandbox).await.len(), 1);
    assert_eq!(ok(&home, &sandbox, &["cache", "clear"]).await, "1 file removed\n");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_the_cache_would_not_use_is_not_cleared_either() {
    let sandbox = sandbox().await;
    let home = Home::new("cache-open-clear", "", &keys());
    ok(&home, &sandbox, &["credentials", "--profile", "user", "--role-arn", READER]).await;
    let folder = home.path().join(".cache/sts3");
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    for command in ["list", "clear"] {
        let ended = home.run(&sandbox, &["cache", command]).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
        assert!(ended.stderr.contains("mode 777") && ended.stderr.contains("chmod"), "{}", ended.stderr);
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

/// `exec`, `credentials` and all others share what one of them gets; of processes that start together one asks.
#[tokio::test(flavor = "multi_thread")]
async fn processes_that_need_the_same_session_at_once_ask_for_it_once() {
    let sandbox = Sandbox::builder().latency(Duration::from_millis(300)).start().await.unwrap();
    let home = Home::new("cache-flight", "", &keys());
    let role = ["--profile", "user", "--role-arn", READER];
    let commands: [&[&str]; 3] = [&["credentials", "--format", "env"], &["exec"], &["whoami"]];
    let mut running = Vec::new();
    for command in commands.iter().cycle().take(9) {
        let tail: &[&str] = if command[0] == "exec" { &["--", "env"] } else { &[] };
        running.push(tokio::spawn(end(home.sts3(&sandbox, &[command, &role[..], tail].concat()))));
    }
    for ended in running {
        let ended = ended.await.unwrap();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    }
    assert_eq!(sandbox.count("AssumeRole"), 1);
    let files: Vec<_> = std::fs::read_dir(home.path().join(".cache/sts3"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 1, "the lock is gone: {files:?}");
}

/// Whoever has the lock and is ended loses it.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_asks_keeps_nobody_waiting() {
    let sandbox = Sandbox::builder().latency(Duration::from_secs(20)).start().await.unwrap();
    let home = Home::new("cache-killed", "", &keys());
    let role = ["whoami", "--profile", "user", "--role-arn", READER];
    let mut stuck = home.sts3(&sandbox, &role).spawn().unwrap();
    let folder = home.path().join(".cache/sts3");
    while !folder.exists() || std::fs::read_dir(&folder).unwrap().count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stuck.kill().unwrap();
    stuck.wait().unwrap();
    let quick = support::sandbox().await;
    // The lock's file is there; its key is that of the first sandbox's endpoint, so another one stands for it.
    let lock = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let held = std::process::Command::new("flock").arg("--nonblock").arg(&lock).arg("true").status();
    assert!(held.is_ok_and(|status| status.success()), "{}", lock.display());
    ok(&home, &quick, &role).await;
}
