use std::{
    collections::HashMap,
    fmt,
    future::poll_fn,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use time::OffsetDateTime;

use super::{BoxFuture, Clock, Limits, Transport, trace};
use crate::{
    Call, Endpoint, Error, Operation, Region, RetryPolicy, Step, TransportError, TransportErrorKind,
    call::RetryQuota, credentials::Credentials, endpoint::Service,
};

/// Makes calls: a transport, a clock, an endpoint configuration and a retry policy, and what was learned from
/// earlier answers (a bucket's region, a clock's offset). Clones share all of it.
#[derive(Clone)]
pub struct Caller {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    endpoint: Endpoint,
    policy: RetryPolicy,
    quota: Arc<RetryQuota>,
    learned: Arc<Mutex<Learned>>,
    calls: AtomicU64,
    random: RandomState,
}

#[derive(Default)]
struct Learned {
    regions: HashMap<String, Region>,
    clock_offsets: HashMap<Service, i64>,
}

impl Caller {
    /// A caller that has learned nothing yet.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        endpoint: Endpoint,
        policy: RetryPolicy,
    ) -> Self {
        let (learned, calls) = (Arc::default(), AtomicU64::new(0));
        // The standard library's hasher keys are the one source of randomness that needs no dependency.
        let random = RandomState::new();
        let quota = Arc::default();
        Self { inner: Arc::new(Inner { transport, clock, endpoint, policy, quota, learned, calls, random }) }
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// The time by the clock of STS, as far as its answers have told that ours is off: the clock by which it
    /// says when credentials end.
    pub fn sts_now(&self) -> OffsetDateTime {
        let (_, offset) = self.learned(Service::Sts, None);
        let now = self.inner.clock.now();
        now.checked_add(time::Duration::seconds(offset)).unwrap_or(now)
    }

    /// The same for another region; it has learned nothing yet.
    pub(crate) fn in_region(&self, region: Region) -> Self {
        let Inner { transport, clock, endpoint, policy, .. } = &*self.inner;
        Self::new(transport.clone(), clock.clone(), endpoint.clone().with_region(region), policy.clone())
    }

    /// The same with another retry policy; what was learned is shared.
    pub(crate) fn with_policy(&self, change: impl FnOnce(RetryPolicy) -> RetryPolicy) -> Self {
        let Inner { transport, clock, endpoint, policy, quota, learned, .. } = &*self.inner;
        let inner = Inner {
            transport: transport.clone(),
            clock: clock.clone(),
            endpoint: endpoint.clone(),
            policy: change(policy.clone()),
            quota: quota.clone(),
            learned: learned.clone(),
            calls: AtomicU64::new(0),
            random: RandomState::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The endpoint configuration.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// Make a call: sign, send, retry, follow a bucket's region. Without credentials it is sent unsigned.
    ///
    /// # Errors
    /// Whatever the last attempt met.
    pub async fn call<O: Operation>(
        &self,
        operation: &O,
        credentials: Option<&Credentials>,
    ) -> Result<O::Output, Error> {
        let Inner { clock, endpoint, policy, quota, .. } = &*self.inner;
        let (region, offset) = self.learned(O::SERVICE, operation.bucket());
        let mut call = Call::new(operation, endpoint, credentials, policy.clone().with_seed(self.seed()))
            .with_region(region)
            .with_clock_offset(offset)
            .with_quota(quota);
        let driven = async {
            loop {
                match call.step(clock.time()) {
                    Step::Send(request) => {
                        match self.exchange(request, Limits::new(call.attempt_limit(clock.time()))).await {
                            Ok(response) => call.receive(response),
                            Err(error) => call.fail(error),
                        }
                    }
                    Step::Wait(delay) => {
                        trace::waits(call.attempts(), delay);
                        clock.sleep(delay).await;
                    }
                    Step::Done(result) => {
                        self.learn(O::SERVICE, operation.bucket(), &call);
                        trace::done(call.attempts(), &result);
                        return result;
                    }
                }
            }
        };
        trace::in_span(operation, endpoint.region(), driven).await
    }

    /// One exchange within its limits, which the transport holds; racing it against the clock is the second
    /// net, for transports that do not. In a box, so that the program has it once and not in every operation's
    /// call.
    pub(crate) fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let host = request.uri().authority().map(|host| host.to_string()).unwrap_or_default();
        let mut answer = self.inner.transport.send(request, limits);
        let mut end = self.inner.clock.sleep(limits.total);
        Box::pin(poll_fn(move |context| match answer.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(answer),
            Poll::Pending => end.as_mut().poll(context).map(|()| {
                let problem = format!("no whole answer within {:?}", limits.total);
                Err(TransportError::new(TransportErrorKind::Timeout, host.clone(), problem))
            }),
        }))
    }

    /// A seed no two calls share, so that parallel calls do not retry in step.
    pub(crate) fn seed(&self) -> u64 {
        self.inner.random.hash_one(self.inner.calls.fetch_add(1, Ordering::Relaxed))
    }

    fn learned(&self, service: Service, bucket: Option<&str>) -> (Option<Region>, i64) {
        let learned = self.inner.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let region = bucket.and_then(|bucket| learned.regions.get(bucket).cloned());
        (region, learned.clock_offsets.get(&service).copied().unwrap_or_default())
    }

    fn learn<O: Operation>(&self, service: Service, bucket: Option<&str>, call: &Call<'_, O>) {
        let mut learned = self.inner.learned.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(bucket), Some(region)) = (bucket, call.redirected_region()) {
            learned.regions.insert(bucket.to_owned(), region.clone());
        }
        learned.clock_offsets.insert(service, call.clock_offset());
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("endpoint", &self.inner.endpoint).finish_non_exhaustive()
    }
}
