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
        format!("no whole answer within {:?}", self.total)
    }
}

/// Sends one request and receives its whole answer.
///
/// An implementation must send the request as it is (path and query are signed byte for byte), follow no
/// redirect, report a body that is shorter than announced as an error, and hold the [`Limits`] itself: a
/// caller that races it against a timer cannot interrupt a transport that blocks its thread.
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
