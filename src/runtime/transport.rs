use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use crate::TransportError;

/// A future that can be stored and sent to another thread; on `wasm32-unknown-unknown`, where those of the browser can not,
/// one that can be stored.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A future that can be stored. (On other targets it can be sent to another thread as well.)
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// `Send`, where futures are.
#[cfg_attr(not(feature = "client"), allow(dead_code, reason = "for the client"))]
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) trait MaybeSend: Send {}
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
impl<T: Send> MaybeSend for T {}

/// Nothing: futures of the browser stay in their thread.
#[cfg_attr(not(feature = "client"), allow(dead_code, reason = "for the client"))]
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) trait MaybeSend {}
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
impl<T> MaybeSend for T {}

/// The largest answer that the transports which ship read: a page of 1,000 keys of 1,024 bytes stays far below.
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// Bounds of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long to wait for a connection (with TLS); the transport's own limit if there is none here, or if that is
    /// shorter.
    pub connect: Option<Duration>,
    /// How long the whole exchange may take, from the connection to the last byte of the answer.
    pub total: Duration,
    /// Past any proxy: this machine's own services (instance metadata, container credentials) are meant.
    pub direct: bool,
}

impl Limits {
    /// An exchange by the usual way, with a limit in all.
    pub const fn new(total: Duration) -> Self {
        Self { connect: None, total, direct: false }
    }

    /// An exchange with a service of this machine, with a limit for the connection and one in all.
    pub const fn direct(connect: Duration, total: Duration) -> Self {
        Self { connect: Some(connect), total, direct: true }
    }

    /// What an error says when the whole exchange has taken too long.
    pub(crate) fn total_exceeded(&self) -> String {
        if self.total.is_zero() {
            return "the time for the whole call was over when it was to be sent".to_owned();
        }
        // What is left of the time for the whole call has nanoseconds, which nobody has asked for.
        let milliseconds = Duration::from_millis(u64::try_from(self.total.as_millis()).unwrap_or(u64::MAX));
        let shown = if milliseconds.is_zero() { self.total } else { milliseconds };
        format!("no whole answer within {shown:?}")
    }
}

/// A time limit of zero is refused: no answer could arrive within it.
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub(super) fn check_limit(setting: &'static str, limit: Duration) -> Result<(), crate::InvalidInput> {
    if limit.is_zero() {
        return Err(crate::InvalidInput::new(setting, "is zero: a time is needed, such as 5 seconds"));
    }
    Ok(())
}

/// Sends one request and receives its whole answer.
///
/// An implementation must send the request as it is (path and query are signed byte for byte), follow no
/// redirect, report a body that is shorter than announced as an error, and hold the [`Limits`] itself: a
/// caller that races it against a timer cannot interrupt a transport that blocks its thread. A future that is dropped
/// gives its exchange up.
///
/// One of your own, over a client of an embedded system:
///
/// ```
/// use sts3::{
///     Client, TransportError, TransportErrorKind, http,
///     runtime::{BoxFuture, Limits, Transport},
/// };
/// # #[derive(Debug)]
/// # struct Refused;
/// # impl std::fmt::Display for Refused {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("refused") }
/// # }
/// # impl std::error::Error for Refused {}
/// # struct Stack;
/// # impl Stack {
/// #     async fn exchange(&self, _: &str, _: &[u8], _: std::time::Duration) -> Result<(u16, Vec<u8>), Refused> { Err(Refused) }
/// # }
///
/// struct Embedded(Stack);
///
/// impl Transport for Embedded {
///     fn send(
///         &self,
///         request: http::Request<Vec<u8>>,
///         limits: Limits,
///     ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
///         Box::pin(async move {
///             let host = request.uri().host().unwrap_or_default().to_owned();
///             let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri());
///             for (name, value) in request.headers() {
///                 head += &format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()));
///             }
///             let (status, body) = self.0.exchange(&head, request.body(), limits.total).await.map_err(|error| {
///                 // `Connect` promises that nothing has been sent; `Interrupted` does not.
///                 TransportError::new(TransportErrorKind::Interrupted, host, error.to_string()).caused_by(error)
///             })?;
///             let mut response = http::Response::new(body);
///             *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
///             Ok(response)
///         })
///     }
/// }
///
/// let builder = Client::builder().transport(Embedded(Stack));
/// ```
pub trait Transport: Send + Sync {
    /// Send, and wait for the whole answer, within the limits.
    ///
    /// # Errors
    /// No whole answer came; past the limit in all with the kind [`Timeout`](crate::TransportErrorKind::Timeout), past
    /// that for a connection with the kind [`Connect`](crate::TransportErrorKind::Connect). That kind,
    /// [`Tls`](crate::TransportErrorKind::Tls) and [`Proxy`](crate::TransportErrorKind::Proxy) promise that nothing of the
    /// request was sent: such calls are repeated
    /// even where that could do harm twice.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>>;
}

/// What points to a transport is one.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: Transport + ?Sized> Transport for $pointer {
            fn send(
                &self,
                request: http::Request<Vec<u8>>,
                limits: Limits,
            ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
                (**self).send(request, limits)
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_past_its_limit_names_the_limit_as_somebody_may_have_set_it() {
        let exceeded = |nanoseconds| Limits::new(Duration::from_nanos(nanoseconds)).total_exceeded();
        assert_eq!(exceeded(1_254_980_121), "no whole answer within 1.254s");
        assert_eq!(exceeded(30_000_000_000), "no whole answer within 30s");
        assert_eq!(exceeded(1), "no whole answer within 1ns");
        let problem = exceeded(0);
        assert!(problem.contains("the whole call was over") && !problem.contains("0ns"), "{problem}");
    }
}
