//! Programs that `exec` and `sandbox` start.

use std::process::ExitCode;

use tokio::process::Command;

use crate::failure::Failure;

/// A program with its arguments; `sts3` means this one.
pub(crate) fn command(program: &str, arguments: &[String]) -> Result<Command, Failure> {
    let mut command = match program {
        "sts3" => Command::new(
            std::env::current_exe()
                .map_err(|error| Failure::System(format!("cannot find myself: {error}")))?,
        ),
        other => Command::new(other),
    };
    command.args(arguments).kill_on_drop(true);
    Ok(command)
}

/// Run it to its end; its exit code is ours.
pub(crate) async fn run(mut command: Command, program: &str) -> Result<ExitCode, Failure> {
    let mut child =
        command.spawn().map_err(|error| Failure::Usage(format!("cannot run `{program}`: {error}")))?;
    loop {
        tokio::select! {
            status = child.wait() => {
                let status = status.map_err(|error| Failure::System(format!("lost `{program}`: {error}")))?;
                return Ok(exit_code(status));
            }
            // The terminal sends Ctrl-C to the child as well: its exit is waited for.
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

/// The child's own code; of one that a signal ended, 128 and the signal's number, as shells have it.
fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(255));
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(255))
}
