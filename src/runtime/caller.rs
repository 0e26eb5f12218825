use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use time::OffsetDateTime;

use super::{
    BoxFuture, Clock, Event, Files, Limits, Observer, Processes, Random, SystemFiles, SystemRandom,
    Transport, learned::Learned, patience::Patience, trace,
};
use crate::{
    Call, Endpoint, Error, Operation, Region, RetryPolicy, TransportError, TransportErrorKind,
    call::{Correction, MonotonicTime, RetryQuota, redirect},
    credentials::Credentials,
    endpoint::{Partition, Service},
};

/// Makes calls: a transport, a clock, an endpoint configuration and a retry policy, and what was learned from
/// earlier answers (a bucket's region, a clock's offset). Clones share all of it.
///
/// A call's future may be dropped at any time: its connection is closed, nothing goes on in the background, and what
/// was learned stays as it was. (A request that was sent may of course have been carried out.)
#[derive(Clone)]
pub struct Caller {
    pub(super) inner: Arc<Inner>,
}

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) processes: Arc<dyn Processes>,
    pub(super) files: Arc<dyn Files>,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) endpoint: Endpoint,
    pub(super) policy: RetryPolicy,
    pub(super) quota: Arc<RetryQuota>,
    pub(super) learned: Arc<Mutex<Learned>>,
}

