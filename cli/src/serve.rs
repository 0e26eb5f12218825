//! A loopback endpoint that gives credentials to one child process, as a container's would: the SDKs ask it
//! again before they expire.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::Future,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

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
    task::{AbortHandle, JoinSet},
};

use crate::{
    failure::Failure,
    output::{iso_seconds, printable},
    stderr::say,
};

const PATH: &str = "/credentials";
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that are open at once, so that they leave file descriptors for the calls that get new credentials.
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
    // Dropped with this, and all of them with it.
    let mut tasks = JoinSet::new();
    let mut connections = VecDeque::new();
    loop {
        let Ok(stream) = listener.next().await else {
            drop_oldest_idle(&mut connections);
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        make_room(&mut connections, &mut tasks).await;
        let is_trusted = Arc::new(AtomicBool::new(false));
        let task = tasks.spawn(serve(stream, shared.clone(), is_trusted.clone()));
        connections.push_back(Connection { task, is_trusted });
    }
}

/// An open connection.
struct Connection {
    task: AbortHandle,
    /// It has shown the token.
    is_trusted: Arc<AtomicBool>,
}

/// Leave room for one more connection.
async fn make_room(connections: &mut VecDeque<Connection>, tasks: &mut JoinSet<()>) {
    loop {
        connections.retain(|connection| !connection.task.is_finished());
        if connections.len() < MAX_CONNECTIONS {
            return;
        }
        if !drop_oldest_idle(connections) {
            // All are the child's, and have an answer coming.
            drop(tasks.join_next().await);
        }
    }
}

/// Anybody on this machine can open connections: of those that have not shown the token, the oldest goes, if there is
/// one. The child shows it at once.
fn drop_oldest_idle(connections: &mut VecDeque<Connection>) -> bool {
    let oldest = connections.iter().position(|connection| !connection.is_trusted.load(Ordering::Relaxed));
    let oldest = oldest.and_then(|oldest| connections.remove(oldest));
    oldest.inspect(|connection| connection.task.abort()).is_some()
}

/// One request of a connection: SDKs ask some minutes apart.
async fn serve(stream: TcpStream, shared: Arc<Shared>, is_trusted: Arc<AtomicBool>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, is_trusted) = (shared.clone(), is_trusted.clone());
        async move {
            let (status, body) = shared.answer(&request, &is_trusted).await;
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
    async fn answer<B>(&self, request: &Request<B>, is_trusted: &AtomicBool) -> (StatusCode, Value) {
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
        is_trusted.store(true, Ordering::Relaxed);
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
                    "Expiration": keys.expiration().map(iso_seconds),
                    "AccountId": keys.account_id(),
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
    use std::sync::atomic::AtomicUsize;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    struct Exhausted(Arc<AtomicUsize>);

    impl Listener for Exhausted {
        async fn next(&mut self) -> io::Result<TcpStream> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(io::Error::other("too many open files"))
        }
    }

    fn shared() -> Arc<Shared> {
        shared_at(([127, 0, 0, 1], 8080).into())
    }

    fn shared_at(address: SocketAddr) -> Arc<Shared> {
        let client = Client::builder().region("us-east-1").anonymous().build().unwrap();
        let authorization = Arc::new(Secret::from("token".to_owned()));
        Arc::new(Shared { client, address, authorization })
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_out_of_file_descriptors_is_asked_again_after_a_pause() {
        let asked = Arc::new(AtomicUsize::new(0));
        let accepting = accept_all(Exhausted(asked.clone()), shared());
        assert!(tokio::time::timeout(PAUSE * 10, accepting).await.is_err(), "it goes on");
        let asked = asked.load(Ordering::Relaxed);
        assert!((5..=11).contains(&asked), "asked {asked} times in ten pauses");
    }

    /// Idle connections of somebody else, one more than there is room for beside the child's own.
    #[tokio::test]
    async fn idle_connections_neither_pile_up_nor_keep_the_child_waiting() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(accept_all(listener, shared_at(address)));
        let mut idle = Vec::new();
        for _ in 0..MAX_CONNECTIONS + 2 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // Not even slowly does it get anywhere.
            stream.write_all(b"GET /credentials HTTP/1.1\r\nX: ").await.unwrap();
            idle.push(stream);
        }
        let mut child = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /credentials HTTP/1.1\r\nHost: {address}\r\nAuthorization: token\r\n\r\n");
        child.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        child.read_to_string(&mut answer).await.unwrap();
        // It has no credentials to give.
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        // Three made room: the oldest.
        for (place, stream) in idle.iter_mut().enumerate() {
            let mut byte = [0];
            if place < 3 {
                let closed = stream.read(&mut byte).await;
                assert!(matches!(closed, Ok(0) | Err(_)), "{place}");
            } else {
                let open = stream.try_read(&mut byte).unwrap_err();
                assert_eq!(open.kind(), io::ErrorKind::WouldBlock, "{place}");
            }
        }
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
            let (answered, body) = shared().answer(&request.body(()).unwrap(), &AtomicBool::default()).await;
            assert_eq!(answered, status, "{target} {hosts:?} {tokens:?}: {body}");
        }
    }
}
