//! Connections: reads a request, applies faults, finds the API that answers it.

use std::{io, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

#[cfg(feature = "x509")]
use crate::roles_anywhere;
#[cfg(feature = "tls")]
use crate::tls::Identity;
use crate::{
    github,
    handle::Sandbox,
    json_api, query_api,
    response::{Payload, respond},
    s3_api,
    state::{State, config::SandboxBuilder, log::Record},
    wire::{Outcome, Refusal, Request},
};

/// The largest request body that is read.
const MAX_BODY: usize = 256 * 1024 * 1024;
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

impl SandboxBuilder {
    /// Start listening, on the current tokio runtime.
    ///
    /// # Errors
    /// The port is taken, no certificate can be made, or (`InvalidInput`) a role's policy is no policy document, or the
    /// clock's skew or the sessions' lifetime is more than a hundred years.
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind((self.address, self.port)).await?;
        let address = listener.local_addr()?;
        let state =
            State::new(self).map_err(|problem| io::Error::new(io::ErrorKind::InvalidInput, problem))?;
        let state = Arc::new(state);
        let (protocol, ca_certificate) = Protocol::of(&state.config)?;
        let accepting = tokio::spawn(accept(listener, state.clone(), protocol));
        Ok(Sandbox::new(address, state, accepting, ca_certificate))
    }
}

/// What is spoken on connections.
#[derive(Clone)]
enum Protocol {
    Http,
    #[cfg(feature = "tls")]
    Https(TlsAcceptor),
}

impl Protocol {
    /// As it is set, with the certificate of the authority that clients must trust.
    #[cfg(feature = "tls")]
    fn of(config: &SandboxBuilder) -> io::Result<(Self, Option<String>)> {
        if !config.tls {
            return Ok((Self::Http, None));
        }
        let identity = Identity::generate(config.buckets.iter().map(|bucket| bucket.name.as_str()))?;
        Ok((Self::Https(identity.acceptor), Some(identity.ca_certificate)))
    }

    #[cfg(not(feature = "tls"))]
    fn of(_: &SandboxBuilder) -> io::Result<(Self, Option<String>)> {
        Ok((Self::Http, None))
    }

    async fn serve(self, stream: TcpStream, state: Arc<State>) {
        match self {
            Self::Http => serve_connection(stream, move |request| serve(state.clone(), request)).await,
            #[cfg(feature = "tls")]
            Self::Https(acceptor) => serve_https(stream, &acceptor, state).await,
        }
    }
}

#[cfg(feature = "tls")]
async fn serve_https(stream: TcpStream, acceptor: &TlsAcceptor, state: Arc<State>) {
    /// RFC 8446, 5.1: a record of the handshake; no method of HTTP begins so.
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    match tokio::time::timeout(HEADER_TIMEOUT, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first != [HANDSHAKE] => {
            serve_connection(stream, move |_| std::future::ready(Ok(asked_in_the_clear(&state)))).await;
        }
        Ok(Ok(1)) => {
            // Who does not agree (a client that does not trust us) has the reason; here it is none of a request.
            if let Ok(Ok(stream)) = tokio::time::timeout(HEADER_TIMEOUT, acceptor.accept(stream)).await {
                serve_connection(stream, move |request| serve(state.clone(), request)).await;
            }
        }
        _ => {}
    }
}

/// The answer to plain HTTP where TLS is spoken.
#[cfg(feature = "tls")]
fn asked_in_the_clear(state: &State) -> http::Response<Payload> {
    let request_id = state.log.next_request_id();
    state.log.count("unanswered", "plain HTTP");
    let problem = "This sandbox speaks HTTPS (--tls), and the request came in plain HTTP: write https:// in the endpoint URL.";
    respond(
        Refusal::new("InvalidRequest", 400, problem).to_s3("", &request_id),
        &request_id,
        state.now(),
        false,
    )
}

