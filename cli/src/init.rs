//! As the first process of a container (PID 1): what an init does.
//!
//! The kernel ignores signals to PID 1 that have no handler, and leaves it the orphans of all others to reap. So
//! this process starts the program once more, as its child, hands signals on to it, reaps, and ends with its
//! exit code. The program itself then runs as anywhere else: it may wait for children of its own (a
//! `credential_process`), whose ends are not taken from it, and may be replaced by a command.

use std::{
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, ExitCode, ExitStatus},
};

use rustix::process::{WaitOptions, wait};
use signal_hook::consts::SIGCHLD;

use crate::{child, signals};

/// If this is PID 1: be an init for the program until it ends. `None` if this is another process, or if no other
/// can be started.
pub(crate) fn run() -> Option<ExitCode> {
    if std::process::id() != 1 {
        return None;
    }
    let arrivals = signals::arrivals(&[SIGCHLD]).ok()?;
    let program = start()?;
    for arrival in arrivals {
        if arrival.signal != SIGCHLD {
            signals::hand_on(arrival, program.id());
        } else if let Some(status) = reap(&program) {
            return Some(child::exit_code(status));
        }
    }
    None
}

/// This program with the same arguments.
fn start() -> Option<Child> {
    let mut arguments = std::env::args_os();
    let mut command = Command::new("/proc/self/exe");
    command.arg0(arguments.next()?).args(arguments);
    command.spawn().ok()
}

/// Reap all that have ended: the program's end, if that is among them. Several ends may be told by one signal.
fn reap(program: &Child) -> Option<ExitStatus> {
    while let Ok(Some((process, status))) = wait(WaitOptions::NOHANG) {
        if u32::try_from(process.as_raw_nonzero().get()) == Ok(program.id()) {
            return Some(ExitStatus::from_raw(status.as_raw()));
        }
    }
    None
}
