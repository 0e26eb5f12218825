//! The transport over reqwest.
//!
//! This file has the settings and keeps the reqwest clients, `exchange` makes one exchange, `this_machine` resolves the
//! names of loopback.

mod exchange;
mod this_machine;

use std::{
    env, fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING, uri::Scheme};

use self::{exchange::Exchange, this_machine::Loopback};
use super::tls;
use crate::{
    Error, InvalidInput, TransportError, TransportErrorKind, endpoint,
    runtime::{
        BoxFuture, Limits, Transport,
        causes::causes,
        proxies::{Proxies, Proxy},
        user_agent::{app_id, user_agent},
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

/// What reqwest decides for a client and not for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    route: Route,
    /// Whether it trusts certificates: the system's, or the given ones. Plain HTTP needs none.
    has_roots: bool,
    connect: Duration,
}

/// How to get to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// By the proxies that the environment names, if any.
    Usual,
    /// Past any proxy: metadata services.
    Direct,
    /// The same, to the loopback addresses.
    Loopback,
}

/// Settings of an [`HttpClient`].
#[derive(Clone)]
pub struct HttpClientBuilder {
    connect_timeout: Duration,
    read_timeout: Duration,
    ca_bundle: Option<Vec<u8>>,
    app_id: Option<String>,
}

impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            ca_bundle: None,
            app_id: None,
        }
    }
}

impl fmt::Debug for HttpClientBuilder {
    /// Of the certificates their length: private keys are kept in such files as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("ca_bundle", &self.ca_bundle.as_ref().map(Vec::len))
            .field("app_id", &self.app_id)
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

    /// Name the application in the `User-Agent` of every request (`AWS_SDK_UA_APP_ID`): at most 50 letters,
    /// digits and `!#$%&'*+-.^_\`|~`; other characters become `-`.
    #[must_use]
    pub fn app_id(mut self, id: &str) -> Self {
        self.app_id = Some(app_id(id));
        self
    }

    /// Build the client.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: the CA bundle is no PEM, or TLS cannot be set up.
    pub fn build(self) -> Result<HttpClient, Error> {
        let shared = Shared { proxies: Proxies::read(|name| env::var(name).ok()), ..Shared::default() };
        // Certificates that cannot be used are to be known now.
        if self.ca_bundle.is_some() {
            let way = Way { route: Route::Usual, has_roots: true, connect: self.connect_timeout };
            shared.keep(way, &self.client(way, &shared.proxies)?);
        }
        Ok(HttpClient { shared: Arc::new(shared), settings: self })
    }

    fn client(&self, way: Way, proxies: &Proxies) -> Result<reqwest::Client, InvalidInput> {
        // Another crate of the program may have switched decompression on, for all clients: a signature, a checksum
        // or a length would no longer fit what is handed out.
        let identity = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
        let builder = reqwest::Client::builder()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .default_headers(identity)
            .user_agent(user_agent(self.app_id.as_deref()))
            .connect_timeout(way.connect)
            .read_timeout(self.read_timeout)
            // S3 closes idle connections after some seconds: let go of them first.
            .pool_idle_timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .http1_only()
            .tcp_nodelay(true);
        let builder = match way.route {
            Route::Usual if !proxies.is_empty() => builder.proxy(by(proxies.clone())),
            Route::Usual | Route::Direct => builder.no_proxy(),
            Route::Loopback => builder.no_proxy().dns_resolver(Loopback),
        };
        let builder = if way.has_roots {
            tls::with_roots(builder, self.ca_bundle.as_deref())?
        } else {
            tls::without_roots(builder)?
        };
        builder.build().map_err(|error| {
            InvalidInput::new("HTTP client", format!("cannot be set up: {}", causes(&error)))
        })
    }
}

/// Requests go by the proxies that we read, as errors name them. (Those that name none fail before they get here.)
fn by(proxies: Proxies) -> reqwest::Proxy {
    reqwest::Proxy::custom(move |url| {
        let url = url.as_str().parse::<http::Uri>().ok()?;
        proxies.of(&url).ok().flatten().map(Proxy::url)
    })
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
        let has_roots = url.scheme() != Some(&Scheme::HTTP) || has_secure_proxy;
        let own = self.settings.connect_timeout;
        let connect = limits.connect.map_or(own, |limit| limit.min(own));
        Way { route, has_roots, connect }
    }

    /// The client for requests that go this way.
    fn client(&self, way: Way) -> Result<reqwest::Client, InvalidInput> {
        if let Some(client) = self.shared.kept(way) {
            return Ok(client);
        }
        let client = self.settings.client(way, &self.shared.proxies)?;
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
        let whole = tokio::time::timeout(limits.total, exchange.make(&client, request)).await;
        whole.unwrap_or_else(|_| Err(exchange.fault(TransportErrorKind::Timeout, limits.total_exceeded())))
    }
}

impl Transport for HttpClient {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(self.exchange(request, limits))
    }
}
