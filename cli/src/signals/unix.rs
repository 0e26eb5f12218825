//! Signals of Unix: who sent them, and whom they reach.

use std::{io, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, getpgid, getpgrp, getpid, getsid},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2},
    iterator::{SignalsInfo, backend::Pending, exfiltrator::WithOrigin},
    low_level::{
        emulate_default_handler,
        siginfo::{Cause, Origin},
    },
};

/// What is handed on to a child.
const HANDED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// What a shell reports of a program that a signal ended: 128 and its number.
pub(crate) fn exit_code(signal: i32) -> u8 {
    u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX)
}

/// Ask a question, for which the terminal's settings are changed. Whoever asks reads Ctrl-C, and raises SIGINT: that ends
/// the program (`stop`), and not the question's failure.
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    /// The signal is heard before.
    const HEARING: Duration = Duration::from_secs(1);
    let answer = ask();
    if answer.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
        std::thread::sleep(HEARING);
    }
    answer
}

/// A signal that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) signal: i32,
    /// It was not a process that sent it but the terminal: by Ctrl-C, by Ctrl-\, or by its end.
    is_from_terminal: bool,
}

impl Arrival {
    fn new(origin: &Origin) -> Self {
        // macOS tells no cause, and no sender of what no process sent.
        let has_no_sender = cfg!(target_os = "macos") && origin.process.is_none();
        let is_from_terminal = origin.cause == Cause::Kernel || has_no_sender;
        Self { signal: origin.signal, is_from_terminal }
    }

    pub(crate) fn is_interrupt_by_terminal(self) -> bool {
        self.is_from_terminal && self.signal == SIGINT
    }

    /// Whether the child has it already. A terminal sends a signal to all processes of its foreground group;
    /// only its own end is told to the session's leader alone (POSIX, general terminal interface, modem
    /// disconnect).
    fn has_reached(self, child: Pid) -> bool {
        let is_for_leader = self.signal == SIGHUP && getsid(None) == Ok(getpid());
        self.is_from_terminal && !is_for_leader && getpgid(Some(child)) == Ok(getpgrp())
    }
}

/// All signals that are for a child, and `more`, from now on. The iterator waits for the next one.
pub(crate) fn arrivals(more: &[i32]) -> io::Result<impl Iterator<Item = Arrival> + Send + use<>> {
    let is_ignored = ignored();
    let all = HANDED_ON.into_iter().filter(|signal| !is_ignored(*signal)).chain(more.iter().copied());
    let mut signals = SignalsInfo::<WithOrigin>::new(all)?;
    let batch = signals.pending();
    Ok(Arrivals { signals, batch })
}

/// Signals as they come, for ever.
struct Arrivals {
    signals: SignalsInfo<WithOrigin>,
    /// Those that came together.
    batch: Pending<WithOrigin>,
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        loop {
            if let Some(origin) = self.batch.next() {
                return Some(Arrival::new(&origin));
            }
            self.batch = self.signals.wait();
        }
    }
}

/// The signals that were ignored when this program was started. A handler would undo that, for the child as
/// well. Only Linux tells without `unsafe`.
pub(super) fn ignored() -> impl Fn(i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    move |signal| mask >> (signal - 1) & 1 == 1
}

/// Send the child a signal that came, unless it has it already.
pub(crate) fn hand_on(arrival: Arrival, child: u32) {
    let Ok(child) = i32::try_from(child).map(Pid::from_raw) else { return };
    if let Ok(signal) = Signal::try_from(arrival.signal)
        && !arrival.has_reached(child)
    {
        // It fails if the child has ended in this moment, which is noticed elsewhere.
        let _ = kill(child, signal);
    }
}

/// End by a signal. A shell goes on with its script after an exit code, and stops it after Ctrl-C. If it fails: the exit
/// code that says the same.
pub(crate) fn end_by(signal: i32) -> u8 {
    let _ = emulate_default_handler(signal);
    exit_code(signal)
}
