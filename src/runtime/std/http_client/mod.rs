//! The transport over sockets of its own: HTTP/1.1, one thread for each exchange.
//!
//! This file has the settings and hands exchanges to the threads. `exchange` makes one, over a connection that `idle`
//! keeps or `connect` makes (past or by a proxy); `http1` writes and reads messages, `wire` is a connection's bytes with
//! their limits, `tls` what of it depends on the TLS library.
//!
//! ureq is not used because its rules are not ours: with the log level `trace` it writes down every byte that it sends
//! and receives, keys and tokens among them; it decodes what another crate's feature tells it to, asks proxies for a
//! tunnel even to plain HTTP, cannot give up a request that somebody no longer wants, and reads the system's
//! certificates once more for a connection whose limits differ.

mod connect;
mod exchange;
mod http1;
mod idle;
mod tls;
mod wire;

#[cfg(fuzzing)]
pub use self::http1::read as read_answer;
use std::{
    env, fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use self::{exchange::Exchange, idle::Idle, tls::Tls};
use crate::{
    Error, InvalidInput, TransportError, TransportErrorKind, endpoint,
    runtime::{
        BoxFuture, Limits, Transport,
        proxies::Proxies,
        transport::check_limit,
        user_agent::{app_id, user_agent},
        workers::{self, Cancel},
    },
};

/// The transport over threads: HTTP/1.1 with connection reuse, no redirects, no decompression, proxies from the
/// environment. No async runtime is needed, and any will do.
///
/// Requests to loopback addresses, to `localhost` and to names that end in `.localhost` go past any proxy, and those
/// names are not looked up: they are this machine, and long-lived keys may be used there without TLS.
///
/// TLS is 1.2 or later with settings of its own: rustls' process-wide provider is neither used nor installed.
///
/// Each exchange has a thread while it is under way; a thread that has had nothing to do for three seconds ends.
/// Connections are kept for 15 s, then one more thread closes them. The bytes of a request are wiped once they are sent.
/// An exchange whose future is dropped is given up, with its connection. While a host name is being looked up or a
/// connection is being made, that goes on in the background until its limit.
///
/// ```
/// use std::time::Duration;
/// use sts3::blocking::{Client, HttpClient};
///
/// let http = HttpClient::builder().connect_timeout(Duration::from_secs(2)).app_id("nightly").build()?;
/// let builder = Client::builder().transport(http);
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: HttpClientBuilder,
    proxies: Proxies,
    idle: Idle,
    tls: Tls,
}

/// Settings of a blocking [`HttpClient`].
#[derive(Clone)]
pub struct HttpClientBuilder {
    connect_timeout: Duration,
    read_timeout: Duration,
    ca_bundle: Option<Vec<u8>>,
    client_certificate: Option<Zeroizing<Vec<u8>>>,
    app_id: Option<String>,
    /// Instead of the environment's, or what is wrong with it.
    proxies: Option<Result<Proxies, InvalidInput>>,
}

impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            ca_bundle: None,
            client_certificate: None,
            app_id: None,
            proxies: None,
        }
    }
}

impl fmt::Debug for HttpClientBuilder {
    /// Of certificates their length: private keys are among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("ca_bundle", &self.ca_bundle.as_ref().map(Vec::len))
            .field("client_certificate", &self.client_certificate.as_ref().map(|pem| pem.len()))
            .field("app_id", &self.app_id)
            .field("proxies", &self.proxies)
            .finish()
    }
}

impl HttpClientBuilder {
    /// How long to wait for a connection: 5 s unless set.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long to wait for the next bytes of an answer: 30 s unless set.
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = limit;
        self
    }

    /// Trust these certificate authorities (PEM, one or more) instead of the system's.
    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    #[must_use]
    pub fn ca_bundle(mut self, pem: Vec<u8>) -> Self {
        self.ca_bundle = Some(pem);
        self
    }

    /// Show this certificate to servers and proxies that ask for one: the chain and its private key in PEM (for
    /// `native-tls` the key in PKCS #8).
    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    #[must_use]
    pub fn client_certificate(mut self, pem: Vec<u8>) -> Self {
        self.client_certificate = Some(pem.into());
        self
    }

    /// Name the application in the `User-Agent` of every request (`AWS_SDK_UA_APP_ID`): at most 50 letters,
    /// digits and `!#$%&'*+-.^_\`|~`; other characters become `-`.
    #[must_use]
    pub fn app_id(mut self, id: &str) -> Self {
        self.app_id = Some(app_id(id));
        self
    }

    /// Send requests by this proxy, whatever the environment says of proxies and of exceptions; requests to this machine
    /// and to metadata services go past it all the same. `http://user:password@proxy.example:3128`: what has a meaning in
    /// URLs is percent-encoded in name and password.
    #[must_use]
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxies = Some(Proxies::only(url));
        self
    }

    /// Send requests by no proxy, whatever the environment says.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.proxies = Some(Ok(Proxies::default()));
        self
    }

    /// Build the client. Nothing is connected, and the system's certificates are read when TLS is first spoken.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: the CA bundle, the client certificate or the proxy cannot be used.
    pub fn build(self) -> Result<HttpClient, Error> {
        check_limit("connect timeout", self.connect_timeout)?;
        check_limit("read timeout", self.read_timeout)?;
        let tls = Tls::new(self.ca_bundle.clone(), self.client_certificate.clone())?;
        let proxies = match &self.proxies {
            Some(proxies) => proxies.clone()?,
            None => Proxies::read(|name| env::var(name).ok()),
        };
        Ok(HttpClient { shared: Arc::new(Shared { proxies, idle: Idle::default(), tls, settings: self }) })
    }
}

impl HttpClient {
    /// Start with the defaults.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }
}

impl Shared {
    /// Make one exchange on this thread.
    fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
        began: Instant,
        cancel: &Cancel,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let own = self.settings.connect_timeout;
        let mut exchange = Exchange {
            host: host(&request),
            limits,
            connect: limits.connect.map_or(own, |limit| limit.min(own)),
            read: self.settings.read_timeout,
            began,
            proxy: None,
            user_agent: user_agent(self.settings.app_id.as_deref()),
            cancel,
            idle: &self.idle,
            tls: &self.tls,
        };
        let is_loopback = endpoint::is_loopback(request.uri().host().unwrap_or_default());
        if !is_loopback && !limits.direct {
            let proxy = self.proxies.of(request.uri());
            exchange.proxy =
                proxy.map_err(|fault| exchange.fault(TransportErrorKind::Proxy, fault.to_string()))?;
        }
        exchange.make(request)
    }
}

fn host(request: &http::Request<Vec<u8>>) -> String {
    request.uri().authority().map(|authority| authority.to_string()).unwrap_or_default()
}

impl Transport for HttpClient {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let (shared, began, host) = (self.shared.clone(), Instant::now(), host(&request));
            let job = workers::run(move |cancel| shared.exchange(request, limits, began, cancel));
            let job = job.map_err(|error| {
                let problem = format!("no thread could be started for the request: {error}");
                TransportError::new(TransportErrorKind::Connect, host, problem)
            })?;
            job.await
        })
    }
}
