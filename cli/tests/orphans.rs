//! Whatever ends the program, nothing that it has started runs on.
//!
//! The programs are started in sessions of their own (`setsid`): without a terminal, a `credential_process` has a process
//! group of its own, which no signal to ours reaches.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus, Stdio},
    time::Instant,
};

use nix::sys::signal::{
    Signal::{self, SIGHUP, SIGINT, SIGTERM},
    kill,
};
use support::{
    Folder,
    running::{PATIENCE, process_id, program},
};

/// Says who it and its own child are, and waits for longer than any test.
const HELPER: &str = "#!/bin/sh
sleep 600 &
echo $$ $! > \"$1\"
wait
";
const KEYS: &str = r#"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret", "Expiration": "2099-01-01T00:00:00Z"}"#;

/// `sts3` whose keys come from this script, with the path `told` as its argument.
fn with_helper(folder: &Folder, helper: &str, arguments: &[&str]) -> Command {
    started_by(program("setsid"), folder, helper, arguments)
}

fn started_by(mut command: Command, folder: &Folder, helper: &str, arguments: &[&str]) -> Command {
    let (helper, told) = (folder.write("helper", helper), folder.file("told"));
    let config = folder.write("config", &format!("[default]\ncredential_process = sh {helper} {told}\n"));
    command.arg(env!("CARGO_BIN_EXE_sts3")).args(arguments);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env("HOME", &folder.0);
    command.env("AWS_CONFIG_FILE", config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Whether a process is there, other than as one that has ended and that nobody has waited for.
fn runs(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Behind the name, which is in parentheses, stands the state.
    status
        .rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}

/// Start the command, send these signals once its helper runs: how it ended. No process of the helper is left.
fn signalled(arguments: &[&str], signals: &[Signal]) -> ExitStatus {
    let folder = Folder::new(&format!("orphans-{}-{}", arguments.join("-").replace('/', ":"), signals.len()));
    let mut command = with_helper(&folder, HELPER, arguments);
    if arguments[0] == "--" {
        // What bash asks when Tab is pressed behind these words.
        command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (arguments.len() - 2).to_string());
        command
            .env("_CLAP_IFS", "\n")
            .env("_CLAP_COMPLETE_COMP_TYPE", "9")
            .env("_CLAP_COMPLETE_SPACE", "false");
    }
    let mut child = command.spawn().unwrap();
    let told = || fs::read_to_string(folder.file("told")).unwrap_or_default();
    wait_until("the helper starts", || told().ends_with('\n'));
    for signal in signals {
        kill(process_id(&child), *signal).unwrap();
    }
    let status = child.wait().unwrap();
    for process in told().split_whitespace() {
        wait_until(&format!("{arguments:?} {signals:?}: process {process} ends"), || !runs(process));
    }
    status
}

#[test]
fn a_signal_ends_each_command_by_it_and_the_credential_process_with_its_children() {
    for arguments in [
        &["whoami"][..],
        &["credentials"],
        &["assume-role", "--role-arn", support::READER],
        &["session-token"],
        &["login-url", "--role-arn", support::READER],
        &["du", "s3://demo"],
        &["split", "s3://demo", "--parts", "2"],
        &["iam", "get-user"],
        &["bucket-exists", "demo"],
        &["presign", "s3://demo/key"],
        &["request", "https://sts.amazonaws.com/"],
        &["sign", "https://sts.amazonaws.com/"],
        &["exec", "--", "true"],
        &["exec", "--serve", "--", "true"],
    ] {
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            let status = signalled(arguments, &[signal]);
            assert_eq!(status.signal(), Some(signal as i32), "{arguments:?}: {status:?}");
        }
    }
    // A listing says how to go on, and has the code that a shell makes of the signal.
    for (signal, code) in [(SIGTERM, 143), (SIGINT, 130), (SIGHUP, 129)] {
        for arguments in [&["ls"][..], &["ls", "-r", "s3://demo"], &["ls", "s3://demo", "--out", "/dev/null"]]
        {
            assert_eq!(signalled(arguments, &[signal]).code(), Some(code), "{arguments:?} {signal}");
        }
    }
}

