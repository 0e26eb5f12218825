//! Signals and exit codes of commands, with and without a command of their own.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{io::Read, os::unix::process::ExitStatusExt, process::Stdio, time::Duration};

use nix::sys::signal::{
    Signal::{self, SIGHUP, SIGINT, SIGKILL, SIGTERM},
    kill,
};
use sts3_sandbox::{BucketSpec, Distribution, Sandbox};
use support::{
    READER, end,
    running::{HANDED_ON, Running, first_process, pid_namespace, process_id, program, with_keys},
    sandbox,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_signal_reaches_the_command_once_each_time_it_is_sent() {
    let sandbox = sandbox().await;
    let mut serving = with_keys(&["exec", "--serve", "--role-arn", READER]);
    serving.envs(sandbox.environment());
    for command in [serving, with_keys(&["exec", "--serve"]), with_keys(&["sandbox"]), with_keys(&["exec"])] {
        let (running, _) = Running::counter(command, 2 * HANDED_ON.len());
        for signal in [HANDED_ON, HANDED_ON].concat() {
            running.signal(signal);
            assert_eq!(running.line(), signal.as_str());
        }
        let (left, status) = running.end();
        assert_eq!((left, status.code()), (vec![], Some(42)));
    }
}

/// Those that wait together come in any order.
#[test]
fn signals_that_come_together_all_reach_the_command() {
    for form in [&["exec", "--serve"][..], &["sandbox"]] {
        let ways = [(Some(with_keys(&[])), false), (pid_namespace(), true)];
        for (mut command, is_first) in ways.into_iter().filter_map(|(way, is_first)| Some((way?, is_first))) {
            command.args(form);
            let (running, _) = Running::counter(command, HANDED_ON.len());
            let process = if is_first { first_process(&running) } else { process_id(&running.child) };
            for signal in HANDED_ON {
                kill(process, signal).unwrap();
            }
            let (mut came, status) = running.end();
            came.sort_unstable();
            let mut expected = HANDED_ON.map(Signal::as_str);
            expected.sort_unstable();
            assert_eq!(came, expected, "{form:?}");
            assert_eq!(status.code(), Some(42));
        }
    }
}

#[test]
fn exec_without_a_server_becomes_its_command() {
    let (running, command) = Running::counter(with_keys(&["exec"]), 1);
    assert_eq!(command, running.child.id(), "the same process");
    // No code is made of the end: whoever waits sees the signal.
    running.signal(SIGKILL);
    assert_eq!(running.end().1.signal(), Some(9));
    let (running, command) = Running::counter(with_keys(&["exec", "--serve"]), 1);
    assert_ne!(command, running.child.id(), "the server stays");
    running.signal(SIGTERM);
    assert_eq!(running.end().1.code(), Some(42));
}

/// SIGHUP is signal 1, SIGUSR1 is 10: their bits are the first and the tenth.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn signals_that_were_ignored_or_blocked_are_so_for_the_command() {
    let launcher = "import os, signal, sys
for ignored_by_python in [signal.SIGPIPE, signal.SIGXFSZ]:
    signal.signal(ignored_by_python, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGUSR1})
os.execv(sys.argv[1], sys.argv[1:])";
    for form in [&["exec"][..], &["exec", "--serve"], &["sandbox"]] {
        let mut command = program("python3");
        command.args(["-c", launcher, env!("CARGO_BIN_EXE_sts3")]).args(form);
        command.args(["--", "cat", "/proc/self/status"]);
        let ended = end(command).await;
        let mask = |name: &str| {
            let line = ended.stdout.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            // Above are the real-time signals.
            u64::from_str_radix(line.trim(), 16).unwrap() & 0x7fff_ffff
        };
        assert_eq!((mask("SigIgn:"), mask("SigBlk:")), (1 << 0, 1 << 9), "{form:?}: {}", ended.stderr);
    }
}

/// 127, 126 and 128+n: POSIX, Shell Command Language, 2.8.2; `env` and `nohup` alike.
#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_of_commands_are_those_of_shells() {
    let folder = std::env::temp_dir();
    let folder = folder.to_str().unwrap();
    for form in [&["exec"][..], &["exec", "--serve"], &["sandbox"]] {
        for (command, code) in [
            (&["no-such-program-anywhere"][..], 127),
            (&["/nonexistent/program"], 127),
            // Without the permission to execute; and a folder.
            (&[env!("CARGO_MANIFEST_PATH")], 126),
            (&[folder], 126),
            (&["sh", "-c", "exit 7"], 7),
        ] {
            let mut run = with_keys(form);
            run.arg("--").args(command);
            let ended = end(run).await;
            assert_eq!(ended.code, Some(code), "{form:?} {command:?}: {}", ended.stderr);
            let is_told = ended.stderr.contains(&format!("cannot run `{}`: ", command[0]));
            assert_eq!(is_told, code > 100, "{form:?} {command:?}: {}", ended.stderr);
        }
    }
    for form in [&["exec", "--serve"][..], &["sandbox"]] {
        for (signal, code) in [("TERM", 143), ("KILL", 137), ("INT", 130), ("HUP", 129)] {
            let mut run = with_keys(form);
            run.args(["--", "sh", "-c", &format!("kill -{signal} $$")]);
            assert_eq!(end(run).await.code, Some(code), "{form:?} {signal}");
        }
    }
}

