//! One API call as a state machine without I/O: sign → retry → redirect → skew → result.
//!
//! A [`Call`] is asked for its next [`Step`] and told what came of it. It reads no clock and no random
//! source: `now` is a parameter, and the jitter comes from a seed. Whoever drives it needs only an HTTP
//! client (or none: a test can play the server).
//!
//! ```
//! use sts3::{Call, Credentials, Endpoint, Region, RetryPolicy, Step, sts::GetCallerIdentity};
//! # fn my_http(_: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
//! #     http::Response::new(b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>\
//! #         <Arn>arn:aws:iam::123456789012:user/alice</Arn><UserId>AIDAEXAMPLE</UserId></GetCallerIdentityResult>\
//! #         </GetCallerIdentityResponse>".to_vec())
//! # }
//! let endpoint = Endpoint::new(Region::new("eu-west-1")?);
//! let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let operation = GetCallerIdentity::new();
//! # fn my_random() -> u64 { 4 }
//! let mut call = Call::new(&operation, &endpoint, Some(&credentials), RetryPolicy::default(), my_random());
//! let identity = loop {
//!     match call.step(time::OffsetDateTime::now_utc()) {
//!         Step::Send(request) => call.receive(my_http(request)),
//!         Step::Wait(delay) => std::thread::sleep(delay),
//!         Step::Done(result) => break result?,
//!     }
//! };
//! assert_eq!(identity.account, "123456789012");
//! # Ok::<(), sts3::Error>(())
//! ```
//!
//! Read `operation` (what a call is about), this file (the machine), `state` (what is known and may be tried), then
//! `retry`, `quota`, `correction` with `redirect` and `skew`, `channel` and `sign` (the rules),
//! `presign` and `signed_request` (without a call), and `info` (what a success took). `retry_settings` reads a policy from users' own documents.

mod channel;
mod correction;
mod info;
mod now;
mod presign;
mod quota;
pub(crate) mod redirect;
mod retry;
#[cfg(feature = "serde")]
mod retry_settings;
mod sign;
mod signed_request;
mod skew;
mod state;

use std::{fmt, time::Duration};

use time::OffsetDateTime;

pub use crate::operation::{Operation, UnsignedRequest};
pub use correction::Correction;
pub use info::CallInfo;
pub use now::{MonotonicTime, Now};
pub use presign::PresignedUrl;
pub use quota::RetryQuota;
pub use retry::RetryPolicy;
#[cfg(feature = "providers")]
pub(crate) use sign::check;
pub use signed_request::SignedRequest;
pub use skew::SignedFor;

use self::{
    info::RequestIds,
    skew::{ServerTime, Skew},
    state::{Attempt, CallState, Outcome},
};
use crate::{
    Error, ServiceError, TransportError,
    credentials::Credentials,
    endpoint::{Endpoint, Region},
    error::KeyFault,
    wire::service_error,
};

/// What to do next.
#[must_use]
pub enum Step<T> {
    /// Send this request, then call [`Call::receive`] or [`Call::fail`].
    Send(http::Request<Vec<u8>>),
    /// Wait that long, then ask again.
    Wait(Duration),
    /// The call has ended.
    Done(Result<T, Error>),
}

impl<T: fmt::Debug> fmt::Debug for Step<T> {
    /// Without the request's headers and body, which are its secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(request) => write!(f, "Send({} {})", request.method(), request.uri().path()),
            Self::Wait(delay) => f.debug_tuple("Wait").field(delay).finish(),
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
        }
    }
}

enum State<T> {
    Ready,
    Sent,
    /// Before the next attempt; the error counts if there is no time for that.
    Waiting(Duration, Error),
    Done(Option<Result<T, Error>>),
}

/// One call of an operation.
pub struct Call<'a, O: Operation> {
    operation: &'a O,
    known: CallState<'a>,
    state: State<O::Output>,
    last_error: Option<Error>,
    request_ids: RequestIds,
}

impl<O: Operation> fmt::Debug for Call<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Call");
        shown
            .field("operation", &self.operation.name())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}

impl<'a, O: Operation> Call<'a, O> {
    /// A call that has done nothing yet. Without credentials the request is sent unsigned. The `seed` decides how
    /// long is waited between attempts: a number that no other call has, or callers that fail together retry together.
    pub fn new(
        operation: &'a O,
        endpoint: &'a Endpoint,
        credentials: Option<&'a Credentials>,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        let known = CallState::new(operation.service(), endpoint, credentials, policy, seed);
        Self { operation, known, state: State::Ready, last_error: None, request_ids: RequestIds::default() }
    }

    /// Start with a region learned from an earlier redirect of the same bucket.
    #[must_use]
    pub fn with_region(mut self, region: Option<Region>) -> Self {
        self.known.region = region;
        self
    }

    /// Retry only as far as this quota, which all calls of a client share, allows.
    #[must_use]
    pub fn with_quota(mut self, quota: &'a RetryQuota) -> Self {
        self.known.quota = Some(quota);
        self
    }

    /// Start with a clock offset learned from an earlier answer, in seconds to add to our clock.
    #[must_use]
    pub fn with_clock_offset(mut self, seconds: i64) -> Self {
        self.known.skew = Skew::known(seconds);
        self
    }

    /// What to do next, at the time `now`.
    pub fn step(&mut self, now: impl Into<Now>) -> Step<O::Output> {
        self.step_at(now.into())
    }

