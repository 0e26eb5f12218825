//! Connections, faults and routing: one request in, one answer out.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt, Limited};
use hyper::{
    body::{Bytes, Frame, Incoming, SizeHint},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    query_api, s3_api,
    state::bucket::{Bucket, StoredObject},
    state::config::{self, BucketSpec, Content, SandboxBuilder},
    state::faults::Faults,
    state::identities::{Identities, Role},
    wire::Answer,
    wire::Refusal,
    wire::Request,
};

/// The largest request body that is read.
const MAX_BODY: usize = 256 * 1024 * 1024;
/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// A running sandbox. It stops when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    state: Arc<State>,
    accepting: tokio::task::JoinHandle<()>,
}

/// What happened to one request.
///
/// `Debug` leaves out the query, which may be a signature with a token.
#[derive(Clone)]
#[non_exhaustive]
pub struct Record {
    /// Its number, as in `x-amz-request-id`.
    pub request_id: String,
    /// `GET`, `POST`, ….
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The operation it was taken for.
    pub operation: &'static str,
    /// The status that was answered.
    pub status: u16,
    /// The code of a refusal.
    pub code: Option<String>,
    /// Why exactly, where the code alone does not tell.
    pub reason: Option<String>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        f.debug_struct("Record")
            .field("request_id", &self.request_id)
            .field("method", &self.method)
            .field("path", &path)
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("reason", &self.reason)
            .finish()
    }
}

pub(crate) struct State {
    pub(crate) config: SandboxBuilder,
    pub(crate) identities: Identities,
    pub(crate) buckets: RwLock<BTreeMap<String, Bucket>>,
    faults: Faults,
    served: AtomicU64,
    counts: Mutex<BTreeMap<(&'static str, String), u64>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("config", &self.config).finish_non_exhaustive()
    }
}

impl State {
    /// The time on the sandbox's clock.
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + time::Duration::seconds(self.config.clock_skew)
    }
}

/// An operation's name and what came of it.
pub(crate) struct Outcome {
    pub(crate) operation: &'static str,
    pub(crate) answer: Answer,
    pub(crate) refusal: Option<Refusal>,
}

impl Sandbox {
    /// Start with the defaults: no buckets, the roles `reader`, `limited` and `partner`, no faults.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The variables with which any AWS client finds it: endpoint, keys, region, and the roles' ARNs.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", config::ACCOUNT);
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", config::ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", config::SECRET_ACCESS_KEY.to_owned()),
            ("AWS_REGION", self.state.config.region.clone()),
            ("AWS_DEFAULT_REGION", self.state.config.region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("STS3_SERVER", "sandbox".to_owned()),
            ("STS3_ROLE_ARN", role("reader")),
            ("STS3_LIMITED_ROLE_ARN", role("limited")),
        ]
    }

    /// How many requests were answered, by operation and outcome (`OK` or the code of the refusal); those
    /// that the faults left without an answer are counted as `unanswered`, `reset` or `stalled`.
    pub fn counts(&self) -> BTreeMap<(&'static str, String), u64> {
        self.state.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests of this operation were answered, refusals included.
    pub fn count(&self, operation: &str) -> u64 {
        self.counts().iter().filter(|((name, _), _)| *name == operation).map(|(_, count)| count).sum()
    }

    /// Wait until the sandbox stops, which it does only by being dropped.
    pub async fn serve(mut self) {
        // The task ends by an abort, which is what is waited for.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What buckets may be called: 3 to 63 of lower-case letters, digits, hyphens and dots.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    (3..=63).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with(['-', '.'])
}

pub(crate) async fn start(config: SandboxBuilder) -> io::Result<Sandbox> {
    let listener = TcpListener::bind((config.address, config.port)).await?;
    let address = listener.local_addr()?;
    let now = OffsetDateTime::now_utc();
    let roles = config.roles.iter().map(|role| {
        let problem = || format!("a policy of the role `{}` is no policy document", role.name);
        Role::read(role).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, problem()))
    });
    let roles = roles.collect::<Result<Vec<_>, _>>()?;
    let buckets = config.buckets.iter().map(|spec| (spec.name.clone(), fill(spec, &config, now))).collect();
    let state = Arc::new(State {
        identities: Identities::new(roles, now),
        buckets: RwLock::new(buckets),
        faults: Faults::new(&config),
        served: AtomicU64::new(0),
        counts: Mutex::default(),
        config,
    });
    let accepting = tokio::spawn(accept(listener, state.clone()));
    Ok(Sandbox { address, state, accepting })
}

