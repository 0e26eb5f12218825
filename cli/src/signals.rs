//! Being asked to stop: by Ctrl-C, or by whoever started us.

/// Ctrl-C (SIGINT).
pub(crate) const INTERRUPTED: u8 = 130;
/// SIGTERM, as service managers and job engines send it.
pub(crate) const TERMINATED: u8 = 143;

/// Wait until somebody asks us to stop: the exit code that says who.
pub(crate) async fn asked_to_stop() -> u8 {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        return tokio::select! {
            _ = terminate.recv() => TERMINATED,
            _ = tokio::signal::ctrl_c() => INTERRUPTED,
        };
    }
    // Without a handler there is no Ctrl-C to wait for, and the system ends us as it does others.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    INTERRUPTED
}