    fn step_at(&mut self, now: Now) -> Step<O::Output> {
        self.known.begin(now.monotonic);
        let left = self.known.time_left(now.monotonic);
        match &mut self.state {
            State::Ready => match self.signed_request(now.wall) {
                Ok(request) => {
                    self.known.sent(now);
                    self.state = State::Sent;
                    Step::Send(request)
                }
                Err(error) => Step::Done(Err(error)),
            },
            State::Waiting(delay, error) if left.is_some_and(|left| left <= *delay) => {
                let error = error.clone();
                self.state = State::Done(None);
                Step::Done(Err(error))
            }
            State::Waiting(delay, error) => {
                let delay = *delay;
                self.last_error = Some(error.clone());
                self.state = State::Ready;
                Step::Wait(delay)
            }
            State::Done(result) => Step::Done(result.take().unwrap_or_else(|| misuse("was over already"))),
            State::Sent => Step::Done(misuse("waits for an answer: call receive or fail")),
        }
    }

    /// How long the attempt that was handed out may take from `now` on: the policy's limit for one, and what is left
    /// for all. Whoever drives the call gives it up then, with [`Call::fail`].
    pub fn attempt_limit(&self, now: impl Into<Now>) -> Duration {
        self.known.attempt_limit(now.into().monotonic)
    }

    /// An answer arrived, with its whole body. (Without a request under way there can be none: the call ends with an
    /// error that says so.)
    pub fn receive(&mut self, response: http::Response<Vec<u8>>) {
        if !self.is_under_way() {
            return;
        }
        let retry_after = retry::server_hint(response.headers());
        self.request_ids = RequestIds::of(response.headers());
        let now = self.known.skew.sent().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let clock = skew::server_time(response.headers(), now);
        let is_refusal = !response.status().is_success()
            || self.operation.has_xml_answer() && service_error::is_error_document(response.body());
        let result = if is_refusal {
            Err(self.refusal(&response).into())
        } else {
            let encoding = service_error::encoding(response.headers());
            self.operation.parse(response).map_err(|error| error.of_encoded_answer(encoding))
        };
        match result {
            Ok(output) => {
                self.known.succeeded();
                if !self.operation.is_signed() {
                    self.known.skew.observe(clock);
                }
                self.state = State::Done(Some(Ok(output)));
            }
            Err(error) => {
                let is_repeatable = self.operation.is_repeatable();
                self.failed(Attempt { error, retry_after, clock, is_repeatable });
            }
        }
    }

    /// No answer arrived. Unless the error says that nothing was sent, the service may have carried the request out:
    /// what must not happen twice is then over.
    pub fn fail(&mut self, error: TransportError) {
        if !self.is_under_way() {
            return;
        }
        let is_repeatable = self.operation.is_repeatable() || !error.may_have_been_sent();
        let clock = ServerTime::Untold;
        self.failed(Attempt { error: error.into(), retry_after: None, clock, is_repeatable });
    }

    /// How often a request was handed out.
    pub fn attempts(&self) -> u32 {
        self.known.attempts
    }

    /// What the call took so far, and how the service names its last answer.
    pub fn info(&self) -> CallInfo {
        let (request_id, host_id) = self.request_ids.texts();
        CallInfo {
            attempts: self.attempts(),
            retries: self.known.retries(),
            request_id,
            host_id,
            corrected_region: self.known.corrected_region().cloned(),
            clock_offset: self.clock_offset(),
        }
    }

    /// What the attempt met that is repeated after the last [`Step::Wait`].
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    /// The region to which this call was redirected, worth remembering for its bucket.
    pub fn redirected_region(&self) -> Option<&Region> {
        self.known.redirected_region()
    }

    /// The clock offset in use, in seconds to add to our clock.
    pub fn clock_offset(&self) -> i64 {
        self.known.skew.offset()
    }

    /// The clock offset that this call has learned, and when the request was sent whose answer told it.
    pub fn learned_clock_offset(&self) -> Option<(i64, MonotonicTime)> {
        self.known.skew.learned()
    }

    /// The correction that the last answer led to, told once.
    pub fn take_correction(&mut self) -> Option<Correction> {
        self.known.news.take()
    }

    /// Whether an answer is waited for. A driver that brings another one is told at the next step; what the call has
    /// come to stays.
    fn is_under_way(&mut self) -> bool {
        if matches!(self.state, State::Ready | State::Waiting(..)) {
            self.state =
                State::Done(Some(misuse("has no request under way: call step, and send what it gives")));
        }
        matches!(self.state, State::Sent)
    }

    fn failed(&mut self, attempt: Attempt) {
        self.state = match self.known.on_failure(attempt) {
            Outcome::Again => State::Ready,
            Outcome::After(delay, error) => State::Waiting(delay, error),
            Outcome::Over(error) => State::Done(Some(Err(error))),
        };
    }

    fn refusal(&self, response: &http::Response<Vec<u8>>) -> ServiceError {
        let mut error = self.operation.refusal(response);
        error.key_fault =
            self.known.credentials.filter(|_| self.operation.is_signed()).and_then(KeyFault::of);
        if error.is_signature_mismatch()
            && let Ok(unsigned) = self.operation.request()
        {
            error.signed = self.known.signed_steps(unsigned, self.operation.bucket());
        }
        error
    }

    fn signed_request(&self, now: OffsetDateTime) -> Result<http::Request<Vec<u8>>, Error> {
        let operation = self.operation;
        let cargo = channel::Cargo {
            operation: operation.name(),
            service: operation.service(),
            carries_secrets: operation.carries_secrets(),
        };
        self.known.check(operation)?;
        self.known.signed(operation.request()?, operation.bucket(), operation.is_signed(), &cargo, now)
    }
}

/// The driver asked out of turn: an error for it, not a panic.
fn misuse<T>(problem: &str) -> Result<T, Error> {
    Err(crate::InvalidInput::new("call", problem.to_owned()).into())
}
