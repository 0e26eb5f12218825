//! Temporary credentials between runs: kept on disk, shared by all roles of a user with MFA, asked for on the
//! terminal.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sts3_sandbox::{MFA_SERIAL, SECRET_ACCESS_KEY, Sandbox};
use support::{Ended, Home, LIMITED, READER, end, keys, sandbox};

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn cache(home: &Home) -> PathBuf {
    home.path().join(".cache/sts3")
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn assumed(sandbox: &Sandbox) -> u64 {
    sandbox.count("AssumeRole")
}

async fn whoami(home: &Home, sandbox: &Sandbox, more: &[&str]) -> Ended {
    home.run(sandbox, &[&["whoami", "--profile", "user"], more].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_assumed_once_for_many_runs_and_for_each_set_of_inputs() {
    let sandbox = sandbox().await;
    let home = Home::new("cache-runs", "", &keys());
    let role = ["--role-arn", READER];
    for _ in 0..3 {
        let who = whoami(&home, &sandbox, &role).await;
        assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
    }
    assert_eq!(assumed(&sandbox), 1);
    let variants: [&[&str]; 5] = [
        &["--role-arn", LIMITED],
        &["--role-arn", READER, "--duration", "20m"],
        &["--role-arn", READER, "--role-session-name", "other"],
        &["--role-arn", READER, "--external-id", "x1"],
        &["--role-arn", READER, "--role-arn", LIMITED],
    ];
    for (number, variant) in variants.iter().enumerate() {
        for _ in 0..2 {
            assert_eq!(whoami(&home, &sandbox, variant).await.code, Some(0), "{variant:?}");
        }
        // The last has two roles to assume, the others one.
        assert_eq!(assumed(&sandbox), 2 + number as u64 + u64::from(number == 4), "{variant:?}");
    }
    whoami(&home, &sandbox, &["--role-arn", READER, "--no-cache"]).await;
    assert_eq!(assumed(&sandbox), 8);

    assert_eq!(mode(&cache(&home)), 0o700);
    let files = files(&cache(&home));
    assert_eq!(files.len(), 6);
    for file in files {
        assert_eq!(mode(&file), 0o600);
        let content = std::fs::read_to_string(&file).unwrap();
        assert!(content.contains("ASIA") && !content.contains(SECRET_ACCESS_KEY), "{content}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_and_a_folder_that_cannot_be_written_are_said_and_stop_nothing() {
    let sandbox = sandbox().await;
    let home = Home::new("cache-broken", "", &keys());
    let role = ["--role-arn", READER];
    whoami(&home, &sandbox, &role).await;
    let file = files(&cache(&home)).remove(0);
    let good = std::fs::read_to_string(&file).unwrap();
    for broken in
        ["", "{", "null", "{\"AccessKeyId\":\"A\"}", &good[..good.len() / 2], &good.replace("Obtained", "x")]
    {
        std::fs::write(&file, broken).unwrap();
        let who = whoami(&home, &sandbox, &role).await;
        assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
        assert!(who.stderr.contains("warning: the cached credentials in"), "{broken}: {}", who.stderr);
        assert!(!who.stderr.contains("SecretAccessKey\":"), "{}", who.stderr);
    }
    assert_eq!(whoami(&home, &sandbox, &role).await.stderr, "", "the last run has mended it");

    std::fs::remove_dir_all(home.path().join(".cache")).unwrap();
    std::fs::write(home.path().join(".cache"), "in the way").unwrap();
    let who = whoami(&home, &sandbox, &role).await;
    assert_eq!(who.code, Some(0), "{who:?}");
    let warnings: Vec<_> = who.stderr.lines().collect();
    assert!(
        warnings.len() == 1 && warnings[0].starts_with("sts3: warning: the cache folder"),
        "{}",
        who.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_run_at_once_share_the_cache() {
    let sandbox = sandbox().await;
    let home = Home::new("cache-parallel", "", &keys());
    let arguments = ["whoami", "--profile", "user", "--role-arn", READER];
    let runs: Vec<_> = (0..12).map(|_| tokio::spawn(end(home.sts3(&sandbox, &arguments)))).collect();
    for run in runs {
        let who = run.await.unwrap();
        assert!(who.stdout.contains("assumed-role/reader/") && who.stderr.is_empty(), "{who:?}");
    }
    assert_eq!(files(&cache(&home)).len(), 1, "one file, and no drafts of it");
    let before = assumed(&sandbox);
    whoami(&home, &sandbox, &["--role-arn", READER]).await;
    assert_eq!(assumed(&sandbox), before);
}

/// A known key id is no proof: neither in a file nor behind a process is a kept session given for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_with_a_known_id_is_never_given_the_kept_session() {
    let sandbox = sandbox().await;
    let home = Home::new("cache-identity", "", &keys());
    let printed = home.path().join("printed");
    let config = format!("[profile helper]\ncredential_process = cat {}\n", printed.display());
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let print = |secret: &str| {
        let id = sts3_sandbox::ACCESS_KEY_ID;
        let text = format!(r#"{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"{secret}"}}"#);
        std::fs::write(&printed, text).unwrap();
    };
    let wrong = "guessed/SECRET+of+forty+characters+EXAMPLEKE";
    print(SECRET_ACCESS_KEY);
    for profile in ["user", "helper"] {
        let role = ["whoami", "--profile", profile, "--role-arn", READER];
        for _ in 0..2 {
            assert_eq!(home.run(&sandbox, &role).await.code, Some(0), "{profile}");
        }
    }
    // It is the same identity, however its keys are found.
    assert_eq!(assumed(&sandbox), 1);
    print(wrong);
    std::fs::write(home.path().join(".aws/credentials"), keys().replace(SECRET_ACCESS_KEY, wrong)).unwrap();
    for profile in ["user", "helper"] {
        let refused = home.run(&sandbox, &["whoami", "--profile", profile, "--role-arn", READER]).await;
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{profile}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_folder_that_others_may_write_to_is_said_and_not_used() {
    let sandbox = sandbox().await;
    let home = Home::new("cache-open", "", &keys());
    let role = ["--role-arn", READER];
    whoami(&home, &sandbox, &role).await;
    std::fs::set_permissions(cache(&home), std::fs::Permissions::from_mode(0o777)).unwrap();
    let who = whoami(&home, &sandbox, &role).await;
    assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
    assert!(
        who.stderr.contains("warning: the cache folder") && who.stderr.contains("mode 777"),
        "{}",
        who.stderr
    );
    assert_eq!(assumed(&sandbox), 2, "the kept session was not used");
}

/// A sandbox on a port that another one is just leaving.
async fn restarted(port: u16) -> Sandbox {
    for _ in 0..100 {
        if let Ok(sandbox) = Sandbox::builder().port(port).start().await {
            return sandbox;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("port {port} stays in use");
}

/// A server that was started anew does not know the sessions of before.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_the_server_no_longer_knows_are_replaced() {
    let home = Home::new("cache-forgotten", "", &keys());
    let role = ["--role-arn", READER];
    let first = sandbox().await;
    assert_eq!(whoami(&home, &first, &role).await.code, Some(0));
    let port = first.url().rsplit(":").next().unwrap().parse().unwrap();
    drop(first);
    let second = restarted(port).await;
    for _ in 0..2 {
        let who = whoami(&home, &second, &role).await;
        assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
    }
    assert_eq!(assumed(&second), 1);
}

fn mfa_profiles() -> String {
    let profile = |name: &str, role: &str, more: &str| {
        format!(
            "[profile {name}]\nrole_arn = {role}\nsource_profile = user\nmfa_serial = {MFA_SERIAL}\n{more}"
        )
    };
    profile("one", READER, "")
        + &profile("two", LIMITED, "")
        + &profile("long", READER, "duration_seconds = 7200\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mfa_code_serves_every_role_of_the_user() {
    let sandbox = Sandbox::builder().require_mfa(true).start().await.unwrap();
    let home = Home::new("cache-mfa", &mfa_profiles(), &keys());
    let who = home.run(&sandbox, &["whoami", "--profile", "one", "--mfa-code", "123456"]).await;
    assert!(who.stdout.contains("assumed-role/reader/"), "{who:?}");
    // Another role of a profile, and one that is given as an option.
    let who = home.run(&sandbox, &["whoami", "--profile", "two"]).await;
    assert!(who.stdout.contains("assumed-role/limited/"), "{who:?}");
    let who = whoami(&home, &sandbox, &["--role-arn", LIMITED, "--mfa-serial", MFA_SERIAL]).await;
    assert!(who.stdout.contains("assumed-role/limited/"), "{who:?}");
    assert_eq!(sandbox.count("GetSessionToken"), 1);
    assert_eq!(assumed(&sandbox), 3);

    // Over an hour STS refuses what an MFA session assumes: such a role takes a code of its own.
    let who = home.run(&sandbox, &["credentials", "--profile", "long", "--mfa-code", "654321"]).await;
    assert_eq!(who.code, Some(0), "{who:?}");
    assert_eq!((sandbox.count("GetSessionToken"), assumed(&sandbox)), (1, 4));
}

/// `sts3` in a session without a controlling terminal.
fn without_terminal(mut command: Command) -> Command {
    let mut detached = Command::new("setsid");
    detached
        .arg("-w")
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("HOME", "nowhere")
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        detached.env(name, value.unwrap_or_default());
    }
    command.stdin(Stdio::null());
    detached
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_a_code_is_not_waited_for() {
    let sandbox = Sandbox::builder().require_mfa(true).start().await.unwrap();
    let home = Home::new("no-terminal", &mfa_profiles(), &keys());
    for (arguments, note) in [
        (["credentials", "--profile", "one", "--format", "process"], "the current code of"),
        (["credentials", "--profile", "long", "--format", "process"], "the current code of"),
    ] {
        let ended = end(without_terminal(home.sts3(&sandbox, &arguments))).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(4), ""), "{ended:?}");
        for part in [note, MFA_SERIAL, "no terminal", "--mfa-code"] {
            assert!(ended.stderr.contains(part), "{}", ended.stderr);
        }
    }
}

/// As a `credential_process`: standard input and output are the SDK's, the question goes to the terminal.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_is_asked_past_standard_input_and_output() {
    use std::io::Write;

    let sandbox = Sandbox::builder().require_mfa(true).start().await.unwrap();
    let home = Home::new("terminal", &mfa_profiles(), &keys());
    for (profile, question) in [("one", "MFA code of"), ("long", "for this role alone")] {
        let printed = home.path().join("printed.json");
        let run = format!(
            "'{}' credentials --profile {profile} --format process </dev/null >'{}'",
            env!("CARGO_BIN_EXE_sts3"),
            printed.display()
        );
        // util-linux's `script` gives the command a terminal, and types what it reads.
        let plain = home.sts3(&sandbox, &[]);
        let mut script = Command::new("script");
        script
            .args(["-qec", &run, "/dev/null"])
            .env_clear()
            .env("HOME", "nowhere")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        script.env("SHELL", "/bin/sh").env("TERM", "dumb");
        for (name, value) in plain.get_envs() {
            if let Some(value) = value {
                script.env(name, value);
            }
        }
        let shown = tokio::task::spawn_blocking(move || {
            let mut child = script.spawn().unwrap();
            let mut keyboard = child.stdin.take().unwrap();
            let code = if profile == "one" { "111111" } else { "222222" };
            writeln!(keyboard, "{code}").unwrap();
            let output = child.wait_with_output().unwrap();
            drop(keyboard);
            String::from_utf8_lossy(&output.stdout).into_owned()
        });
        let shown = shown.await.unwrap();
        assert!(shown.contains(question), "{shown}");
        let printed = std::fs::read_to_string(printed).unwrap();
        assert!(printed.contains("\"Version\": 1") && printed.contains("ASIA"), "{shown}\n{printed}");
    }
}
