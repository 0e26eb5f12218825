//! Credentials that another program prints. `command_line` has the rule by which a shell runs it or none does, `posix` and
//! `windows` apply it.

mod command_line;
mod posix;
mod windows;

use std::{fmt, time::Duration};

use sigv4::Secret;
use zeroize::Zeroizing;

use self::command_line::CommandLine;
use super::{
    Environment, Provider,
    cache_key::CacheKey,
    document::{self, TokenName},
};
use crate::{
    Credentials, CredentialsError, Error,
    runtime::{BoxFuture, Caller, Event, Program, ProgramError},
};

/// Whose errors these are.
const NAME: &str = "credential_process";
/// How long a command may take, unless another limit is set: as in the SDK for Go.
const LIMIT: Duration = Duration::from_secs(60);

/// In the environment of a command: which ones are running, by a hash of their lines.
const RUNNING: &str = "STS3_CREDENTIAL_PROCESS";

/// The most that is read of a command's output.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Credentials that another program prints: `credential_process` of a profile.
///
/// A plain command line is split into words as a shell would, and run without one. One that uses what only a shell has (pipes,
/// variables, `~`, patterns, `NAME=value` before the command) is run by `sh -c`, on Windows by `cmd /c`; an
/// [`Observer`](crate::runtime::Observer) is told which. What the program writes to standard error is the user's to see, and it may ask on the terminal. Its answer is taken
/// when it has ended, even if it leaves something running.
///
/// It has a minute, and at most 1 MiB to print. When time is over, or the future is dropped, it is killed; where there
/// is no terminal from which a person could stop it (services, scheduled jobs), it runs in a process group of its own,
/// and all of that is killed. It never keeps the runtime from ending.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
///
/// ```
/// use std::time::Duration;
/// use sts3::providers::ProcessProvider;
///
/// let helper = ProcessProvider::new("/opt/bin/key-helper --account 'my team'").timeout(Duration::from_secs(10));
/// ```
///
/// `Debug` leaves the command out: its arguments may be secrets.
#[derive(Clone)]
pub struct ProcessProvider {
    command: Secret,
    timeout: Duration,
    account_id: Option<String>,
    /// The hashes of the commands that wait for this program.
    running: String,
}

impl fmt::Debug for ProcessProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessProvider").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl ProcessProvider {
    /// The command with its arguments.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: Secret::new(command), timeout: LIMIT, account_id: None, running: String::new() }
    }

    /// How long it may take: a minute unless set.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The account of the credentials, if the command does not say it.
    #[must_use]
    pub fn account_id(mut self, id: impl Into<String>) -> Self {
        self.account_id = Some(id.into());
        self
    }

    /// Do not run the command if it is running already and waits for whoever has this environment: a helper that asks for the
    /// credentials of the very profile which it serves would start itself for ever. The environment of each command says so,
    /// in `STS3_CREDENTIAL_PROCESS`.
    #[must_use]
    pub fn environment(mut self, environment: &Environment) -> Self {
        self.running = environment.get(RUNNING).unwrap_or_default().to_owned();
        self
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let line = self.command.expose();
        let line = if cfg!(windows) { windows::read(line) } else { posix::read(line) };
        let line = line.map_err(|problem| unusable(format!("the command {problem}")))?;
        let credentials = parse(&self.run(&line, caller).await?)?;
        Ok(match &self.account_id {
            Some(id) if credentials.account_id().is_none() => credentials.with_account_id(id),
            _ => credentials,
        })
    }

    /// What the command's environment says of those that are running: this one, too.
    fn marker(&self) -> Result<String, Error> {
        let own = CacheKey::of_token(&self.command, "credential_process").file_name("");
        let own = own.get(..16).unwrap_or(&own);
        if self.running.split(',').any(|other| other == own) {
            let problem = format!(
                "the command is running already, and has started this program to get what it should print itself: let it \
                 use other credentials than those of its own profile ({RUNNING} tells what is running)"
            );
            return Err(unusable(problem));
        }
        let before = self.running.split(',').filter(|other| !other.is_empty());
        Ok(before.chain([own]).collect::<Vec<_>>().join(","))
    }

    /// Run the program to its end; its arguments may be secrets, so errors name the program only.
    async fn run(&self, line: &CommandLine, caller: &Caller) -> Result<Zeroizing<Vec<u8>>, Error> {
        let in_shell;
        let (words, shell) = match line {
            CommandLine::Words(words) => (words, None),
            CommandLine::Shell(reason) => {
                in_shell = shell(self.command.expose());
                (&in_shell, Some(*reason))
            }
        };
        let Some((program, arguments)) = words.split_first() else {
            return Err(unusable("the command is empty".into()));
        };
        let (shown, limit) = (program.escape_debug(), self.timeout);
        let marker = self.marker()?;
        let environment = [(RUNNING, marker.as_str())];
        let mut runs = Program::new(program, arguments, limit, MAX_OUTPUT).environment(&environment);
        if shell.is_some() {
            runs = runs.raw_arguments();
        }
        caller.tell(&Event::ProgramStarted { operation: NAME, program, shell });
        match caller.processes().run(runs).await {
            Ok(ended) if ended.status.success() => Ok(ended.output),
            Ok(ended) => {
                let status = ended.status;
                Err(unusable(format!("`{shown}` failed ({status}); its own message says why")))
            }
            Err(ProgramError::Io(error)) => {
                let problem = format!("`{shown}` could not be run: {error}");
                Err(CredentialsError::unusable(NAME, problem).caused_by(error).into())
            }
            Err(ProgramError::TimedOut) => {
                Err(unusable(format!("`{shown}` did not end within {limit:?} and was killed")))
            }
            Err(ProgramError::TooMuchOutput) => {
                Err(unusable(format!("`{shown}` printed more than {MAX_OUTPUT} bytes")))
            }
        }
    }
}

/// The system's shell with a line. cmd takes what is between the first and the last quote as it stands.
fn shell(line: &str) -> Vec<String> {
    if cfg!(windows) {
        ["cmd.exe", "/d /s /c", &format!("\"{line}\"")].map(str::to_owned).into()
    } else {
        ["sh", "-c", line].map(str::to_owned).into()
    }
}

impl Provider for ProcessProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}

pub(super) fn parse(output: &[u8]) -> Result<Credentials, Error> {
    let broken = |problem: String| unusable(format!("the command's output {problem}"));
    let printed = document::parse(output).map_err(broken)?;
    match printed.version.clone().required("Version").map_err(broken)? {
        1 => printed.credentials(TokenName::SessionToken).map_err(broken),
        version => Err(broken(format!("has `Version` {version}, not 1"))),
    }
}

/// For `fuzz/`: how a line would be run on either system. One that is no blank has a program.
#[cfg(fuzzing)]
pub(super) fn read_line(line: &str) {
    for read in [posix::read(line), windows::read(line)] {
        if let Ok(CommandLine::Words(words)) = read {
            assert!(!words.is_empty() || line.trim().is_empty(), "{line:?}");
        }
    }
}

fn unusable(problem: String) -> Error {
    CredentialsError::unusable(NAME, problem).into()
}

#[cfg(all(test, feature = "tokio"))]
mod tests;
