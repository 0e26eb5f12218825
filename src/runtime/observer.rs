use std::{fmt, sync::Arc, time::Duration};

use http::Method;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Error, Region, TransportError};

/// Is told what calls do while they do it: what a count of requests or a log is made of. It runs within the call and
/// must not block.
///
/// ```
/// use sts3::{Client, runtime::Event};
///
/// let builder = Client::builder().observer(|event: &Event<'_>| eprintln!("{event}"));
/// ```
pub trait Observer: Send + Sync {
    /// Something has happened.
    fn observe(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync> Observer for F {
    fn observe(&self, event: &Event<'_>) {
        self(event);
    }
}

/// One that somebody else holds too, to read what it has counted.
impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }
}

/// What has happened in a call. Nothing of it is secret: no query, header or body is shown, and no key. `Display` says
/// it in one line without control characters.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request is sent. There is one such event for each request that leaves, whatever for.
    #[non_exhaustive]
    Sent {
        /// The operation, `ListObjectsV2`.
        operation: &'a str,
        /// Its method.
        method: &'a Method,
        /// Host and port.
        host: &'a str,
        /// The path, percent-encoded.
        path: &'a str,
        /// The number of this attempt in its call, from 1 on.
        attempt: u32,
    },
    /// Its answer has come, whole.
    #[non_exhaustive]
    Answered {
        /// The operation.
        operation: &'a str,
        /// The HTTP status.
        status: u16,
        /// The body's length in bytes.
        length: usize,
        /// How long that took, from the request on.
        took: Duration,
    },
    /// No answer has come.
    #[non_exhaustive]
    Unanswered {
        /// The operation.
        operation: &'a str,
        /// What was met instead.
        error: &'a TransportError,
        /// How long that took.
        took: Duration,
    },
    /// A program is started that gives credentials.
    #[non_exhaustive]
    ProgramStarted {
        /// What for: `credential_process`.
        operation: &'a str,
        /// Its name or path: that of the shell where one runs the line.
        program: &'a str,
        /// Why a shell runs it: the first thing in the line that needs one. `None` if none does.
        shell: Option<&'a str>,
    },
    /// An attempt failed; after a pause there will be another.
    #[non_exhaustive]
    Retrying {
        /// The operation.
        operation: &'a str,
        /// Attempts so far.
        attempts: u32,
        /// The pause.
        delay: Duration,
        /// What the attempt met.
        error: &'a Error,
    },
    /// The bucket is in another region: the request is sent again there.
    #[non_exhaustive]
    Redirected {
        /// The operation.
        operation: &'a str,
        /// The bucket; empty if the operation names none.
        bucket: &'a str,
        /// Its region.
        region: &'a Region,
    },
    /// Our clock is off: the request is sent again with the service's time.
    #[non_exhaustive]
    ClockCorrected {
        /// The operation.
        operation: &'a str,
        /// The seconds that are added to our clock.
        seconds: i64,
    },
    /// A provider has given new credentials, which end some day.
    #[non_exhaustive]
    Refreshed {
        /// When they end.
        expiration: OffsetDateTime,
        /// How long that took.
        took: Duration,
    },
    /// A provider has given no new credentials.
    #[non_exhaustive]
    RefreshFailed {
        /// Why.
        error: &'a Error,
        /// The credentials of before are valid and stay in use; the next try comes after a pause.
        is_bridged: bool,
        /// How long that took.
        took: Duration,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { operation, method, host, path, attempt } => {
                write!(f, "{operation}: {method} {host}{path} (attempt {attempt})")
            }
            Self::Answered { operation, status, length, took } => {
                write!(f, "{operation}: HTTP {status}, {length} bytes in {} ms", took.as_millis())
            }
            Self::Unanswered { operation, error, took } => {
                let error = error.to_string();
                write!(f, "{operation}: no answer in {} ms: {}", took.as_millis(), error.escape_debug())
            }
            Self::ProgramStarted { operation, program, shell: None } => {
                write!(f, "{operation}: runs {} without a shell", program.escape_debug())
            }
            Self::ProgramStarted { operation, program, shell: Some(reason) } => {
                write!(f, "{operation}: {} runs the line, because of its `{reason}`", program.escape_debug())
            }
            Self::Retrying { operation, attempts, delay, error } => {
                let (error, delay) = (error.to_string(), delay.as_millis());
                let error = error.escape_debug();
                write!(f, "{operation}: attempt {attempts} failed, the next one in {delay} ms: {error}")
            }
            Self::Redirected { operation, bucket: "", region } => {
                write!(f, "{operation}: it is for {region}: once more there")
            }
            Self::Redirected { operation, bucket, region } => {
                write!(f, "{operation}: the bucket {} is in {region}: once more there", bucket.escape_debug())
            }
            Self::ClockCorrected { operation, seconds } => {
                let (seconds, direction) =
                    (seconds.unsigned_abs(), if *seconds > 0 { "slow" } else { "fast" });
                write!(
                    f,
                    "{operation}: this machine's clock is {seconds} s {direction}: once more with the service's time"
                )
            }
            Self::Refreshed { expiration, took } => {
                let end = expiration.format(&Rfc3339).unwrap_or_default();
                write!(f, "new credentials in {} ms, until {end}", took.as_millis())
            }
            Self::RefreshFailed { error, is_bridged, took } => {
                let (error, took) = (error.to_string(), took.as_millis());
                let bridge = if *is_bridged { ", the old ones are still valid" } else { "" };
                write!(f, "no new credentials in {took} ms{bridge}: {}", error.escape_debug())
            }
        }
    }
}