impl Caller {
    /// A caller that has learned nothing yet. Its jitter comes from the system's source of randomness.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        endpoint: Endpoint,
        policy: RetryPolicy,
    ) -> Self {
        let (random, processes, observer) = (Arc::new(SystemRandom), super::default::processes(), None);
        let (files, quota, learned) = (Arc::new(SystemFiles), Arc::default(), Arc::default());
        Self {
            inner: Arc::new(Inner {
                transport,
                clock,
                random,
                processes,
                files,
                observer,
                endpoint,
                policy,
                quota,
                learned,
            }),
        }
    }

    /// The same with another source of randomness.
    #[must_use]
    pub fn with_random(&self, random: Arc<dyn Random>) -> Self {
        self.changed(|inner| inner.random = random)
    }

    /// The same, which runs programs (`credential_process`) by other means.
    #[must_use]
    pub fn with_processes(&self, processes: Arc<dyn Processes>) -> Self {
        self.changed(|inner| inner.processes = processes)
    }

    /// The same, whose providers find tokens, sign-ins and caches in these files.
    #[must_use]
    pub fn with_files(&self, files: Arc<dyn Files>) -> Self {
        self.changed(|inner| inner.files = files)
    }

    /// The same, which tells an observer what calls do.
    #[must_use]
    pub fn with_observer(&self, observer: Arc<dyn Observer>) -> Self {
        self.changed(|inner| inner.observer = Some(observer))
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// What runs programs.
    pub fn processes(&self) -> &dyn Processes {
        &*self.inner.processes
    }

    /// The files.
    pub fn files(&self) -> &dyn Files {
        &*self.inner.files
    }

    /// The source of unpredictable bytes.
    pub fn random(&self) -> &dyn Random {
        &*self.inner.random
    }

    /// The time by the clock of STS, as far as its answers have told that ours is off: the clock by which it
    /// says when credentials end.
    pub fn sts_now(&self) -> OffsetDateTime {
        let now = self.inner.clock.now();
        now.checked_add(self.sts_offset()).unwrap_or(now)
    }

    /// Credentials with their expiration by this machine's clock: for other programs, which know no other.
    /// [`Credentials::expiration`] is by the clock of STS, and where ours is two hours fast, new credentials of an hour
    /// would look to them as if they had ended.
    pub fn in_local_time(&self, credentials: Credentials) -> Credentials {
        match credentials.expiration().and_then(|end| end.checked_sub(self.sts_offset())) {
            Some(end) => credentials.with_expiration(end),
            None => credentials,
        }
    }

    /// What to add to our clock. Portal (SSO) and STS go by one clock; each may be the only one that was asked.
    fn sts_offset(&self) -> time::Duration {
        let learned = self.learned();
        let seconds = learned.clock_offset(&Service::Sts).or_else(|| learned.clock_offset(&Service::Sso));
        time::Duration::seconds(seconds.unwrap_or_default())
    }

    /// The same for another region; connections, retry quota and what was learned are shared.
    #[must_use]
    pub fn with_region(&self, region: Region) -> Self {
        self.changed(|inner| inner.endpoint = inner.endpoint.clone().with_region(region))
    }

    /// The same with another endpoint configuration; connections, retry quota and what was learned are shared.
    #[must_use]
    pub fn with_endpoint(&self, endpoint: Endpoint) -> Self {
        self.changed(|inner| inner.endpoint = endpoint)
    }

    /// The same with another retry policy; what was learned is shared.
    #[cfg(feature = "client")]
    pub(crate) fn with_policy(&self, change: impl FnOnce(RetryPolicy) -> RetryPolicy) -> Self {
        self.changed(|inner| inner.policy = change(inner.policy.clone()))
    }

    fn changed(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(&self.inner);
        change(&mut inner);
        Self { inner: Arc::new(inner) }
    }

    /// The endpoint configuration.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// How often and how patiently calls are tried.
    pub fn policy(&self) -> &RetryPolicy {
        &self.inner.policy
    }

    /// Presign with what earlier calls have learned of the bucket's region and the service's clock.
    #[cfg(feature = "client")]
    pub(crate) fn presign<O: Operation>(
        &self,
        operation: &O,
        credentials: &Credentials,
        expires: std::time::Duration,
    ) -> Result<crate::PresignedUrl, Error> {
        let (endpoint, offset) = self.learned_for(operation);
        let now = self.clock().now();
        crate::PresignedUrl::with_clock_offset(operation, &endpoint, credentials, expires, now, offset)
    }

    /// Sign with the same.
    #[cfg(feature = "client")]
    pub(crate) fn sign<O: Operation>(
        &self,
        operation: &O,
        credentials: &Credentials,
    ) -> Result<crate::SignedRequest, Error> {
        let (endpoint, offset) = self.learned_for(operation);
        let now = self.clock().now();
        let now = now.checked_add(time::Duration::seconds(offset)).unwrap_or(now);
        crate::SignedRequest::new(operation, &endpoint, credentials, now)
    }

    /// Where the operation goes, and the seconds that its service's clock is ahead of ours.
    #[cfg(feature = "client")]
    fn learned_for<O: Operation>(&self, operation: &O) -> (Endpoint, i64) {
        let endpoint = match operation.bucket().and_then(|bucket| self.region_of(bucket)) {
            Some(region) => self.endpoint().moved(region),
            None => self.endpoint().clone(),
        };
        let learned = self.learned().clock_offset(&operation.service());
        (endpoint, learned.unwrap_or_else(|| self.sts_offset().whole_seconds()))
    }

    /// One exchange, told to the observer under the operation's name: nothing is signed, repeated or followed.
    ///
    /// The transport holds the limits; racing it against the clock is the second net, for transports that do not. (In
    /// a box, so that the program has it once and not in every operation's call.)
    ///
    /// # Errors
    /// No whole answer came within the limits.
    pub fn exchange<'a>(
        &'a self,
        operation: &'a str,
        attempt: u32,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'a, Result<http::Response<Vec<u8>>, TransportError>> {
        self.exchange_shown(operation, attempt, request, limits, None)
    }

    /// The same, told under another path than its own, which is secret.
    pub(crate) fn exchange_shown<'a>(
        &'a self,
        operation: &'a str,
        attempt: u32,
        request: http::Request<Vec<u8>>,
        limits: Limits,
        shown_path: Option<&'a str>,
    ) -> BoxFuture<'a, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let began = self.inner.clock.monotonic();
            let host = request.uri().authority().map(|host| host.to_string()).unwrap_or_default();
            let (method, path) = (request.method(), shown_path.unwrap_or(request.uri().path()));
            self.tell(&Event::Sent { operation, method, host: &host, path, attempt });
            let answer = self.inner.transport.send(request, limits);
            let answer = self.patience().within(limits.total, answer).await.unwrap_or_else(|| {
                let problem = limits.total_exceeded();
                Err(TransportError::new(TransportErrorKind::Timeout, host.clone(), problem))
            });
            let took = self.inner.clock.monotonic().duration_since(began);
            self.tell(&match &answer {
                Ok(answer) => {
                    let (status, length) = (answer.status().as_u16(), answer.body().len());
                    Event::Answered { operation, status, length, took }
                }
                Err(error) => Event::Unanswered { operation, error, took },
            });
            answer
        })
    }

    /// Time limits by this caller's clock.
    pub(crate) fn patience(&self) -> Patience {
        Patience::new(self.inner.clock.clone())
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = &self.inner.observer {
            observer.observe(event);
        }
    }

    /// A number that no other call has, so that parallel calls do not retry in step.
    pub(crate) fn seed(&self) -> u64 {
        static FALLBACK: AtomicU64 = AtomicU64::new(0);
        let mut bytes = [0; 8];
        match self.inner.random.fill(&mut bytes) {
            Ok(()) => u64::from_le_bytes(bytes),
            // Jitter protects services from crowds, not secrets: a system without randomness still has a time.
            Err(_) => {
                let number = FALLBACK.fetch_add(1, Ordering::Relaxed);
                let nanoseconds = self.inner.clock.now().unix_timestamp_nanos().to_le_bytes();
                let time = nanoseconds.first_chunk().copied().map_or(0, u64::from_le_bytes);
                // A page in a browser is no process.
                let process = if cfg!(target_os = "unknown") { 0 } else { std::process::id() };
                time.wrapping_add(number << 32).wrapping_add(u64::from(process))
            }
        }
    }

    pub(super) fn learned(&self) -> MutexGuard<'_, Learned> {
        self.inner.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self, service: &Service, bucket: Option<&str>) -> (Option<Region>, i64) {
        let region = bucket.and_then(|bucket| self.region_of(bucket));
        (region, self.learned().clock_offset(service).unwrap_or_default())
    }

    /// A bucket's region, as earlier answers have told it. In another partition a bucket of that name is another one.
    fn region_of(&self, bucket: &str) -> Option<Region> {
        let here = Partition::of(self.endpoint().region());
        self.learned().region(bucket).filter(|region| Partition::of(region) == here)
    }

    /// Others need not meet the same refusal while this call goes on.
    pub(super) fn corrected<O: Operation>(&self, operation: &O, correction: Correction, at: MonotonicTime) {
        trace::corrected(&correction);
        match correction {
            Correction::Region(region) => {
                let bucket = operation.bucket().unwrap_or_default();
                self.tell(&Event::Redirected { operation: operation.name(), bucket, region: &region });
                if !bucket.is_empty() {
                    self.learned().learn_region(bucket, region, at);
                }
            }
            Correction::ClockOffset(seconds) => {
                self.tell(&Event::ClockCorrected { operation: operation.name(), seconds });
                self.learned().learn_clock_offset(operation.service(), seconds, at);
            }
        }
    }

    pub(super) fn learn<O: Operation>(
        &self,
        operation: &O,
        call: &Call<'_, O>,
        result: &Result<O::Output, Error>,
        at: MonotonicTime,
    ) {
        if let Some((seconds, at)) = call.learned_clock_offset() {
            self.learned().learn_clock_offset(operation.service(), seconds, at);
        }
        // Where the bucket was thought to be, it is not (any more): the next call starts where we are.
        let refusal = result.as_ref().err().and_then(Error::as_service_error);
        if let (Some(bucket), Some(true)) = (operation.bucket(), refusal.map(redirect::is_elsewhere)) {
            self.learned().forget_region(bucket, at);
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("endpoint", &self.inner.endpoint).finish_non_exhaustive()
    }
}
