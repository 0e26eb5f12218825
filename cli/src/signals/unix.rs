//! Signals of Unix: who sent them, and whom they reach.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, getpgid, getpgrp, getpid, getsid},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2},
    flag,
    iterator::{
        SignalsInfo,
        backend::Pending,
        exfiltrator::{SignalOnly, WithOrigin},
    },
    low_level::{
        emulate_default_handler,
        siginfo::{Cause, Origin},
    },
};
use tokio::signal::unix::{SignalKind, signal};

/// What is handed on to a child.
const HANDED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// What a shell reports of a program that a signal ended: 128 and its number.
pub(crate) fn exit_code(signal: i32) -> u8 {
    u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX)
}

/// Wait until SIGINT (Ctrl-C) or SIGTERM (service managers, job engines) asks us to stop: the exit code that says
/// who. The next one ends the program at once, whatever it is doing. One that was ignored from the start (SIGINT, in
/// what a script runs in the background) asks for nothing.
pub(crate) async fn asked_to_stop() -> u8 {
    let is_ignored = ignored();
    let heard: Vec<i32> = [SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)).collect();
    hear();
    // Without handlers there is nothing to wait for, and the system ends us as it does others.
    if end_by_the_second(&heard).is_err() {
        return std::future::pending().await;
    }
    tokio::select! {
        () = arrival_of(SIGINT, &heard) => exit_code(SIGINT),
        () = arrival_of(SIGTERM, &heard) => exit_code(SIGTERM),
    }
}

/// Wait for a signal, if it is one of those that are `heard`: otherwise for ever.
async fn arrival_of(number: i32, heard: &[i32]) {
    if heard.contains(&number)
        && let Ok(mut arrivals) = signal(SignalKind::from_raw(number))
        && arrivals.recv().await.is_some()
    {
        return;
    }
    std::future::pending().await
}

/// Let the second of these signals end the program in the signal handler: threads that are busy do not delay it.
fn end_by_the_second(signals: &[i32]) -> io::Result<()> {
    let was_asked = Arc::new(AtomicBool::new(false));
    for &signal in signals {
        // In this order: the first one passes the check and sets the flag.
        flag::register_conditional_shutdown(signal, exit_code(signal).into(), was_asked.clone())?;
        flag::register(signal, was_asked.clone())?;
    }
    Ok(())
}

/// Whether somebody waits for SIGINT and SIGTERM, and decides what they do.
static IS_HEARD: AtomicBool = AtomicBool::new(false);
/// Whether they end the program although they have a handler, which a question has installed for good.
static END_BY_DEFAULT: OnceLock<Arc<AtomicBool>> = OnceLock::new();

fn hear() {
    IS_HEARD.store(true, Ordering::SeqCst);
    if let Some(end) = END_BY_DEFAULT.get() {
        end.store(false, Ordering::SeqCst);
    }
}

/// Ask a question for which the terminal's settings are changed. A SIGINT or SIGTERM that would end the program
/// does so after they have been restored: the shell behind it would not show what is typed. (Ctrl-C is one too:
/// whoever asks reads it, and raises SIGINT.)
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> io::Result<T>, restore: fn()) -> io::Result<T> {
    /// Whoever hears SIGINT does so before the question has failed.
    const HEARING: Duration = Duration::from_secs(1);
    let is_ignored = ignored();
    let ending: Vec<i32> = [SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)).collect();
    // Without a listener they end the program at once, as they do others.
    let Ok(mut signals) = SignalsInfo::<SignalOnly>::new(&ending) else { return ask() };
    let handle = signals.handle();
    let listener = std::thread::spawn(move || {
        for signal in signals.forever() {
            if !IS_HEARD.load(Ordering::SeqCst) {
                restore();
                let _ = emulate_default_handler(signal);
            }
        }
    });
    let end = END_BY_DEFAULT.get_or_init(|| {
        let end = Arc::default();
        for signal in ending {
            let _ = flag::register_conditional_default(signal, Arc::clone(&end));
        }
        end
    });
    end.store(false, Ordering::SeqCst);
    let answer = ask();
    if answer.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {
        if IS_HEARD.load(Ordering::SeqCst) {
            std::thread::sleep(HEARING);
        } else {
            restore();
            end_by_interrupt();
        }
    }
    end.store(!IS_HEARD.load(Ordering::SeqCst), Ordering::SeqCst);
    handle.close();
    // It has nothing left to do; if it panicked, there is nothing to do about it.
    let _ = listener.join();
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
    hear();
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
fn ignored() -> impl Fn(i32) -> bool {
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

/// End as by Ctrl-C. A shell goes on with its script after an exit code, and stops it after this.
pub(crate) fn end_by_interrupt() {
    // If it fails, the exit code says the same.
    let _ = emulate_default_handler(SIGINT);
}
