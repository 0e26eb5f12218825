//! As the first process of a container (PID 1): what an init does.
//!
//! The kernel ignores signals to PID 1 that have no handler, and leaves it the orphans of all others to reap. So
//! this process starts the program once more, as its child, hands signals on to it, reaps, and ends with its
//! exit code. The program itself then runs as anywhere else: it may wait for children of its own (a
//! `credential_process`), whose ends are not taken from it, and may be replaced by a command.

use std::{
    os::unix::process::CommandExt,
    process::{Child, Command, ExitCode},
};

use nix::{
    errno::Errno,
    sys::wait::{WaitPidFlag, WaitStatus, waitpid},
    unistd::Pid,
};
use signal_hook::consts::SIGCHLD;

use crate::{child, signals};

/// If this is PID 1: be an init for the program until it ends. `None` if this is another process, or if no other
/// can be started.
pub(crate) fn run() -> Option<ExitCode> {
    if std::process::id() != 1 {
        return None;
    }
    let arrivals = signals::arrivals(&[SIGCHLD]).ok()?;
    let mut program = start()?;
    for arrival in arrivals {
        if arrival.signal != SIGCHLD {
            signals::hand_on(arrival, program.id());
        } else if let Some(code) = reap(&mut program) {
            return Some(code);
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

/// Reap all that have ended: the program's exit code, if that is among them. Several ends may be told by one signal.
fn reap(program: &mut Child) -> Option<ExitCode> {
    loop {
        // First by its own number, whatever ended it. That fails if it was reaped below by a signal without a name.
        match program.try_wait() {
            Ok(Some(status)) => return Some(child::exit_code(status)),
            Ok(None) => {}
            Err(_) => return Some(ExitCode::from(u8::MAX)),
        }
        let is_program = |process: Pid| u32::try_from(process.as_raw()) == Ok(program.id());
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(process, code)) if is_program(process) => {
                return Some(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)));
            }
            Ok(WaitStatus::Signaled(process, signal, _)) if is_program(process) => {
                return Some(ExitCode::from(signals::exit_code(signal as i32)));
            }
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return None,
            // An orphan has been reaped; of one that a signal without a name ended, `nix` says EINVAL.
            Ok(_) | Err(_) => {}
        }
    }
}
