//! Programs that run while a test looks at them.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use nix::{
    sys::signal::{
        Signal::{self, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2},
        kill,
    },
    unistd::Pid,
};

/// Only against a hang: nothing here takes seconds.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const HANDED_ON: [Signal; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

pub fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Keys that call nobody, and where programs are.
pub fn environment() -> Vec<(&'static str, OsString)> {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
    ];
    let path = [("PATH", std::env::var_os("PATH").unwrap())];
    keys.map(|(name, value)| (name, value.into())).into_iter().chain(path).collect()
}

/// A program with this environment, and with all signals as usual.
pub fn program(name: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .env_clear()
        .env("HOME", "nowhere")
        .envs(environment())
        .arg(script("default_signals.py"))
        .arg(name);
    command
}

/// `sts3` likewise.
pub fn with_keys(arguments: &[&str]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_sts3"));
    command.args(arguments);
    command
}

pub fn process_id(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap())
}

/// A program that runs, and the lines that it prints.
pub struct Running {
    pub child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)).ok()
        });
        Self { child, lines }
    }

    /// `signal_counter.py` as the command of `sts3`, which has said that it is ready; its process id.
    pub fn counter(mut command: Command, signals: usize) -> (Self, u32) {
        command.arg("--").arg("python3").arg(script("signal_counter.py")).arg(signals.to_string());
        let running = Self::start(command);
        let ready = running.line();
        (running, ready.strip_prefix("ready ").unwrap().parse().unwrap())
    }

    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill(process_id(&self.child), signal).unwrap();
    }

    /// The lines that are left, and how it ended.
    pub fn end(mut self) -> (Vec<String>, ExitStatus) {
        (self.lines.iter().collect(), self.child.wait().unwrap())
    }
}

/// A command that makes a program PID 1; none where that is not permitted.
pub fn pid_namespace() -> Option<Command> {
    for options in [
        &["--pid", "--fork", "--mount-proc"][..],
        &["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"],
    ] {
        let mut attempt = Command::new("unshare");
        attempt.args(options).arg("true").stderr(Stdio::null());
        if attempt.status().is_ok_and(|status| status.success()) {
            let mut command = program("unshare");
            command.args(options).arg(env!("CARGO_BIN_EXE_sts3"));
            return Some(command);
        }
    }
    println!("skipped: `unshare --pid` is not permitted here");
    None
}

/// `unshare` waits for the process that is PID 1: its child.
pub fn first_process(running: &Running) -> Pid {
    let id = running.child.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    Pid::from_raw(children.trim().parse().unwrap())
}
