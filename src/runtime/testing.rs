//! For unit tests: a clock that they set, and a transport whose answers they write.

use std::{
    sync::{Arc, Mutex},
    task::{Poll, Waker},
    time::Duration,
};

use time::{OffsetDateTime, macros::datetime};

use super::{BoxFuture, Caller, Clock, Limits, Transport};
use crate::{
    Endpoint, Region, RetryPolicy, TransportError,
    call::{MonotonicTime, Now},
};

/// When every test starts.
pub(crate) const NOON: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

/// A clock that stands still until a test sets it.
#[derive(Clone)]
pub(crate) struct MockClock(Arc<Mutex<OffsetDateTime>>);

impl MockClock {
    pub(crate) fn set(&self, seconds_after_noon: u64) {
        *self.0.lock().unwrap() = NOON + Duration::from_secs(seconds_after_noon);
    }
}

impl Clock for MockClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> MonotonicTime {
        Now::from(self.now()).monotonic
    }

    fn sleep_until(&self, _deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// A clock that stands still until a test sets it, and whose sleepers sleep until then.
#[derive(Clone, Default)]
pub(crate) struct VirtualClock(Arc<Mutex<Sleepers>>);

#[derive(Default)]
struct Sleepers {
    now: Duration,
    waiting: Vec<(MonotonicTime, Waker)>,
}

impl VirtualClock {
    /// Go to a time after noon, and wake whoever wanted to be woken by then.
    pub(crate) fn set(&self, seconds_after_noon: u64) {
        let woken: Vec<Waker> = {
            let mut sleepers = self.0.lock().unwrap();
            sleepers.now = Duration::from_secs(seconds_after_noon);
            let now = MonotonicTime::since_origin(sleepers.now);
            let (due, waiting) = sleepers.waiting.drain(..).partition(|(deadline, _)| *deadline <= now);
            sleepers.waiting = waiting;
            let due: Vec<(MonotonicTime, Waker)> = due;
            due.into_iter().map(|(_, waker)| waker).collect()
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> OffsetDateTime {
        NOON + self.0.lock().unwrap().now
    }

    fn monotonic(&self) -> MonotonicTime {
        MonotonicTime::since_origin(self.0.lock().unwrap().now)
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(std::future::poll_fn(move |context| {
            let mut sleepers = self.0.lock().unwrap();
            if MonotonicTime::since_origin(sleepers.now) >= deadline {
                return Poll::Ready(());
            }
            sleepers.waiting.push((deadline, context.waker().clone()));
            Poll::Pending
        }))
    }
}

/// A caller that must send nothing, with a clock whose sleepers sleep.
pub(crate) fn sleeping_caller() -> (Caller, VirtualClock) {
    let (offline, clock) = (offline_caller().0, VirtualClock::default());
    let caller = Caller::new(
        offline.inner.transport.clone(),
        Arc::new(clock.clone()),
        offline.endpoint().clone(),
        RetryPolicy::default(),
    );
    (caller, clock)
}

/// What answers a request.
struct Service<F>(F);

/// What a transport gives.
pub(crate) type Answer = Result<http::Response<Vec<u8>>, TransportError>;

impl<F: Fn(http::Request<Vec<u8>>) -> Answer + Send + Sync> Transport for Service<F> {
    fn send(&self, request: http::Request<Vec<u8>>, _limits: Limits) -> BoxFuture<'_, Answer> {
        let answer = (self.0)(request);
        Box::pin(async { answer })
    }
}

/// A caller whose requests the closure answers, and its clock, which stands at noon.
pub(crate) fn playing(
    answer: impl Fn(http::Request<Vec<u8>>) -> Answer + Send + Sync + 'static,
) -> (Caller, MockClock) {
    let clock = MockClock(Arc::new(Mutex::new(NOON)));
    let endpoint = Endpoint::new(Region::us_east_1());
    let service = Arc::new(Service(answer));
    (Caller::new(service, Arc::new(clock.clone()), endpoint, RetryPolicy::default()), clock)
}

/// The same with an answer's body for each request's path.
pub(crate) fn caller(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (Caller, MockClock) {
    playing(move |request| Ok(http::Response::new(answer(request.uri().path()).into_bytes())))
}

/// A caller that must send nothing: a request fails the test.
pub(crate) fn offline_caller() -> (Caller, MockClock) {
    caller(|path| unreachable!("a request was sent: {path}"))
}
