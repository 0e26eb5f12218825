use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{BoxFuture, Transport};
use crate::{Error, InvalidInput, TransportError, TransportErrorKind};

/// The largest answer that is read: a page of 1,000 keys of 1,024 bytes stays far below.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// Time limits for metadata services.
const DIRECT_CONNECT: Duration = Duration::from_secs(1);
const DIRECT_TOTAL: Duration = Duration::from_secs(2);

/// The transport over reqwest: HTTP/1.1 with connection reuse, no redirects, no decompression, proxies from the
/// environment.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    /// For metadata services; few need it, so it is built when it is first used.
    direct: Arc<OnceLock<reqwest::Client>>,
    settings: HttpClientBuilder,
}

/// Settings of an [`HttpClient`].
#[derive(Clone, Debug)]
pub struct HttpClientBuilder {
    connect_timeout: Duration,
    read_timeout: Duration,
    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    ca_bundle: Option<Vec<u8>>,
    app_id: Option<String>,
}

impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
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

    /// Name the application in the `User-Agent` of every request (`AWS_SDK_UA_APP_ID`): at most 50 letters, digits and
    /// `!#$%&'*+-.^_\`|~`; other characters become `-`.
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
        let builder =
            reqwest::Client::builder().connect_timeout(self.connect_timeout).read_timeout(self.read_timeout);
        Ok(HttpClient { client: self.finish(builder)?, direct: Arc::default(), settings: self })
    }

    fn user_agent(&self) -> String {
        let own = concat!("sts3/", env!("CARGO_PKG_VERSION"));
        self.app_id.as_ref().map_or(own.to_owned(), |id| format!("{own} app/{id}"))
    }

    /// What both kinds of clients share.
    fn finish(&self, builder: reqwest::ClientBuilder) -> Result<reqwest::Client, InvalidInput> {
        let builder = builder
            .user_agent(self.user_agent())
            // S3 closes idle connections after some seconds: let go of them first.
            .pool_idle_timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .tcp_nodelay(true);
        #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
        let builder = self.with_tls(builder)?;
        builder.build().map_err(|error| {
            InvalidInput::new("HTTP client", format!("cannot be set up: {}", causes(&error)))
        })
    }

    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    fn with_tls(&self, builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, InvalidInput> {
        // reqwest asks for the process's provider. Another one, installed by the application, is as good.
        #[cfg(feature = "rustls-ring")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = builder.tls_version_min(reqwest::tls::Version::TLS_1_2);
        let Some(pem) = &self.ca_bundle else { return Ok(builder) };
        let certificates = certificates(pem)
            .map_err(|error| InvalidInput::new("CA bundle", format!("is not PEM: {}", causes(&error))))?;
        if certificates.is_empty() {
            return Err(InvalidInput::new("CA bundle", "holds no certificate in PEM"));
        }
        Ok(builder.tls_certs_only(certificates))
    }
}

#[cfg(feature = "rustls-ring")]
fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, reqwest::Error> {
    reqwest::Certificate::from_pem_bundle(pem)
}

/// The system's library takes one certificate at a time.
#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, reqwest::Error> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let blocks = text.split_inclusive(END).filter(|block| block.ends_with(END));
    blocks.map(|block| reqwest::Certificate::from_pem(block.as_bytes())).collect()
}

impl HttpClient {
    /// Start with the defaults.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }
}

impl HttpClient {
    fn direct(&self) -> Result<&reqwest::Client, InvalidInput> {
        if let Some(client) = self.direct.get() {
            return Ok(client);
        }
        let builder =
            reqwest::Client::builder().no_proxy().connect_timeout(DIRECT_CONNECT).timeout(DIRECT_TOTAL);
        let client = self.settings.finish(builder)?;
        Ok(self.direct.get_or_init(|| client))
    }
}

impl Transport for HttpClient {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(exchange(&self.client, request))
    }

    fn send_directly(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let client = self.direct().map_err(|error| {
                TransportError::new(TransportErrorKind::Connect, host(&request), error.to_string())
            })?;
            exchange(client, request).await
        })
    }
}

async fn exchange(
    client: &reqwest::Client,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, TransportError> {
    let host = host(&request);
    let request = prepare(request, &host)?;
    let response = client.execute(request).await.map_err(|error| transport_error(&error, &host))?;
    receive(response, &host).await
}

fn host(request: &http::Request<Vec<u8>>) -> String {
    request.uri().authority().map(|authority| authority.to_string()).unwrap_or_default()
}

/// URL libraries fold `.` and `..` segments; a request they would change no longer fits its signature.
fn prepare(request: http::Request<Vec<u8>>, host: &str) -> Result<reqwest::Request, TransportError> {
    let target = request.uri().path_and_query().map(|target| target.to_string());
    let refused = |problem: String| TransportError::new(TransportErrorKind::Connect, host, problem);
    let has_tls = cfg!(any(feature = "rustls-ring", feature = "native-tls"));
    if !has_tls && request.uri().scheme() == Some(&http::uri::Scheme::HTTPS) {
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
        () if error.is_connect() && is_about_tls(error) => TransportErrorKind::Tls,
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

/// Whether one of the causes is the TLS library's own.
#[cfg(feature = "rustls-ring")]
fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    // An I/O error may hold another error, which is not among its sources.
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || held.is_some_and(|held| is_about_tls(held))
        || error.source().is_some_and(is_about_tls)
}

#[cfg(not(feature = "rustls-ring"))]
fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let problem = causes(error);
    ["certificate", "TLS", "tls", "SSL", "ssl", "handshake"].iter().any(|word| problem.contains(word))
}

/// The innermost cause says what happened; the URLs that outer ones print may hold tokens.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
