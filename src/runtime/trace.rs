//! What a call tells `tracing`, if the build has it: a span for each call, and an event for each attempt that
//! was not the last. Never a header, a body or a key.

use std::{future::Future, time::Duration};

use crate::{Error, Operation, Region, call::Correction};

#[cfg(feature = "tracing")]
pub(super) async fn in_span<O: Operation, T>(
    operation: &O,
    region: &Region,
    call: impl Future<Output = T>,
) -> T {
    use tracing::Instrument;
    let bucket = operation.bucket().unwrap_or_default();
    let attempts = tracing::field::Empty;
    let span = tracing::debug_span!(target: "sts3", "aws_call", operation = operation.name(), %region, bucket, attempts);
    call.instrument(span).await
}

#[cfg(not(feature = "tracing"))]
pub(super) async fn in_span<O: Operation, T>(_: &O, _: &Region, call: impl Future<Output = T>) -> T {
    call.await
}

/// An attempt failed, and another one will follow.
pub(super) fn waits(_attempts: u32, _delay: Duration) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "sts3", attempts = _attempts, delay = ?_delay, "retrying");
}

/// An attempt was refused, and another one follows at once with something corrected.
pub(super) fn corrected(_correction: &Correction) {
    #[cfg(feature = "tracing")]
    match _correction {
        Correction::Region(region) => tracing::debug!(target: "sts3", %region, "redirected"),
        Correction::ClockOffset(seconds) => tracing::debug!(target: "sts3", seconds, "clock corrected"),
    }
}

/// Credentials were to be renewed, and were not; those that are still valid stay in use.
pub(crate) fn refresh_failed(_error: &Error) {
    #[cfg(feature = "tracing")]
    {
        let code = _error.as_service_error().map(|error| error.code.as_str());
        // What comes from a service may hold control characters.
        let error = _error.to_string();
        tracing::warn!(target: "sts3", code, ?error, "credentials were not renewed");
    }
}

/// The call has ended.
pub(super) fn done<T>(_attempts: u32, _result: &Result<T, Error>) {
    #[cfg(feature = "tracing")]
    {
        tracing::Span::current().record("attempts", _attempts);
        match _result {
            Ok(_) => tracing::debug!(target: "sts3", "done"),
            Err(error) => {
                let code = error.as_service_error().map(|error| error.code.as_str());
                tracing::debug!(target: "sts3", code, retryable = error.is_retryable(), "failed");
            }
        }
    }
}
