//! Driving a [`Call`](crate::Call) over a connection: the only place where the library waits.
//!
//! [`Transport`] sends one request, [`Clock`] tells the time and sleeps, [`Caller`] makes whole calls with
//! both. `http_client` is the transport over reqwest, `tls` what of it depends on the TLS library.

mod caller;
mod clock;
mod http_client;
#[cfg(test)]
pub(crate) mod testing;
mod tls;
mod trace;

use std::{future::Future, pin::Pin};

pub use caller::Caller;
pub use clock::{Clock, SystemClock};
pub use http_client::{HttpClient, HttpClientBuilder, MAX_BODY};

use crate::TransportError;

/// A future that can be stored and sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends one request and receives its whole answer.
///
/// An implementation must send the request as it is (path and query are signed byte for byte), follow no
/// redirect, and report a body that is shorter than announced as an error.
pub trait Transport: Send + Sync {
    /// Send, and wait for the whole answer.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>>;

    /// Send to this machine's metadata service, which is asked before anything else works: past any proxy,
    /// and giving up within seconds. Unless implemented it is [`send`](Self::send).
    fn send_directly(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        self.send(request)
    }
}
