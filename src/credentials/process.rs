use std::{
    io::Read,
    process::{Command, Stdio},
};

use super::{BoxFuture, Credentials, Provider, document};
use crate::{CredentialsError, Error, transport::Caller};

/// The most that is read of a command's output.
const MAX_OUTPUT: u64 = 1024 * 1024;

/// Credentials that another program prints: `credential_process` of a profile.
///
/// The command line is split into words as a shell would, and run without one: no variables, pipes or `~`.
/// What the program writes to standard error is the user's to see.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
///
/// ```
/// use sts3::credentials::Process;
///
/// let helper = Process::new("/opt/bin/key-helper --account 'my team'");
/// ```
#[derive(Clone, Debug)]
pub struct Process {
    command: String,
}

impl Process {
    /// The command with its arguments.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into() }
    }

    async fn get(&self) -> Result<Credentials, Error> {
        let words = shlex::split(&self.command)
            .ok_or_else(|| unusable("the command has an open quote or ends in a backslash".into()))?;
        let output = tokio::task::spawn_blocking(move || run(&words)).await;
        parse(&output.map_err(|error| unusable(format!("the command could not be run: {error}")))??)
    }
}

impl Provider for Process {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get())
    }
}

/// Run the program to its end; its arguments may be secrets, so errors name the program only.
fn run(words: &[String]) -> Result<Vec<u8>, Error> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(unusable("the command is empty".into()));
    };
    let shown = program.escape_debug().to_string();
    let failed = |error: std::io::Error| unusable(format!("`{shown}` could not be run: {error}"));
    let mut child = Command::new(program).args(arguments).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let mut output = Vec::new();
    let read = match child.stdout.take() {
        Some(pipe) => pipe.take(MAX_OUTPUT + 1).read_to_end(&mut output),
        None => Ok(0),
    };
    if output.len() as u64 > MAX_OUTPUT {
        // It would wait for a reader for ever. If it cannot be killed, it has ended.
        let _ = child.kill();
    }
    let status = child.wait().map_err(failed)?;
    read.map_err(failed)?;
    if output.len() as u64 > MAX_OUTPUT {
        return Err(unusable(format!("`{shown}` printed more than {MAX_OUTPUT} bytes")));
    }
    if !status.success() {
        return Err(unusable(format!("`{shown}` failed ({status}); its own message says why")));
    }
    Ok(output)
}

pub(super) fn parse(output: &[u8]) -> Result<Credentials, Error> {
    let broken = |problem: String| unusable(format!("the command's output {problem}"));
    let printed = document::parse(output).map_err(broken)?;
    match printed.get("Version") {
        Some(version) if version.as_u64() == Some(1) => {}
        Some(version) => return Err(broken(format!("has `Version` {version}, not 1"))),
        None => return Err(broken("has no `Version`".into())),
    }
    document::credentials(&printed, "SessionToken").map_err(broken)
}

fn unusable(problem: String) -> Error {
    CredentialsError::Unusable { provider: "credential_process", problem }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(command: &str) -> Result<Credentials, String> {
        Process::new(command).get().await.map_err(|error| error.to_string())
    }

    // The rules are those of the page above.
    #[cfg(unix)]
    #[tokio::test]
    async fn what_the_program_prints_is_read_and_its_words_are_not_a_shell_s() {
        let command = r#"printf '%s' '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s $HOME", "SessionToken": "t|t",
            "Expiration": "2026-11-24T00:10:57Z"}'"#;
        let credentials = outcome(command).await.unwrap();
        assert_eq!(credentials.access_key_id(), "AKID");
        assert_eq!(credentials.secret_access_key().expose(), "s $HOME");
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