/// Answer the requests of a connection until the client leaves.
async fn serve_connection<A>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: impl Fn(http::Request<Incoming>) -> A,
) where
    A: Future<Output = Result<http::Response<Payload>, io::Error>>,
{
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    // An error means that the client left or a body was cut on purpose.
    let _ = served.await;
}

async fn accept(listener: TcpListener, state: Arc<State>, protocol: Protocol) {
    // Dropped with this task, and all connections with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: give connections time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        if state.config.reset_rate > 0.0 {
            // What is closed on our side is reset.
            let _ = stream.set_zero_linger();
        }
        connections.spawn(protocol.clone().serve(stream, state.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    state: Arc<State>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Payload>, io::Error> {
    let request_id = state.log.next_request_id();
    let request = match collect(request).await {
        Ok(request) => request,
        Err(problem) => {
            let answer = Refusal::new("EntityTooLarge", 400, problem).to_s3("", &request_id);
            return Ok(respond(answer, &request_id, state.now(), false));
        }
    };
    // No sleep is shorter than a millisecond.
    if !state.config.latency.is_zero() {
        tokio::time::sleep(state.config.latency).await;
    }
    if state.faults.is_stalled() {
        state.log.count("unanswered", "stalled");
        // Until the client leaves, which ends this task.
        std::future::pending::<()>().await;
    }
    if state.faults.is_reset() {
        state.log.count("unanswered", "reset");
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let outcome = outcome(&state, &request, &request_id);
    record(&state, &request, &request_id, &outcome);
    let cut = !outcome.answer.body.is_empty() && state.faults.is_truncated();
    Ok(respond(outcome.answer, &request_id, state.now(), cut))
}

/// The answer of the API that the request is for, or the fault that takes its place.
fn outcome(state: &State, request: &Request, request_id: &str) -> Outcome {
    let is_form =
        request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form"));
    #[cfg(feature = "x509")]
    if roles_anywhere::is_for(request) {
        let fault = state.faults.is_error();
        let fault = fault.then(|| Refusal::new("InternalServerException", 500, "An internal error"));
        return roles_anywhere::answer(state, request, fault);
    }
    if request.method == "POST" && request.path == "/" && is_form {
        let fault =
            state.faults.is_error().then(|| Refusal::new("InternalFailure", 500, "An internal error"));
        query_api::answer(state, request, request_id, fault)
    } else if request.method == "GET" && request.path == github::PATH {
        github::answer(state, request)
    } else {
        let fault = if state.faults.is_too_fast() {
            Some(Refusal::new("SlowDown", 503, "Please reduce your request rate."))
        } else {
            state
                .faults
                .is_error()
                .then(|| Refusal::new("InternalError", 500, "We encountered an internal error."))
        };
        json_api::answer(state, request, fault.clone())
            .unwrap_or_else(|| s3_api::answer(state, request, request_id, fault))
    }
}

/// The request with its whole body.
async fn collect(request: http::Request<Incoming>) -> Result<Request, String> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| error.to_string())?;
    // Latin-1, as HTTP has it: no byte of a header is lost, and none is a reason to refuse the request.
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
            .collect(),
        body: body.to_bytes().to_vec(),
    })
}

/// Count the outcome and tell the observer.
fn record(state: &State, request: &Request, request_id: &str, outcome: &Outcome) {
    let code = outcome.refusal.as_ref().map(|refusal| refusal.code.clone());
    state.log.count(outcome.operation, code.as_deref().unwrap_or("OK"));
    if let Some(observer) = &state.config.observer {
        let separator = if request.query.is_empty() { "" } else { "?" };
        observer(&Record {
            request_id: request_id.to_owned(),
            method: request.method.clone(),
            target: format!("{}{separator}{}", request.path, request.query),
            operation: outcome.operation,
            status: outcome.answer.status,
            code,
            reason: outcome.refusal.as_ref().and_then(|refusal| refusal.reason.clone()),
        });
    }
}
