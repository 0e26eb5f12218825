//! Commands of `exec` and `sandbox`: signals, exit codes, and being the first process of a container.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use nix::{
    sys::signal::{
        Signal::{self, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2},
        kill,
    },
    unistd::Pid,
};
use sandbox::{BucketSpec, Distribution, Sandbox};
use support::{Ended, READER, end, sandbox, sts3};

/// Only against a hang: nothing here takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

const HANDED_ON: [Signal; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn with_path(mut command: Command) -> Command {
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command
}

/// `sts3` with keys that call nobody.
fn with_keys(arguments: &[&str]) -> Command {
    let mut command = with_path(sts3(arguments));
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

fn process_id(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap())
}

/// A program that runs, and the lines that it prints.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)).ok()
        });
        Self { child, lines }
    }

    /// `signal_counter.py` as the command of `sts3`, which has said that it is ready; its process id.
    fn counter(mut command: Command, signals: usize) -> (Self, u32) {
        command.arg("--").arg("python3").arg(script("signal_counter.py")).arg(signals.to_string());
        let running = Self::start(command);
        let ready = running.line();
        (running, ready.strip_prefix("ready ").unwrap().parse().unwrap())
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill(process_id(&self.child), signal).unwrap();
    }

    /// The lines that are left, and how it ended.
    fn end(mut self) -> (Vec<String>, ExitStatus) {
        (self.lines.iter().collect(), self.child.wait().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_signal_reaches_the_command_once_each_time_it_is_sent() {
    let sandbox = sandbox().await;
    let mut serving = with_path(sts3(&["exec", "--serve", "--role-arn", READER]));
    serving.envs(sandbox.environment());
    for command in
        [serving, with_keys(&["exec", "--serve"]), with_path(sts3(&["sandbox"])), with_keys(&["exec"])]
    {
        let (running, _) = Running::counter(command, 2 * HANDED_ON.len());
        for signal in [HANDED_ON, HANDED_ON].concat() {
            running.signal(signal);
            assert_eq!(running.line(), signal.as_str());
        }
        let (left, status) = running.end();
        assert_eq!((left, status.code()), (vec![], Some(42)));
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
for ignored in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(ignored, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGUSR1})
os.execv(sys.argv[1], sys.argv[1:])";
    for form in [&["exec"][..], &["exec", "--serve"], &["sandbox"]] {
        let mut command = with_path(Command::new("python3"));
        command.args(["-c", launcher, env!("CARGO_BIN_EXE_sts3")]).args(form);
        command.args(["--", "cat", "/proc/self/status"]);
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
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

/// Play a script on a terminal; see `terminal.py`.
async fn on_a_terminal(steps: &[(&str, &str)]) -> Ended {
    let mut command = with_keys(&[]);
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
    command = Command::new("python3");
    command.env_clear().envs(environment).env("TERM", "dumb").arg(script("terminal.py"));
    for (keys, expected) in steps {
        command.args([keys, expected]);
    }
    end(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_on_a_terminal_reaches_the_command_once_and_job_control_works() {
    let counter = script("signal_counter.py");
    for form in ["exec", "exec --serve", "sandbox"] {
        let program = env!("CARGO_BIN_EXE_sts3");
        let run = format!(
            "echo; {program} {form} -- sh -c 'echo \"parent $PPID\"; exec python3 {} 6'\\n",
            counter.display()
        );
        let ended = on_a_terminal(&[
            // The process that whoever has started `sts3` sees: where it has become the command, that itself.
            (&run, if form == "exec" { r"ready (\d+)\r\n" } else { r"\nparent (\d+)\r\nready \d+\r\n" }),
            (r"\x03", r"SIGINT\r\n"),
            (r"\x1c", r"SIGQUIT\r\n"),
            // Sent to the one process: handed on, although the terminal's foreground group is its own.
            ("kill SIGINT", r"SIGINT\r\n"),
            // Ctrl-Z stops the job, and the shell continues it.
            (r"\x1a", r"Stopped[^\n]*\n\S*[#$] "),
            (r"fg\n", r"fg\r\n[^\n]*signal_counter.py"),
            // It runs, and so the terminal is its own again.
            ("kill SIGUSR1", r"SIGUSR1\r\n"),
            (r"\x03", r"SIGINT\r\n"),
            ("kill SIGTERM", r"SIGTERM\r\n"),
            (r"echo code $?\n", r"code 42\r\n"),
        ])
        .await;
        assert_eq!(ended.code, Some(0), "{form}: {}{}", ended.stdout, ended.stderr);
        let came = ["SIGINT", "SIGQUIT", "SIGTERM"].map(|name| ended.stdout.matches(name).count());
        assert_eq!(came, [3, 1, 1], "{form}: {}", ended.stdout);
    }
}

/// As the command itself would: a shell's script goes on after an exit code, not after an end by Ctrl-C.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ctrl_c_ended_ends_the_script_that_ran_it() {
    for form in ["exec", "exec --serve", "sandbox"] {
        let program = env!("CARGO_BIN_EXE_sts3");
        let run = format!(
            "bash -c '{program} {form} -- sh -c \"echo start''ed; exec sleep 60\"; echo went \"on\"'\\n"
        );
        let ended =
            on_a_terminal(&[(&run, r"started\r\n"), (r"\x03", r"\^C"), (r"echo code $?\n", r"code 130\r\n")])
                .await;
        assert_eq!(ended.code, Some(0), "{form}: {}{}", ended.stdout, ended.stderr);
        assert!(!ended.stdout.contains("went on"), "{form}: {}", ended.stdout);
    }
}

/// A command that makes a program PID 1; none where that is not permitted.
fn pid_namespace() -> Option<Command> {
    for options in [
        &["--pid", "--fork", "--mount-proc"][..],
        &["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"],
    ] {
        let mut attempt = Command::new("unshare");
        attempt.args(options).arg("true").stderr(Stdio::null());
        if attempt.status().is_ok_and(|status| status.success()) {
            let mut command = with_keys(&[]);
            let environment: Vec<_> = command
                .get_envs()
                .map(|(name, value)| (name.to_owned(), value.unwrap().to_owned()))
                .collect();
            command = Command::new("unshare");
            command.args(options).env_clear().envs(environment).arg(env!("CARGO_BIN_EXE_sts3"));
            return Some(command);
        }
    }
    println!("skipped: `unshare --pid` is not permitted here");
    None
}

/// `unshare` waits for the process that is PID 1: its child.
fn first_process(running: &Running) -> Pid {
    let id = running.child.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    Pid::from_raw(children.trim().parse().unwrap())
}

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
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
#[cfg(target_os = "linux")]
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
#[cfg(target_os = "linux")]
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

/// The listing is stuck: nobody reads what it writes. The first signal asks it to stop, which it cannot; the
/// second ends it, with its own code.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_a_command_that_does_not_hear_the_first() {
    let many = BucketSpec::synthetic("many", Distribution::Numeric, 100_000);
    let sandbox = Sandbox::builder().bucket(many).start().await.unwrap();
    for (first, second, code) in
        [(SIGINT, SIGTERM, 143), (SIGTERM, SIGINT, 130), (SIGINT, SIGINT, 130), (SIGTERM, SIGTERM, 143)]
    {
        let mut command = sts3(&["ls", "-r", "s3://many"]);
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
        kill(process, second).unwrap();
        let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
        assert_eq!(status.code(), Some(code), "{first:?} {second:?}");
        drop(out);
    }
}