fn fill(spec: &BucketSpec, config: &SandboxBuilder, now: OffsetDateTime) -> Bucket {
    let region = spec.region.clone().unwrap_or_else(|| config.region.clone());
    let mut bucket = Bucket::new(region, now, spec.keys());
    if matches!(spec.content, Content::Demo) {
        for key in s3_api::DEMO_KEYS {
            bucket.put(key, StoredObject::new(format!("{key}\n").into(), None, now));
        }
    }
    bucket
}

async fn accept(listener: TcpListener, state: Arc<State>) {
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
        let state = state.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| serve(state.clone(), request));
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            // An error means that the client left or a body was cut on purpose.
            let _ = served.await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    state: Arc<State>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Payload>, io::Error> {
    let request_id = format!("{:016X}", state.served.fetch_add(1, Ordering::Relaxed) + 1);
    let request = match collect(request).await {
        Ok(request) => request,
        Err(problem) => {
            let answer = Refusal::new("EntityTooLarge", 400, problem).to_s3("", &request_id);
            return Ok(respond(&state, answer, &request_id, false));
        }
    };
    // No sleep is shorter than a millisecond.
    if !state.config.latency.is_zero() {
        tokio::time::sleep(state.config.latency).await;
    }
    if state.faults.is_stalled() {
        count(&state, "unanswered", "stalled");
        // Until the client leaves, which ends this task.
        std::future::pending::<()>().await;
    }
    if state.faults.is_reset() {
        count(&state, "unanswered", "reset");
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let outcome = outcome(&state, &request, &request_id);
    record(&state, &request, &request_id, &outcome);
    let cut = !outcome.answer.body.is_empty() && state.faults.is_truncated();
    Ok(respond(&state, outcome.answer, &request_id, cut))
}

fn outcome(state: &State, request: &Request, request_id: &str) -> Outcome {
    let is_form =
        request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form"));
    if request.method == "POST" && request.path == "/" && is_form {
        let fault =
            state.faults.is_error().then(|| Refusal::new("InternalFailure", 500, "An internal error"));
        query_api::answer(state, request, request_id, fault)
    } else {
        let fault = if state.faults.is_too_fast() {
            Some(Refusal::new("SlowDown", 503, "Please reduce your request rate."))
        } else {
            state
                .faults
                .is_error()
                .then(|| Refusal::new("InternalError", 500, "We encountered an internal error."))
        };
        s3_api::answer(state, request, request_id, fault)
    }
}

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

fn count(state: &State, operation: &'static str, outcome: &str) {
    let mut counts = state.counts.lock().unwrap_or_else(PoisonError::into_inner);
    *counts.entry((operation, outcome.to_owned())).or_default() += 1;
}

fn record(state: &State, request: &Request, request_id: &str, outcome: &Outcome) {
    let code = outcome.refusal.as_ref().map(|refusal| refusal.code.clone());
    count(state, outcome.operation, code.as_deref().unwrap_or("OK"));
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

fn respond(state: &State, answer: Answer, request_id: &str, cut: bool) -> http::Response<Payload> {
    let date = state.now().format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT");
    let mut builder = http::Response::builder()
        .status(answer.status)
        .header("date", date)
        .header("server", "sts3-sandbox")
        .header("x-amz-request-id", request_id)
        .header("x-amzn-requestid", request_id)
        .header("x-amz-id-2", "sts3-sandbox");
    let has_length = answer.headers.iter().any(|(name, _)| *name == "content-length");
    if !has_length && answer.status != 204 {
        builder = builder.header("content-length", answer.body.len());
    }
    for (name, value) in &answer.headers {
        builder = builder.header(*name, value);
    }
    let payload = Payload { data: answer.body, cut, sent: false };
    builder.body(payload).unwrap_or_else(|_| {
        let mut failed = http::Response::new(Payload { data: Bytes::new(), cut: false, sent: true });
        *failed.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

/// A body; one that is cut ends half-way with an error, which closes the connection.
pub(crate) struct Payload {
    data: Bytes,
    cut: bool,
    sent: bool,
}

impl http_body::Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(match (self.sent, self.cut) {
            (false, _) => {
                self.sent = true;
                let end = if self.cut { self.data.len() / 2 } else { self.data.len() };
                let part = self.data.split_to(end);
                (!part.is_empty()).then_some(Ok(Frame::data(part)))
            }
            (true, true) => Some(Err(io::ErrorKind::ConnectionReset.into())),
            (true, false) => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && (self.sent || self.data.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        if self.sent { SizeHint::default() } else { SizeHint::with_exact(self.data.len() as u64) }
    }
}
