//! A loopback endpoint that gives credentials to one child process, as a container's would: the SDKs ask it
//! again before they expire.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use http::{HeaderName, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use sts3::{Client, sigv4::Secret};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use crate::{
    failure::Failure,
    output::{iso, printable},
    stderr::say,
};

const PATH: &str = "/credentials";
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that are open at once. Others wait for one of them to end, so that they leave file descriptors for
/// the calls that get new credentials.
const MAX_CONNECTIONS: usize = 32;
/// How long to wait after a connection could not be accepted: file descriptors may be used up.
const PAUSE: Duration = Duration::from_millis(100);

/// The endpoint; it stops when this is dropped.
pub(crate) struct CredentialServer {
    address: SocketAddr,
    authorization: Arc<Secret>,
    accepting: tokio::task::JoinHandle<()>,
}

impl CredentialServer {
    /// Listen on a port of its own, on this machine only.
    pub(crate) async fn start(client: Client) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::System(format!("cannot serve credentials: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let authorization = Arc::new(random_token()?);
        let shared = Arc::new(Shared { client, address, authorization: authorization.clone() });
        let accepting = tokio::spawn(accept_all(listener, shared));
        Ok(Self { address, authorization, accepting })
    }

    /// The variables by which an SDK finds it.
    pub(crate) fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{}{PATH}", self.address)),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", self.authorization.expose().to_owned()),
        ]
    }
}

impl Drop for CredentialServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// 256 random bits.
fn random_token() -> Result<Secret, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::System(format!("no random numbers: {error}")))?;
    Ok(Secret::from(hex::encode(bytes)))
}

struct Shared {
    client: Client,
    address: SocketAddr,
    authorization: Arc<Secret>,
}

/// Where connections come from.
trait Listener: Send {
    fn next(&mut self) -> impl Future<Output = io::Result<TcpStream>> + Send;
}

impl Listener for TcpListener {
    async fn next(&mut self) -> io::Result<TcpStream> {
        Ok(self.accept().await?.0)
    }
}

async fn accept_all(mut listener: impl Listener, shared: Arc<Shared>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Ok(slot) = slots.clone().acquire_owned().await {
        let Ok(stream) = listener.next().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            serve(stream, shared).await;
            drop(slot);
        });
    }
}

/// One request of a connection: SDKs ask some minutes apart.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = shared.clone();
        async move {
            let (status, body) = shared.answer(&request).await;
            let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
            *response.status_mut() = status;
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(response)
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).keep_alive(false);
    // A connection that breaks is its client's to notice.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

impl Shared {
    async fn answer<B>(&self, request: &Request<B>) -> (StatusCode, Value) {
        let refused = |status: StatusCode, message: &str| {
            let code = status.canonical_reason().unwrap_or_default();
            (status, json!({ "code": code, "message": message }))
        };
        // RFC 9112, 3.2: anything but one Host header is answered with 400.
        let Some(host) = only(request, header::HOST) else {
            return refused(StatusCode::BAD_REQUEST, "a request has one Host header");
        };
        let authorization = only(request, header::AUTHORIZATION).unwrap_or_default();
        if !same(authorization, self.authorization.expose().as_bytes()) {
            return refused(StatusCode::UNAUTHORIZED, "the authorization token is missing or wrong");
        }
        // A web page that has found the port by another name (DNS rebinding) is told nothing.
        let address = self.address.to_string();
        let named = request.uri().authority().map(|authority| authority.as_str());
        if host != address.as_bytes() || named.is_some_and(|named| named != address) {
            return refused(StatusCode::FORBIDDEN, "this endpoint has no other name than its address");
        }
        let (path, method) = (request.uri().path(), request.method());
        if path != PATH || method != Method::GET {
            return refused(StatusCode::NOT_FOUND, "there is only GET /credentials");
        }
        match self.client.credentials_in_local_time().await {
            Ok(Some(keys)) => (
                StatusCode::OK,
                json!({
                    "AccessKeyId": keys.access_key_id(),
                    "SecretAccessKey": keys.secret_access_key().expose(),
                    "Token": keys.session_token().map(Secret::expose),
                    "Expiration": keys.expiration().map(iso),
                }),
            ),
            Ok(None) => refused(StatusCode::NOT_FOUND, "there are no credentials"),
            Err(error) => {
                say(format_args!("sts3: {}", printable(&error.to_string())));
                refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
            }
        }
    }
}

