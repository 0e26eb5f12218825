//! A loopback endpoint that gives credentials to one child process, as a container's would: the SDKs ask it
//! again before they expire.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use sts3::{Client, sigv4::Secret};
use tokio::net::{TcpListener, TcpStream};

use crate::{failure::Failure, output::iso};

const PATH: &str = "/credentials";
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The endpoint; it stops when this is dropped.
pub(crate) struct CredentialServer {
    address: SocketAddr,
    authorization: Arc<Secret>,
    accepting: tokio::task::JoinHandle<()>,
}

impl CredentialServer {
    /// Listen on a port of its own, on this machine only.
    pub(crate) async fn start(client: Client) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::System(format!("cannot serve credentials: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let authorization = Arc::new(random_token()?);
        let shared = Arc::new(Shared { client, address, authorization: authorization.clone() });
        let accepting = tokio::spawn(async move {
            // A connection that cannot be accepted is its client's loss; the next one may work.
            loop {
                if let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, shared.clone()));
                }
            }
        });
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

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = shared.clone();
        async move {
            let (status, body) =
                shared.answer(request.method(), request.uri().path(), request.headers()).await;
            let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
            *response.status_mut() = status;
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(response)
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    // A connection that breaks is its client's to notice.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

impl Shared {
    async fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> (StatusCode, Value) {
        let refused = |status: StatusCode, message: &str| {
            let code = status.canonical_reason().unwrap_or_default();
            (status, json!({ "code": code, "message": message }))
        };
        let text = |name| headers.get(name).map(header::HeaderValue::as_bytes).unwrap_or_default();
        if !same(text(header::AUTHORIZATION), self.authorization.expose().as_bytes()) {
            return refused(StatusCode::UNAUTHORIZED, "the authorization token is missing or wrong");
        }
        // A web page that has found the port by another name is told nothing.
        if text(header::HOST) != self.address.to_string().as_bytes() {
            return refused(StatusCode::FORBIDDEN, "this endpoint has no other name than its address");
        }
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
                eprintln!("sts3: {}", crate::output::printable(&error.to_string()));
                refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
            }
        }
    }
}

/// Compare in a time that does not tell where they differ.
fn same(given: &[u8], right: &[u8]) -> bool {
    given.len() == right.len()
        && given.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