#[test]
fn a_signal_while_a_shell_completes_a_bucket_ends_the_credential_process() {
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signalled(&["--", "sts3", "ls", "s3://"], &[signal]);
    }
}

/// `timeout` sends its signal to the process and to the group that it is in.
#[test]
fn a_signal_that_is_sent_twice_at_once_leaves_no_process_either() {
    for arguments in [&["whoami"][..], &["ls"], &["exec", "--serve", "--", "true"]] {
        for second in [SIGTERM, SIGHUP] {
            let status = signalled(arguments, &[SIGTERM, second, second, second]);
            assert!(!status.success(), "{arguments:?}: {status:?}");
        }
    }
}

/// `nohup` ignores SIGHUP; a shell SIGINT, in what a script runs in the background.
#[test]
fn a_signal_that_was_ignored_from_the_start_ends_no_command_that_waits_for_its_credentials() {
    let launcher = "import os, signal, sys
signal.signal(int(sys.argv[1]), signal.SIG_IGN)
os.execv(sys.argv[2], sys.argv[2:])";
    for ignored in [SIGHUP, SIGINT, SIGTERM] {
        let folder = Folder::new("ignored");
        let helper =
            format!("echo $$ > \"$1\"\nwhile ! test -e \"$1.go\"; do sleep 0.02; done\necho '{KEYS}'\n");
        let mut launch = program("python3");
        launch.args(["-c", launcher, &(ignored as i32).to_string()]);
        let mut command = started_by(launch, &folder, &helper, &["credentials"]);
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        wait_until("the helper starts", || folder.0.join("told").exists());
        for _ in 0..3 {
            kill(process_id(&child), ignored).unwrap();
        }
        folder.write("told.go", "");
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{ignored}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("AKIDEXAMPLE"), "{ignored}: {output:?}");
    }
}

/// The signal has come before the credentials are there, and so before the command is started.
#[test]
fn a_signal_before_the_command_of_exec_starts_is_not_lost() {
    for arguments in [&["exec"][..], &["exec", "--serve"]] {
        for signal in ["TERM", "INT", "HUP"] {
            let folder = Folder::new("not-lost");
            let (helper, started) =
                (format!("kill -{signal} $PPID\necho '{KEYS}'\n"), folder.file("started"));
            let command = ["--", "touch", &started];
            let mut run = with_helper(&folder, &helper, &[arguments, &command].concat());
            let status = run.status().unwrap();
            let number: Signal = format!("SIG{signal}").parse().unwrap();
            assert_eq!(status.signal(), Some(number as i32), "{arguments:?} {signal}");
            assert!(!folder.0.join("started").exists(), "{arguments:?} {signal}");
        }
    }
}

/// Nothing is lost that a second signal would be needed for: the file of keys is a pipe whose writer writes nothing.
#[test]
fn one_signal_ends_a_command_that_is_stuck_in_reading_its_settings() {
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        let folder = Folder::new("stuck");
        let pipe = folder.file("keys");
        let mut shell = program("sh");
        shell.args(["-c", "mkfifo \"$0\"; exec 3<>\"$0\"; exec \"$@\"", &pipe]);
        let mut command = started_by(shell, &folder, HELPER, &["whoami"]);
        let mut child = command.env("AWS_SHARED_CREDENTIALS_FILE", &pipe).spawn().unwrap();
        let files = format!("/proc/{}/fd", child.id());
        let open = || {
            let files = fs::read_dir(&files).into_iter().flatten().flatten();
            files
                .filter(|file| fs::read_link(file.path()).is_ok_and(|path| path.as_os_str() == pipe.as_str()))
                .count()
        };
        // Beside the one that it was given.
        wait_until("it reads", || open() > 1);
        kill(process_id(&child), signal).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal as i32), "{status:?}");
    }
}
