//! The transport over reqwest.
//!
//! This file has the settings and keeps the reqwest clients, `making` makes those and holds our rules, `exchange` makes one exchange, `this_machine` resolves the
//! names of loopback.

mod exchange;
mod making;
mod this_machine;

use std::{
    env, fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::uri::Scheme;

use self::{
    exchange::Exchange,
    making::{Making, Route, Way},
};
use super::clock::SystemClock;
use crate::{
    Error, InvalidInput, TransportError, TransportErrorKind, endpoint,
    runtime::{
        BoxFuture, Limits, Transport, patience::Patience, proxies::Proxies, transport::check_limit,
        user_agent::app_id,
    },
};

/// So many reqwest clients are kept. Requests with the same limits share one; few programs have three kinds.
const MAX_CLIENTS: usize = 8;

/// The transport over reqwest: HTTP/1.1 with connection reuse, no redirects, no decompression, proxies from the
/// environment.
///
/// Requests to loopback addresses, to `localhost` and to names that end in `.localhost` go past any proxy, and those
/// names are not looked up: they are this machine, and long-lived keys may be used there without TLS.
///
/// TLS is 1.2 or later with settings of its own: rustls' process-wide provider is neither used nor installed.
///
/// It works within a runtime of tokio with its timer and I/O enabled; elsewhere requests end with an error that says so.
///
/// An exchange whose future is dropped is given up, with its connection. While a host name is being looked up, that
/// goes on in the background until the operating system gives up.
///
/// ```
/// use std::time::Duration;
/// use sts3::{Client, runtime::HttpClient};
///
/// let http = HttpClient::builder().connect_timeout(Duration::from_secs(2)).app_id("nightly").build()?;
/// let builder = Client::builder().transport(http);
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient {
    shared: Arc<Shared>,
    settings: HttpClientBuilder,
}

/// Clients are built when they are first used: to read the system's certificates takes longer than a whole call to a
/// near server.
#[derive(Default)]
struct Shared {
    /// The one first that was made first.
    clients: Mutex<Vec<(Way, reqwest::Client)>>,
    proxies: Proxies,
}

impl fmt::Debug for Shared {
    /// Without reqwest's clients, which know the proxies' passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("proxies", &self.proxies).finish_non_exhaustive()
    }
}

/// Settings of an [`HttpClient`].
#[derive(Clone)]
pub struct HttpClientBuilder {
    connect_timeout: Duration,
    read_timeout: Duration,
    making: Making,
}

impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            making: Making::default(),
        }
    }
}

impl fmt::Debug for HttpClientBuilder {
    /// Of the certificates their length: private keys are kept in such files as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("ca_bundle", &self.making.ca_bundle.as_ref().map(Vec::len))
            .field("client_certificate", &self.making.client_certificate.as_ref().map(|pem| pem.len()))
            .field("app_id", &self.making.app_id)
            .field("is_configured", &self.making.configure.is_some())
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
        self.making.ca_bundle = Some(pem);
        self
    }

    /// Name the application in the `User-Agent` of every request (`AWS_SDK_UA_APP_ID`): at most 50 letters,
    /// digits and `!#$%&'*+-.^_\`|~`; other characters become `-`.
    #[must_use]
    pub fn app_id(mut self, id: &str) -> Self {
        self.making.app_id = Some(app_id(id));
        self
    }

    /// Show this certificate to servers and proxies that ask for one: the chain and its private key in PEM (for
    /// `native-tls` the key in PKCS #8).
    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    #[must_use]
    pub fn client_certificate(mut self, pem: Vec<u8>) -> Self {
        self.making.client_certificate = Some(pem.into());
        self
    }

    /// Change reqwest's own settings: a proxy, the pool of connections, DNS, addresses to send from. It is called for each
    /// client that is made (of the kinds of requests there are, each has one).
    ///
    /// Our rules are set after it and hold: HTTP/1.1, no redirects, no retries, no decoding, no log of the bytes that are
    /// sent, the time limits of this builder, TLS by the settings of this builder, no proxy for metadata services and
    /// loopback, whose names are not looked up. The proxies that the environment names come before those that are added
    /// here, unless [`no_proxy`](reqwest::ClientBuilder::no_proxy) is called first.
    ///
    /// ```
    /// use sts3::runtime::{HttpClient, reqwest::Proxy};
    ///
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let proxy = Proxy::all("http://proxy.example:3128")?;
    /// let http = HttpClient::builder()
    ///     .configure(move |builder| builder.no_proxy().proxy(proxy.clone()).pool_max_idle_per_host(64))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn configure(
        mut self,
        change: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.making.configure = Some(Arc::new(change));
        self
    }

    /// Build the client.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a time limit is zero, CA bundle or client certificate cannot be used, or TLS cannot be set up.
    pub fn build(self) -> Result<HttpClient, Error> {
        check_limit("connect timeout", self.connect_timeout)?;
        check_limit("read timeout", self.read_timeout)?;
        let shared = Shared { proxies: Proxies::read(|name| env::var(name).ok()), ..Shared::default() };
        // Certificates that cannot be used are to be known now.
        if self.making.ca_bundle.is_some() || self.making.client_certificate.is_some() {
            let way = Way { route: Route::Usual, has_roots: true, connect: self.connect_timeout };
            shared.keep(way, &self.making.client(way, &shared.proxies)?);
        }
        Ok(HttpClient { shared: Arc::new(shared), settings: self })
    }
}

