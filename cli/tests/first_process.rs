//! `sts3` as the first process of a container (PID 1). Skipped where no PID namespace may be made.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{process::Stdio, time::Duration};

use nix::sys::signal::{Signal::SIGTERM, kill};
use sts3_sandbox::Sandbox;
use support::running::{HANDED_ON, Running, first_process, pid_namespace};

#[test]
fn as_pid_1_it_hands_signals_on_and_ends_with_the_command_s_code() {
    for form in [&["exec"][..], &["exec", "--serve"], &["sandbox"]] {
        let Some(mut command) = pid_namespace() else { return };
        command.args(form);
        let (running, _) = Running::counter(command, 2 * HANDED_ON.len());
        let first = first_process(&running);
        for signal in [HANDED_ON, HANDED_ON].concat() {
            kill(first, signal).unwrap();
            assert_eq!(running.line(), signal.as_str(), "{form:?}");
        }
        let (left, status) = running.end();
        assert_eq!((left, status.code()), (vec![], Some(42)), "{form:?}");
    }
}

#[test]
fn as_pid_1_a_command_that_a_signal_ends_and_one_that_is_missing_have_the_codes_of_shells() {
    for form in [&["exec"][..], &["exec", "--serve"], &["sandbox"]] {
        for (line, code) in
            [("kill -TERM $$", 143), ("kill -INT $$", 130), ("exit 7", 7), ("exec nothing", 127)]
        {
            let Some(mut command) = pid_namespace() else { return };
            command.args(form).args(["--", "sh", "-c", line]).stderr(Stdio::null());
            assert_eq!(command.status().unwrap().code(), Some(code), "{form:?} {line}");
        }
    }
}

/// Commands without a child too: the kernel keeps signals without a handler from PID 1.
#[tokio::test(flavor = "multi_thread")]
async fn as_pid_1_a_command_that_waits_for_a_server_ends_by_a_signal() {
    let Some(mut command) = pid_namespace() else { return };
    let silent = Sandbox::builder().stall_rate(1.0).start().await.unwrap();
    command.arg("whoami").envs(silent.environment());
    let running = Running::start(command);
    while silent.count("unanswered") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    kill(first_process(&running), SIGTERM).unwrap();
    assert_eq!(running.end().1.code(), Some(143));
}

/// Orphans become children of PID 1: whatever it does not reap stays in the list of processes for ever.
#[test]
fn as_pid_1_it_reaps_orphans() {
    let script = "import os, subprocess, sys, time
for i in range(5):
    # The shell ends before what it has started.
    subprocess.run(['sh', '-c', 'sleep 0.1 & echo $!'], stdout=open('/tmp/sts3-orphan-%d-%d' % (os.getpid(), i), 'w'))
names = ['/tmp/sts3-orphan-%d-%d' % (os.getpid(), i) for i in range(5)]
orphans = [int(open(name).read()) for name in names]
for name in names: os.remove(name)
own = os.getppid()
print('started', len(set(orphans)), flush=True)
while any(os.path.exists('/proc/%d' % orphan) for orphan in orphans):
    time.sleep(0.01)
print('reaped', flush=True)
";
    for form in [&["exec"][..], &["exec", "--serve"], &["sandbox"]] {
        let Some(mut command) = pid_namespace() else { return };
        command.args(form).args(["--", "python3", "-c", script]);
        let running = Running::start(command);
        assert_eq!([running.line(), running.line()], ["started 5", "reaped"], "{form:?}");
        assert_eq!(running.end().1.code(), Some(0), "{form:?}");
    }
}
