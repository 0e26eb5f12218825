//! Programs that `exec` and `sandbox` start: instead of this one (`replace`), or beside it (`run`).

use std::process::{Command, ExitCode, ExitStatus};
#[cfg(unix)]
use std::{
    os::unix::process::{CommandExt, ExitStatusExt},
    sync::Arc,
    time::Duration,
};

#[cfg(unix)]
use signal_hook::consts::{SIGINT, SIGPIPE};
#[cfg(unix)]
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::failure::Failure;
#[cfg(unix)]
use crate::signals::{self, Arrival};

/// A program with its arguments; `sts3` means this one.
pub(crate) fn command(program: &str, arguments: &[String]) -> Result<Command, Failure> {
    let mut command = match program {
        "sts3" => Command::new(
            std::env::current_exe()
                .map_err(|error| Failure::System(format!("cannot find myself: {error}")))?,
        ),
        other => Command::new(other),
    };
    command.args(arguments);
    Ok(command)
}

fn start(command: Command, program: &str) -> Result<tokio::process::Child, Failure> {
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    command.spawn().map_err(|error| Failure::CannotRun { program: program.to_owned(), error })
}

fn lost(program: &str, error: &std::io::Error) -> Failure {
    Failure::System(format!("lost `{program}`: {error}"))
}

/// Run it to its end, and hand signals on to it; its exit code is ours.
#[cfg(unix)]
pub(crate) async fn run(command: Command, program: &str) -> Result<ExitCode, Failure> {
    // Before it is started: what comes in between is handed on once it is there.
    let mut arrivals = signal_channel()?;
    let mut child = start(command, program)?;
    let mut was_interrupted = false;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(|error| lost(program, &error))?,
            Some(arrival) = arrivals.recv() => {
                was_interrupted |= arrival.is_interrupt_by_terminal();
                // It has no id once it has been waited for: no other process is signalled.
                if let Some(id) = child.id() {
                    signals::hand_on(arrival, id);
                }
            }
        }
    };
    if status.signal() == Some(SIGINT) && (was_interrupted || is_interrupted_by_terminal(&mut arrivals).await)
    {
        // Other signals are not repeated: some would write our memory, which holds keys, into a core file.
        signals::end_by_interrupt();
    }
    Ok(exit_code(status))
}

/// Whether Ctrl-C has come, which the terminal sends to us and to the child at once: the child's end by it may be
/// noticed first.
#[cfg(unix)]
async fn is_interrupted_by_terminal(arrivals: &mut UnboundedReceiver<Arrival>) -> bool {
    /// Longer than one thread takes to wake another.
    const PATIENCE: Duration = Duration::from_millis(200);
    let interrupt = async {
        while let Some(arrival) = arrivals.recv().await {
            if arrival.is_interrupt_by_terminal() {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(PATIENCE, interrupt).await.unwrap_or(false)
}

/// Signals as they come, from a thread that waits for them.
#[cfg(unix)]
fn signal_channel() -> Result<UnboundedReceiver<Arrival>, Failure> {
    let failed = |error| Failure::System(format!("cannot listen to signals: {error}"));
    let arrivals = signals::arrivals(&[]).map_err(failed)?;
    let (sender, receiver) = unbounded_channel();
    let thread = std::thread::Builder::new().name("signals".into());
    let hand_over = move || arrivals.map_while(|arrival| sender.send(arrival).ok()).for_each(drop);
    thread.spawn(hand_over).map_err(failed)?;
    Ok(receiver)
}

/// Run it to its end; its exit code is ours.
#[cfg(not(unix))]
pub(crate) async fn run(command: Command, program: &str) -> Result<ExitCode, Failure> {
    let mut child = start(command, program)?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_code(status.map_err(|error| lost(program, &error))?)),
            // The console sends Ctrl-C to the child as well: its exit is waited for.
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

/// Run it instead of this program: the same process, so that signals, job control and its end are the command's
/// own. It returns only if that fails.
///
/// No signal is blocked by then, `execve` resets the handlers that a question has left, and the standard library
/// inherits the rest; but SIGPIPE, which Rust's start-up code ignores, it sets to its default.
#[cfg(unix)]
pub(crate) fn replace(mut command: Command, program: &str) -> Failure {
    let error = command.exec();
    // It is at its default now: caught, it lets the message be written to a pipe that nobody reads.
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
    Failure::CannotRun { program: program.to_owned(), error }
}

/// The child's own code; of one that a signal ended, 128 and the signal's number, as shells have it.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = status.signal() {
        return ExitCode::from(signals::exit_code(signal));
    }
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}