impl Shared {
    fn kept(&self, way: Way) -> Option<reqwest::Client> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.iter().find(|(kept, _)| *kept == way).map(|(_, client)| client.clone())
    }

    fn keep(&self, way: Way, client: &reqwest::Client) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MAX_CLIENTS {
            clients.remove(0);
        }
        clients.push((way, client.clone()));
    }
}

impl HttpClient {
    /// Start with the defaults.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }

    fn way(&self, url: &http::Uri, limits: Limits) -> Way {
        let route = if endpoint::is_loopback(url.host().unwrap_or_default()) {
            Route::Loopback
        } else if limits.direct {
            Route::Direct
        } else {
            Route::Usual
        };
        let has_secure_proxy = route == Route::Usual && self.shared.proxies.has_secure_for_plain();
        // A program's own proxy may be one by TLS.
        let may_be_secure =
            has_secure_proxy || (route == Route::Usual && self.settings.making.configure.is_some());
        let has_roots = url.scheme() != Some(&Scheme::HTTP) || may_be_secure;
        let own = self.settings.connect_timeout;
        let connect = limits.connect.map_or(own, |limit| limit.min(own));
        Way { route, has_roots, connect }
    }

    /// The client for requests that go this way.
    fn client(&self, way: Way) -> Result<reqwest::Client, InvalidInput> {
        if let Some(client) = self.shared.kept(way) {
            return Ok(client);
        }
        let client = self.settings.making.client(way, &self.shared.proxies)?;
        self.shared.keep(way, &client);
        Ok(client)
    }

    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let way = self.way(request.uri(), limits);
        let mut exchange = Exchange {
            host: request.uri().authority().map(|authority| authority.to_string()).unwrap_or_default(),
            connect: way.connect,
            read: self.settings.read_timeout,
            proxy: None,
        };
        if way.route == Route::Usual {
            let proxy = self.shared.proxies.of(request.uri());
            let proxy =
                proxy.map_err(|fault| exchange.fault(TransportErrorKind::Proxy, fault.to_string()))?;
            exchange.proxy = proxy.map(ToString::to_string);
        }
        let client = self.client(way).map_err(|error| {
            let kind = if way.has_roots { TransportErrorKind::Tls } else { TransportErrorKind::Connect };
            exchange.fault(kind, error.to_string())
        })?;
        let patience = Patience::new(Arc::new(SystemClock));
        let whole = patience.within(limits.total, exchange.make(&client, request, &patience)).await;
        whole.unwrap_or_else(|| Err(exchange.fault(TransportErrorKind::Timeout, limits.total_exceeded())))
    }
}

impl Transport for HttpClient {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            // Without one, reqwest panics.
            if tokio::runtime::Handle::try_current().is_err() {
                return Err(without_tokio(request.uri()));
            }
            self.exchange(request, limits).await
        })
    }
}

fn without_tokio(uri: &http::Uri) -> TransportError {
    let host = uri.authority().map(|authority| authority.to_string()).unwrap_or_default();
    let problem = "this HTTP client is tokio's, and no runtime of tokio is here: drive the future in one, give the client \
                   another transport and clock, or use `sts3::blocking` (feature `blocking`)";
    TransportError::new(TransportErrorKind::Connect, host, problem).into_final()
}
