//! Whole calls: a [`Call`] says what to do next, and a [`Caller`] does it.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{
    Caller, Event, Limits,
    caller::Inner,
    patience::{Deadline, Patience},
    trace,
};
use crate::{
    Call, Error, Operation, RetryPolicy, Step,
    call::{CallInfo, Now},
    credentials::Credentials,
};

/// What calls tell of themselves to who makes them.
#[derive(Default)]
pub(crate) struct Told<'a> {
    /// Of all calls that this was handed to.
    pub(crate) info: CallInfo,
    /// Counts requests when they are sent.
    pub(crate) requests: Option<&'a AtomicU64>,
}

impl Told<'_> {
    fn sent(&self) {
        if let Some(requests) = self.requests {
            requests.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Caller {
    /// Make a call: sign, send, retry, follow a bucket's region. Without credentials it is sent unsigned.
    ///
    /// Cancel safe, as all that this does: see [`Caller`].
    ///
    /// # Errors
    /// Whatever the last attempt met.
    pub async fn call<O: Operation>(
        &self,
        operation: &O,
        credentials: Option<&Credentials>,
    ) -> Result<O::Output, Error> {
        self.call_with(operation, credentials, None, &mut Told::default()).await
    }

    /// The same, with what it took. Cancel safe too.
    ///
    /// # Errors
    /// Whatever the last attempt met.
    pub async fn call_with_info<O: Operation>(
        &self,
        operation: &O,
        credentials: Option<&Credentials>,
    ) -> Result<(O::Output, CallInfo), Error> {
        let mut told = Told::default();
        let output = self.call_with(operation, credentials, None, &mut told).await?;
        Ok((output, told.info))
    }

    /// The same with a moment at which it has to end, beside the policy's limits.
    pub(crate) async fn call_with<O: Operation>(
        &self,
        operation: &O,
        credentials: Option<&Credentials>,
        deadline: Option<&Deadline<'_>>,
        told: &mut Told<'_>,
    ) -> Result<O::Output, Error> {
        let mut policy = self.inner.policy.clone();
        if let Some(left) = deadline.map(Deadline::left) {
            policy.total_timeout = Some(policy.total_timeout.map_or(left, |limit| limit.min(left)));
        }
        let patience = policy.total_timeout.map(|_| self.patience());
        let driven = self.driven(operation, credentials, policy, patience.as_ref(), told);
        let spanned = trace::in_span(operation, self.inner.endpoint.region(), driven);
        match &patience {
            Some(patience) => patience.attend(spanned).await,
            None => spanned.await,
        }
    }

    async fn driven<O: Operation>(
        &self,
        operation: &O,
        credentials: Option<&Credentials>,
        policy: RetryPolicy,
        patience: Option<&Patience>,
        told: &mut Told<'_>,
    ) -> Result<O::Output, Error> {
        let Inner { clock, endpoint, quota, .. } = &*self.inner;
        let (region, offset) = self.known(&operation.service(), operation.bucket());
        let mut call = Call::new(operation, endpoint, credentials, policy, self.seed())
            .with_region(region)
            .with_clock_offset(offset)
            .with_quota(quota);
        let time = || {
            let Now { wall, monotonic } = clock.time();
            let paused = patience.map(Patience::paused).unwrap_or_default();
            Now { wall, monotonic: monotonic.before(paused) }
        };
        let mut sent_at = clock.monotonic();
        loop {
            match call.step(time()) {
                Step::Send(request) => {
                    sent_at = clock.monotonic();
                    told.sent();
                    let limits = Limits::new(call.attempt_limit(time()));
                    match self.exchange(operation.name(), call.attempts(), request, limits).await {
                        Ok(response) => call.receive(response),
                        Err(error) => call.fail(error),
                    }
                    if let Some(correction) = call.take_correction() {
                        self.corrected(operation, correction, sent_at);
                    }
                }
                Step::Wait(delay) => {
                    trace::waits(call.attempts(), delay);
                    if let Some(error) = call.last_error() {
                        let (operation, attempts) = (operation.name(), call.attempts());
                        self.tell(&Event::Retrying { operation, attempts, delay, error });
                    }
                    clock.sleep(delay).await;
                }
                Step::Done(result) => {
                    self.learn(operation, &call, &result, sent_at);
                    trace::done(call.attempts(), &result);
                    told.info = call.info().after(&told.info);
                    return result;
                }
            }
        }
    }
}
