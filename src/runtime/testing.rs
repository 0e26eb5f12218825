//! A clock whose hands tests set, and a service that tests play.

use std::{
    sync::{Arc, Mutex},
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

/// A clock that goes only when it is set.
#[derive(Clone)]
pub(crate) struct Hands(Arc<Mutex<OffsetDateTime>>);

impl Hands {
    pub(crate) fn set(&self, seconds_after_noon: u64) {
        *self.0.lock().unwrap() = NOON + Duration::from_secs(seconds_after_noon);
    }
}

impl Clock for Hands {
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

/// A caller at noon, its service, and its clock.
pub(crate) fn playing(
    answer: impl Fn(http::Request<Vec<u8>>) -> Answer + Send + Sync + 'static,
) -> (Caller, Hands) {
    let clock = Hands(Arc::new(Mutex::new(NOON)));
    let endpoint = Endpoint::new(Region::us_east_1());
    let service = Arc::new(Service(answer));
    (Caller::new(service, Arc::new(clock.clone()), endpoint, RetryPolicy::default()), clock)
}

/// A caller at noon whose service answers with the body for a request's path.
pub(crate) fn caller(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (Caller, Hands) {
    playing(move |request| Ok(http::Response::new(answer(request.uri().path()).into_bytes())))
}

/// A caller that has nobody to call.
pub(crate) fn lonely_caller() -> (Caller, Hands) {
    caller(|path| unreachable!("nobody is to be called: {path}"))
}
