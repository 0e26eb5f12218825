use std::{
    env,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::uri::Scheme;

use super::{BoxFuture, Limits, Transport, tls};
use crate::{Error, InvalidInput, TransportError, TransportErrorKind};

/// The largest answer that is read: a page of 1,000 keys of 1,024 bytes stays far below.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// How long to wait for a connection to a service of this machine.
const DIRECT_CONNECT: Duration = Duration::from_secs(1);

/// The transport over reqwest: HTTP/1.1 with connection reuse, no redirects, no decompression, proxies from the
/// environment.
///
/// ```
/// use std::time::Duration;
/// use sts3::{Client, transport::HttpClient};
///
/// let http = HttpClient::builder().connect_timeout(Duration::from_secs(2)).app_id("nightly").build()?;
/// let builder = Client::builder().transport(http);
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient {
    clients: Arc<Clients>,
    settings: HttpClientBuilder,
}

/// Each is built when it is first used: to read the system's certificates takes longer than a whole call to a
/// near server.
#[derive(Debug, Default)]
struct Clients {
    /// Those that trust no certificate, for plain HTTP, and those that trust the system's, or the given ones.
    plain: Routes,
    secure: Routes,
    /// Plain requests too may go by TLS: to a proxy.
    has_secure_proxy: bool,
}

#[derive(Debug, Default)]
struct Routes {
    usual: OnceLock<reqwest::Client>,
    direct: OnceLock<reqwest::Client>,
}

/// How to get to a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    /// By the proxies that the environment names, if any.
    Usual,
    /// Past any proxy and within seconds: metadata services.
    Direct,
}

/// Settings of an [`HttpClient`].
#[derive(Clone, Debug)]
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
        let allowed =
            |c: char| if c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c) { c } else { '-' };
        self.app_id = Some(id.chars().take(50).map(allowed).collect());
        self
    }

    /// Build the client.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: the CA bundle is no PEM, or TLS cannot be set up.
    pub fn build(self) -> Result<HttpClient, Error> {
        let clients = Clients { has_secure_proxy: has_secure_proxy(), ..Clients::default() };
        // Certificates that cannot be used are to be known now.
        if self.ca_bundle.is_some() {
            let client = self.client(Route::Usual, true)?;
            clients.secure.usual.get_or_init(|| client);
        }
        Ok(HttpClient { clients: Arc::new(clients), settings: self })
    }

    fn client(&self, route: Route, is_secure: bool) -> Result<reqwest::Client, InvalidInput> {
        let builder = reqwest::Client::builder();
        let builder = match route {
            Route::Usual => builder.connect_timeout(self.connect_timeout).read_timeout(self.read_timeout),
            Route::Direct => builder.no_proxy().connect_timeout(DIRECT_CONNECT),
        };
        self.finish(builder, is_secure)
    }

    fn user_agent(&self) -> String {
        let own = concat!("sts3/", env!("CARGO_PKG_VERSION"));
        self.app_id.as_ref().map_or(own.to_owned(), |id| format!("{own} app/{id}"))
    }

    /// What all clients share.
    fn finish(
        &self,
        builder: reqwest::ClientBuilder,
        is_secure: bool,
    ) -> Result<reqwest::Client, InvalidInput> {
        let builder = builder
            .user_agent(self.user_agent())
            // S3 closes idle connections after some seconds: let go of them first.
            .pool_idle_timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .tcp_nodelay(true);
        let builder = match is_secure {
            true => tls::trusting(builder, self.ca_bundle.as_deref())?,
            false => tls::trusting_nobody(builder),
        };
        builder.build().map_err(|error| {
            InvalidInput::new("HTTP client", format!("cannot be set up: {}", causes(&error)))
        })
    }
}

impl HttpClient {
    /// Start with the defaults.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }
}

impl HttpClient {
    /// The client for a request.
    fn client(
        &self,
        request: &http::Request<Vec<u8>>,
        route: Route,
    ) -> Result<&reqwest::Client, TransportError> {
        let is_secure = request.uri().scheme() != Some(&Scheme::HTTP)
            || route == Route::Usual && self.clients.has_secure_proxy;
        let routes = if is_secure { &self.clients.secure } else { &self.clients.plain };
        let slot = match route {
            Route::Usual => &routes.usual,
            Route::Direct => &routes.direct,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = self.settings.client(route, is_secure).map_err(|error| {
            let kind = if is_secure { TransportErrorKind::Tls } else { TransportErrorKind::Connect };
            TransportError::new(kind, host(request), error.to_string())
        })?;
        Ok(slot.get_or_init(|| client))
    }

    async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let route = if limits.direct { Route::Direct } else { Route::Usual };
        let (client, host) = (self.client(&request, route)?, host(&request));
        let mut request = prepare(request, &host)?;
        *request.timeout_mut() = Some(limits.total);
        let response = client.execute(request).await.map_err(|error| transport_error(&error, &host))?;
        receive(response, &host).await
    }
}

/// Whether the environment names a proxy for plain requests that is itself reached by TLS.
fn has_secure_proxy() -> bool {
    let names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    names.iter().any(|name| env::var(name).is_ok_and(|proxy| proxy.starts_with("https:")))
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

fn host(request: &http::Request<Vec<u8>>) -> String {
    request.uri().authority().map(|authority| authority.to_string()).unwrap_or_default()
}

/// URL libraries fold `.` and `..` segments; a request they would change no longer fits its signature.
fn prepare(request: http::Request<Vec<u8>>, host: &str) -> Result<reqwest::Request, TransportError> {
    let target = request.uri().path_and_query().map(|target| target.to_string());
    let refused = |problem: String| TransportError::new(TransportErrorKind::Connect, host, problem);
    if !tls::IS_THERE && request.uri().scheme() == Some(&Scheme::HTTPS) {
        let problem = "this build speaks plain HTTP only (it has neither rustls-ring nor native-tls)";
        return Err(TransportError::new(TransportErrorKind::Tls, host, problem));
    }
    let request = reqwest::Request::try_from(request).map_err(|error| refused(causes(&error)))?;
    let url = request.url();
    let kept = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    if target.as_deref() != Some(kept.as_str()) {
        return Err(refused("the HTTP client would change the path, and with it the signature".into()));
    }
    Ok(request)
}

async fn receive(
    mut response: reqwest::Response,
    host: &str,
) -> Result<http::Response<Vec<u8>>, TransportError> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    let mut body = Vec::with_capacity(announced.unwrap_or_default().min(MAX_BODY));
    while let Some(chunk) = response.chunk().await.map_err(|error| transport_error(&error, host))? {
        if body.len() + chunk.len() > MAX_BODY {
            let problem = format!("it is larger than {MAX_BODY} bytes");
            return Err(TransportError::new(TransportErrorKind::TooLarge, host, problem));
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(body);
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

fn transport_error(error: &reqwest::Error, host: &str) -> TransportError {
    let problem = causes(error);
    let kind = match () {
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () if error.is_connect() && tls::is_about(error) => TransportErrorKind::Tls,
        () if error.is_connect() => TransportErrorKind::Connect,
        () if is_no_http(error) => TransportErrorKind::NotHttp,
        () => TransportErrorKind::Interrupted,
    };
    TransportError::new(kind, host, problem)
}

/// Whether the HTTP library could not read the head of the answer.
fn is_no_http(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
        || error.source().is_some_and(is_no_http)
}

/// The innermost cause says what happened; the URLs that outer ones print may hold tokens.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
