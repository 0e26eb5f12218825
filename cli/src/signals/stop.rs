//! Being asked to stop by SIGINT (Ctrl-C), SIGTERM (service managers, job engines) or SIGHUP (a terminal's end).
//!
//! Without a handler such a signal would end the program at once, and leave behind what has a process group of its own: a
//! `credential_process`. So the first one drops the command's future, which ends all that it has started; then the
//! program ends by that signal, as without a handler. Commands that have something to finish listen themselves
//! (`asked_to_stop`), and those that run a command of the user's hand signals on to it (`leave_to_child`).

use std::{
    future::poll_fn,
    io,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

use signal_hook::{
    SigId,
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
    low_level::{emulate_default_handler, unregister},
};
use tokio::signal::unix::{SignalKind, signal};

use super::unix::{exit_code, ignored};
use crate::failure::Failure;

/// How long a command may take to end after the first signal. `timeout` and others send a signal twice at once (to the
/// process and to its group): a second one within this time ends nothing sooner.
const GRACE: Duration = Duration::from_secs(1);

static STOP: OnceLock<Stop> = OnceLock::new();

/// What handlers have seen, and what they do.
struct Stop {
    /// The signals that ask: those that were ignored from the start (SIGINT, in what a script runs in the background)
    /// ask for nothing.
    signals: Vec<i32>,
    /// The number of one that came.
    asked: Arc<AtomicUsize>,
    /// The handler itself ends the program by the signal.
    ends_by_default: Arc<AtomicBool>,
    /// The handler itself ends the program with the signal's exit code.
    ends_at_once: Arc<AtomicBool>,
    /// The command finishes by itself.
    is_finishing: AtomicBool,
    /// Signals are the affair of a child.
    is_left_to_child: AtomicBool,
    actions: Mutex<Vec<SigId>>,
}

impl Stop {
    fn new() -> Self {
        let is_ignored = ignored();
        Self {
            signals: [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)).collect(),
            asked: Arc::default(),
            ends_by_default: Arc::default(),
            ends_at_once: Arc::default(),
            is_finishing: AtomicBool::new(false),
            is_left_to_child: AtomicBool::new(false),
            actions: Mutex::default(),
        }
    }

    fn install(&self) -> io::Result<()> {
        let mut actions = Vec::new();
        for &signal in &self.signals {
            actions.push(flag::register_conditional_default(signal, self.ends_by_default.clone())?);
            let code = exit_code(signal).into();
            actions.push(flag::register_conditional_shutdown(signal, code, self.ends_at_once.clone())?);
            let number = usize::try_from(signal).unwrap_or_default();
            actions.push(flag::register_usize(signal, self.asked.clone(), number)?);
        }
        if let Ok(mut kept) = self.actions.lock() {
            *kept = actions;
        }
        Ok(())
    }

    /// The signal that came, if one did.
    fn came(&self) -> Option<i32> {
        i32::try_from(self.asked.load(SeqCst)).ok().filter(|signal| *signal != 0)
    }

    fn check(&self) -> Result<(), Failure> {
        self.came().map_or(Ok(()), |signal| Err(Failure::EndedBy(signal)))
    }

    /// Wait for a signal, or until one has come already.
    async fn asked(&self) -> i32 {
        let of = |number: &i32| signal(SignalKind::from_raw(*number)).ok();
        let mut arrivals: Vec<_> = self.signals.iter().filter_map(of).collect();
        loop {
            // After the listeners are there: none is missed between.
            if let Some(signal) = self.came() {
                return signal;
            }
            poll_fn(|context| {
                let has_come = arrivals.iter_mut().any(|arrival| arrival.poll_recv(context).is_ready());
                if has_come { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// Wait for a signal that nobody but us acts on.
    async fn is_for_us(&self) -> i32 {
        let signal = self.asked().await;
        if self.is_finishing.load(SeqCst) || self.is_left_to_child.load(SeqCst) {
            std::future::pending::<()>().await;
        }
        signal
    }

    /// Where the command does not end in time (it writes into a pipe that nobody reads, it waits for a file): end it. One
    /// that finishes by itself is ended by the next signal, whatever it is doing.
    async fn end_in_time(&self) {
        let signal = self.asked().await;
        tokio::time::sleep(GRACE).await;
        if self.is_left_to_child.load(SeqCst) {
            return;
        }
        self.ends_at_once.store(true, SeqCst);
        if !self.is_finishing.load(SeqCst) {
            let _ = emulate_default_handler(signal);
        }
    }
}

/// Run a command until a signal asks it to stop: then it is dropped.
pub(crate) async fn until_stopped<T>(
    command: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let stop = STOP.get_or_init(Stop::new);
    // Without handlers the system ends us as it does others.
    if stop.install().is_err() {
        return command.await;
    }
    tokio::spawn(stop.end_in_time());
    tokio::select! {
        biased;
        ended = command => ended,
        signal = stop.is_for_us() => Err(Failure::EndedBy(signal)),
    }
}

/// Wait until a signal asks to stop: the exit code that says which. From the first time that this is polled, the command
/// ends by itself.
pub(crate) async fn asked_to_stop() -> u8 {
    let Some(stop) = STOP.get() else { return std::future::pending().await };
    stop.is_finishing.store(true, SeqCst);
    exit_code(stop.asked().await)
}

/// From here on, signals are handed on to a child by whoever listens already, and end nothing here.
///
/// # Errors
/// One came before: the child is not to be started.
pub(crate) fn leave_to_child() -> Result<(), Failure> {
    let Some(stop) = STOP.get() else { return Ok(()) };
    stop.is_left_to_child.store(true, SeqCst);
    if let Ok(mut actions) = stop.actions.lock() {
        for action in actions.drain(..) {
            unregister(action);
        }
    }
    stop.check()
}

/// From here on, signals end the program as if there were no handler. A command that takes its place misses none: those
/// from now on end it in their handler, and `execve` removes that.
///
/// # Errors
/// One came before: the command is not to be started.
pub(crate) fn leave_to_successor() -> Result<(), Failure> {
    let Some(stop) = STOP.get() else { return Ok(()) };
    stop.ends_by_default.store(true, SeqCst);
    stop.check()
}

/// Read a file or standard input, which may take for ever: nothing is under way that would have to be dropped, so that a
/// signal ends the program at once.
pub(crate) fn while_reading<T>(read: impl FnOnce() -> T) -> T {
    let Some(stop) = STOP.get() else { return read() };
    stop.ends_by_default.store(true, SeqCst);
    let content = read();
    stop.ends_by_default.store(false, SeqCst);
    content
}
