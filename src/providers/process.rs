use std::{fmt, time::Duration};

use sigv4::Secret;
use zeroize::Zeroizing;

use super::{
    Provider,
    document::{self, TokenName},
};
use crate::{
    Credentials, CredentialsError, Error,
    runtime::{BoxFuture, Caller, Program, ProgramError},
};

/// Whose errors these are.
const NAME: &str = "credential_process";
/// How long a command may take, unless another limit is set: as in the SDK for Go.
const LIMIT: Duration = Duration::from_secs(60);

/// The most that is read of a command's output.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Credentials that another program prints: `credential_process` of a profile.
///
/// The command line is split into words as a shell would, and run without one: no variables, pipes or `~`.
/// What the program writes to standard error is the user's to see, and it may ask on the terminal. Its answer is taken
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
}

impl fmt::Debug for ProcessProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessProvider").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl ProcessProvider {
    /// The command with its arguments.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: Secret::new(command), timeout: LIMIT }
    }

    /// How long it may take: a minute unless set.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let words = shlex::split(self.command.expose())
            .ok_or_else(|| unusable("the command has an open quote or ends in a backslash".into()))?;
        parse(&self.run(&words, caller).await?)
    }

    /// Run the program to its end; its arguments may be secrets, so errors name the program only.
    async fn run(&self, words: &[String], caller: &Caller) -> Result<Zeroizing<Vec<u8>>, Error> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(unusable("the command is empty".into()));
        };
        let (shown, limit) = (program.escape_debug(), self.timeout);
        let program = Program::new(program, arguments, limit, MAX_OUTPUT);
        match caller.processes().run(program).await {
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

fn unusable(problem: String) -> Error {
    CredentialsError::unusable(NAME, problem).into()
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use super::*;
    use crate::runtime::testing;

    async fn get(process: &ProcessProvider) -> Result<Credentials, Error> {
        let (caller, _) = testing::offline_caller();
        process.get(&caller).await
    }

    async fn outcome(command: &str) -> Result<Credentials, String> {
        get(&ProcessProvider::new(command)).await.map_err(|error| error.to_string())
    }

    // The rules are those of the page above.
    #[cfg(unix)]
    #[tokio::test]
    async fn what_the_program_prints_is_read_and_its_words_are_not_a_shell_s() {
        let command = r#"printf '%s' '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s$HOME", "SessionToken": "t|t",
            "Expiration": "2026-11-24T00:10:57Z"}'"#;
        let credentials = outcome(command).await.unwrap();
        assert_eq!(credentials.access_key_id(), "AKID");
        assert_eq!(credentials.secret_access_key().expose(), "s$HOME");
        assert_eq!(credentials.session_token().unwrap().expose(), "t|t");
        assert_eq!(credentials.expiration().unwrap().unix_timestamp(), 1_795_479_057);
        // Without a shell this is one program with three arguments, not two programs.
        assert!(outcome("echo {} ; true").await.unwrap_err().contains("not JSON"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_fails_floods_or_does_not_exist_is_named() {
        for (command, expected) in [
            ("false --token hush", "`false` failed"),
            ("/nowhere/at-all hush", "`/nowhere/at-all` could not be run"),
            ("yes hush", "more than"),
            ("'open", "open quote"),
            (" ", "empty"),
        ] {
            let problem = outcome(command).await.unwrap_err();
            assert!(problem.contains(expected), "{command}: {problem}");
            assert!(!problem.contains("hush"), "{problem}");
        }
    }

    #[cfg(unix)]
    const GOOD: &str = r#"{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s"}"#;

    /// Whether a process runs (and is no zombie that waits for its parent).
    #[cfg(unix)]
    fn is_running(pid: &str) -> bool {
        if let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            // The state stands behind the name in parentheses (proc_pid_stat(5)).
            return !stat.rsplit(") ").next().unwrap().starts_with('Z');
        }
        if std::path::Path::new("/proc/self/stat").exists() {
            return false;
        }
        let shown = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
        let state = String::from_utf8(shown.stdout).unwrap();
        !state.trim().is_empty() && !state.trim().starts_with('Z')
    }

    #[cfg(unix)]
    async fn ends(pid: &str) -> bool {
        for _ in 0..200 {
            if !is_running(pid) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    }

    /// A file for a process's number, and a command line that writes it there.
    #[cfg(unix)]
    struct PidFile(std::path::PathBuf);

    #[cfg(unix)]
    impl PidFile {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("sts3-pid-{name}-{}", std::process::id())))
        }

        async fn read(&self) -> String {
            loop {
                match std::fs::read_to_string(&self.0) {
                    Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
                    _ => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        }
    }

    #[cfg(unix)]
    impl Drop for PidFile {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_does_not_end_is_killed_when_its_time_is_over() {
        let file = PidFile::new("time");
        let command = format!("sh -c 'echo $$ > {}; exec sleep 1000'", file.0.display());
        let limited = ProcessProvider::new(command).timeout(Duration::from_millis(300));
        let problem = get(&limited).await.unwrap_err().to_string();
        assert!(problem.contains("`sh` did not end within 300ms"), "{problem}");
        assert!(ends(&file.read().await).await);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_future_that_is_dropped_takes_its_program_along() {
        let file = PidFile::new("drop");
        let process =
            ProcessProvider::new(format!("sh -c 'echo $$ > {}; exec sleep 1000'", file.0.display()));
        let pid = {
            let mut running = Box::pin(get(&process));
            let started = async { file.read().await };
            tokio::select! {
                ended = &mut running => panic!("{ended:?}"),
                pid = started => pid,
            }
        };
        assert!(ends(&pid).await);
    }

    /// Tests may run with a terminal or without: the group is that of a service either way.
    #[cfg(unix)]
    #[tokio::test]
    async fn what_a_program_has_started_is_killed_with_it_where_nobody_sits_at_a_terminal() {
        if crate::runtime::has_terminal() {
            return;
        }
        let file = PidFile::new("group");
        let command = format!("sh -c 'sleep 1000 & echo $! > {}; wait'", file.0.display());
        let limited = ProcessProvider::new(command).timeout(Duration::from_millis(300));
        assert!(get(&limited).await.is_err());
        assert!(ends(&file.read().await).await);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_answer_is_taken_at_the_program_s_end_whatever_it_leaves_running() {
        let file = PidFile::new("background");
        // The shell's child inherits standard output and keeps it open.
        let command = format!("sh -c 'sleep 1000 & echo $! > {}; echo \"$0\"' '{GOOD}'", file.0.display());
        let credentials =
            tokio::time::timeout(Duration::from_secs(30), get(&ProcessProvider::new(command))).await;
        assert_eq!(credentials.unwrap().unwrap().access_key_id(), "AKID");
        // It is not ours to end.
        let pid = file.read().await;
        assert!(is_running(&pid));
        std::process::Command::new("kill").arg(pid).status().unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_long_answer_is_read_whole() {
        let padded = r#"sh -c 'printf "%s" "{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\", \"x\": \""; head -c 500000 /dev/zero | tr "\0" x; printf "\"}"'"#;
        assert_eq!(outcome(padded).await.unwrap().access_key_id(), "A");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_runs_does_not_keep_the_runtime_from_ending() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let file = PidFile::new("runtime");
        let pid = runtime.block_on(async {
            let process =
                ProcessProvider::new(format!("sh -c 'echo $$ > {}; exec sleep 1000'", file.0.display()));
            tokio::spawn(async move { get(&process).await });
            file.read().await
        });
        // Returns only if nothing blocks.
        drop(runtime);
        for _ in 0..200 {
            if !is_running(&pid) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("the program runs on");
    }

    #[test]
    fn output_that_breaks_the_contract_is_refused_without_being_quoted() {
        for (output, expected) in [
            (r#"{"AccessKeyId": "hush"}"#, "no `Version`"),
            (r#"{"Version": 2}"#, "`Version` 2, not 1"),
            (r#"{"Version": 1, "AccessKeyId": "hush"}"#, "no `SecretAccessKey`"),
            (r#"{"Version": 1, "AccessKeyId": "", "SecretAccessKey": "hush"}"#, "no `AccessKeyId`"),
            (
                r#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "hush", "Expiration": "soon"}"#,
                "ISO 8601",
            ),
            ("hush", "not JSON (line 1"),
        ] {
            let problem = parse(output.as_bytes()).unwrap_err().to_string();
            assert!(problem.contains(expected) && !problem.contains("hush"), "{output}: {problem}");
        }
    }
}