/// A header's value, if it is there once.
fn only<B>(request: &Request<B>, name: HeaderName) -> Option<&[u8]> {
    let mut values = request.headers().get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}

/// Compare in a time that does not tell where they differ.
fn same(given: &[u8], right: &[u8]) -> bool {
    given.len() == right.len()
        && given.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Exhausted(Arc<AtomicUsize>);

    impl Listener for Exhausted {
        async fn next(&mut self) -> io::Result<TcpStream> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(io::Error::other("too many open files"))
        }
    }

    fn shared() -> Arc<Shared> {
        let client = Client::builder().region("us-east-1").anonymous().build().unwrap();
        let authorization = Arc::new(Secret::from("token".to_owned()));
        Arc::new(Shared { client, address: ([127, 0, 0, 1], 8080).into(), authorization })
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_out_of_file_descriptors_is_asked_again_after_a_pause() {
        let asked = Arc::new(AtomicUsize::new(0));
        let accepting = accept_all(Exhausted(asked.clone()), shared());
        assert!(tokio::time::timeout(PAUSE * 10, accepting).await.is_err(), "it goes on");
        let asked = asked.load(Ordering::Relaxed);
        assert!((5..=11).contains(&asked), "asked {asked} times in ten pauses");
    }

    /// Accepts from a listener of its own and counts.
    struct Counted(TcpListener, Arc<AtomicUsize>);

    impl Listener for Counted {
        async fn next(&mut self) -> io::Result<TcpStream> {
            let stream = self.0.next().await?;
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok(stream)
        }
    }

    #[tokio::test]
    async fn no_more_connections_are_open_at_once_than_the_limit() {
        let accepted = Arc::new(AtomicUsize::new(0));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(accept_all(Counted(listener, accepted.clone()), shared()));
        let mut idle = Vec::new();
        for _ in 0..MAX_CONNECTIONS + 3 {
            idle.push(TcpStream::connect(address).await.unwrap());
        }
        let reached = async |count: usize| {
            while accepted.load(Ordering::Relaxed) < count {
                tokio::task::yield_now().await;
            }
            // Time to go past it.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            assert_eq!(accepted.load(Ordering::Relaxed), count);
        };
        reached(MAX_CONNECTIONS).await;
        idle.remove(0);
        reached(MAX_CONNECTIONS + 1).await;
        accepting.abort();
    }

    /// RFC 9112: 3.2 (one Host header), 3.2.2 (a target in absolute form names the host too).
    #[tokio::test]
    async fn a_request_must_name_this_endpoint_once_and_by_its_address() {
        let ours = "127.0.0.1:8080";
        for (target, hosts, tokens, status) in [
            ("/credentials", &[ours][..], &["token"][..], StatusCode::NOT_FOUND),
            ("http://127.0.0.1:8080/credentials", &[ours], &["token"], StatusCode::NOT_FOUND),
            ("/credentials", &[ours, ours], &["token"], StatusCode::BAD_REQUEST),
            ("/credentials", &[ours, "rebound.example"], &["token"], StatusCode::BAD_REQUEST),
            ("/credentials", &["rebound.example", ours], &["token"], StatusCode::BAD_REQUEST),
            ("/credentials", &[], &["token"], StatusCode::BAD_REQUEST),
            ("http://127.0.0.1:8080/credentials", &[], &["token"], StatusCode::BAD_REQUEST),
            ("/credentials", &[""], &["token"], StatusCode::FORBIDDEN),
            ("/credentials", &["localhost:8080"], &["token"], StatusCode::FORBIDDEN),
            ("http://rebound.example/credentials", &[ours], &["token"], StatusCode::FORBIDDEN),
            ("http://a@127.0.0.1:8080/credentials", &[ours], &["token"], StatusCode::FORBIDDEN),
            ("/credentials", &[ours], &[], StatusCode::UNAUTHORIZED),
            ("/credentials", &[ours], &["token", "token"], StatusCode::UNAUTHORIZED),
            ("/credentials", &[ours], &["Token"], StatusCode::UNAUTHORIZED),
        ] {
            let mut request = Request::builder().uri(target);
            for host in hosts {
                request = request.header("host", *host);
            }
            for token in tokens {
                request = request.header("authorization", *token);
            }
            // The client has no credentials: what passes all checks is not found.
            let (answered, body) = shared().answer(&request.body(()).unwrap()).await;
            assert_eq!(answered, status, "{target} {hosts:?} {tokens:?}: {body}");
        }
    }
}
