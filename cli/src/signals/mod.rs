//! Signals: being asked to stop, and what is handed on to a child.
//!
//! Handlers are installed only while somebody listens: until then a signal has its default action. Signals that
//! were ignored when this program was started (`nohup`) stay ignored, for a child too.
//!
//! What a terminal sends reaches its whole foreground group, and is not handed on. A process that signals a whole
//! group looks like one that signals us alone: the child gets it twice then, as from sudo.
//!
//! SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD and SIGWINCH are left alone: the kernel stops, continues and
//! resizes parent and child alike, and a shell's job control sees both as one job.

#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub(crate) use unix::{Arrival, arrivals, asked_to_stop, end_by_interrupt, exit_code, hand_on, while_asking};

/// Ask a question for which the terminal's settings are changed.
#[cfg(not(unix))]
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> std::io::Result<T>, _: fn()) -> std::io::Result<T> {
    ask()
}

/// Wait until Ctrl-C asks us to stop: the exit code that says so. The next one ends the program.
#[cfg(not(unix))]
pub(crate) async fn asked_to_stop() -> u8 {
    const INTERRUPTED: u8 = 130;
    // Without a handler there is no Ctrl-C to wait for, and the system ends us as it does others.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(INTERRUPTED.into());
        }
    });
    INTERRUPTED
}
