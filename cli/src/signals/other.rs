//! Systems without signals: there is Ctrl-C, which reaches all programs of a console.

use std::io;

use crate::failure::Failure;

/// Run a command. Ctrl-C ends it and its children.
pub(crate) async fn until_stopped<T>(
    command: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    command.await
}

/// Wait until Ctrl-C asks us to stop: the exit code that says so. The next one ends the program.
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

/// Ask a question for which the terminal's settings are changed.
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    ask()
}

/// Read a file or standard input, which may take for ever.
pub(crate) fn while_reading<T>(read: impl FnOnce() -> T) -> T {
    read()
}