/// The listing is stuck: nobody reads what it writes. The first signal asks it to stop, which it cannot; another one
/// that is not sent together with it ends it, with its own code.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_a_command_that_does_not_hear_the_first() {
    let many = BucketSpec::synthetic("many", Distribution::Numeric, 100_000);
    let sandbox = Sandbox::builder().bucket(many).start().await.unwrap();
    for (first, second, code) in
        [(SIGINT, SIGTERM, 143), (SIGTERM, SIGINT, 130), (SIGINT, SIGINT, 130), (SIGTERM, SIGTERM, 143)]
    {
        let mut command = with_keys(&["ls", "-r", "s3://many"]);
        let mut child = command.envs(sandbox.environment()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        // Its buffer is larger than a pipe: it is writing the rest of it.
        out.read_exact(&mut [0]).unwrap();
        let process = process_id(&child);
        kill(process, first).unwrap();
        // Signals of one kind that come at once are one signal: wait until this one has been taken.
        let pending = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            status.lines().any(|line| line.starts_with("ShdPnd:") && !line.ends_with("\t0000000000000000"))
        };
        while pending() {
            std::thread::yield_now();
        }
        let status = loop {
            kill(process, second).unwrap();
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(status.code(), Some(code), "{first:?} {second:?}");
        drop(out);
    }
}

/// Nothing is lost by it: they have printed nothing, and no command of theirs runs yet.
#[tokio::test(flavor = "multi_thread")]
async fn one_signal_ends_a_command_that_waits_for_a_server_or_for_input() {
    let silent = Sandbox::builder().stall_rate(1.0).start().await.unwrap();
    for arguments in [
        &["whoami"][..],
        &["du", "s3://demo"],
        &["split", "s3://demo", "--parts", "2"],
        &["exec", "--role-arn", READER, "--", "true"],
        &["exec", "--serve", "--role-arn", READER, "--", "true"],
        &["explain"],
    ] {
        let before = silent.count("unanswered");
        let mut command = with_keys(arguments);
        command.envs(silent.environment()).stdin(Stdio::piped()).stderr(Stdio::null());
        let running = Running::start(command);
        if arguments[0] != "explain" {
            while silent.count("unanswered") == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        running.signal(SIGTERM);
        let status = tokio::task::spawn_blocking(move || running.end().1).await.unwrap();
        assert!(status.signal() == Some(15) || status.code() == Some(143), "{arguments:?}: {status:?}");
    }
}

/// A shell ignores SIGINT in what a script runs in the background (POSIX, Shell Command Language, 2.11): a Ctrl-C for the
/// script is none for that.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_was_ignored_from_the_start_stops_nothing() {
    let launcher = "import os, signal, sys
signal.signal(int(sys.argv[1]), signal.SIG_IGN)
os.execv(sys.argv[2], sys.argv[2:])";
    let many = BucketSpec::synthetic("many", Distribution::Numeric, 4_000);
    let slow = Sandbox::builder().bucket(many).latency(Duration::from_millis(100)).start().await.unwrap();
    for (ignored, other, code) in [(SIGINT, SIGTERM, 143), (SIGTERM, SIGINT, 130)] {
        let launch = |arguments: &[&str]| {
            let mut command = program("python3");
            command.args(["-c", launcher, &(ignored as i32).to_string(), env!("CARGO_BIN_EXE_sts3")]);
            command.args(arguments).envs(slow.environment()).stdout(Stdio::piped()).stderr(Stdio::null());
            command.spawn().unwrap()
        };
        let listed = slow.count("ListObjectsV2");
        let whole = launch(&["ls", "-r", "s3://many", "--concurrency", "1"]);
        while slow.count("ListObjectsV2") == listed {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for _ in 0..2 {
            kill(process_id(&whole), ignored).unwrap();
        }
        let ended = tokio::task::spawn_blocking(move || whole.wait_with_output().unwrap()).await.unwrap();
        let lines = ended.stdout.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!((ended.status.code(), lines), (Some(0), 4_000), "{ignored}");
        // The other one does.
        let listed = slow.count("ListObjectsV2");
        let mut stopped = launch(&["ls", "-r", "s3://many", "--concurrency", "1"]);
        while slow.count("ListObjectsV2") == listed {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        kill(process_id(&stopped), ignored).unwrap();
        kill(process_id(&stopped), other).unwrap();
        let status = tokio::task::spawn_blocking(move || stopped.wait().unwrap()).await.unwrap();
        assert_eq!(status.code(), Some(code), "{ignored} {other}");
    }
}

/// It has done what it was started for.
#[test]
fn a_sandbox_without_a_command_ends_well_by_a_signal_and_leaves_no_file() {
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        let folder = support::Folder::new("sandbox-signal");
        let mut command = with_keys(&["sandbox", "--tls"]);
        command.env("TMPDIR", &folder.0);
        let running = Running::start(command);
        // The first line comes once the certificate's file is there.
        running.line();
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
        running.signal(signal);
        let (_, status) = running.end();
        assert_eq!(status.code(), Some(0), "{signal}: {status:?}");
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0, "{signal}");
    }
}
