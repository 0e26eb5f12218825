//! The course of a call, whatever its operation: what was tried, what was learned from it, what may be tried next.

use std::{borrow::Cow, time::Duration};

use time::OffsetDateTime;

use super::{
    MonotonicTime, RetryPolicy, RetryQuota, UnsignedRequest, redirect, retry::Backoff, sign, skew::Skew,
};
use crate::{
    Error,
    credentials::Credentials,
    endpoint::{Endpoint, Region, Service},
};

/// What an unsuccessful attempt leads to.
pub(super) enum Verdict {
    /// Another attempt at once: something was corrected.
    Again,
    /// Another attempt, after this time.
    After(Duration, Error),
    Over(Error),
}

/// What is known of an unsuccessful attempt.
pub(super) struct Attempt {
    pub(super) error: Error,
    /// How long the service asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// The service's clock.
    pub(super) clock: Option<OffsetDateTime>,
    /// Whether the request may be sent once more.
    pub(super) is_repeatable: bool,
}

pub(super) struct Course<'a> {
    endpoint: &'a Endpoint,
    credentials: Option<&'a Credentials>,
    service: Service,
    policy: RetryPolicy,
    backoff: Backoff,
    pub(super) region: Option<Region>,
    pub(super) skew: Skew,
    pub(super) attempts: u32,
    pub(super) quota: Option<&'a RetryQuota>,
    /// What the last retry took from the quota.
    taken: Option<u32>,
    began: Option<MonotonicTime>,
}

impl<'a> Course<'a> {
    pub(super) fn new(
        service: Service,
        endpoint: &'a Endpoint,
        credentials: Option<&'a Credentials>,
        policy: RetryPolicy,
    ) -> Self {
        Self {
            endpoint,
            credentials,
            service,
            backoff: Backoff::new(policy.seed),
            policy,
            region: None,
            skew: Skew::default(),
            attempts: 0,
            quota: None,
            taken: None,
            began: None,
        }
    }

    pub(super) fn begin(&mut self, now: MonotonicTime) {
        self.began.get_or_insert(now);
    }

    pub(super) fn sent(&mut self, now: OffsetDateTime) {
        self.attempts += 1;
        self.skew.sent_at(now);
    }

    /// What an attempt may take from `now` on.
    pub(super) fn attempt_limit(&self, now: MonotonicTime) -> Duration {
        let one = self.policy.attempt_timeout;
        self.time_left(now).map_or(one, |left| left.min(one))
    }

    /// What is left of the time for all attempts.
    pub(super) fn time_left(&self, now: MonotonicTime) -> Option<Duration> {
        let spent = now.duration_since(self.began?);
        Some(self.policy.total_timeout?.saturating_sub(spent))
    }

    /// The call succeeded.
    pub(super) fn succeeded(&self) {
        if let Some(quota) = self.quota {
            quota.give_back(self.taken);
        }
    }

    /// Decide what an unsuccessful attempt means. Each correction (another region, another clock) happens at most once
    /// and costs no retry; everything else is a matter of the policy.
    pub(super) fn judge(&mut self, attempt: Attempt) -> Verdict {
        let Attempt { error, retry_after, clock, is_repeatable } = attempt;
        if let Some(region) = redirect::region_of(&error, self.current_region(), self.region.is_some()) {
            self.region = Some(region);
            return Verdict::Again;
        }
        if self.skew.correct(&error, clock) {
            return Verdict::Again;
        }
        let is_wanted = self.policy.retry_throttling || !error.is_throttle();
        let is_allowed = error.is_retryable() && is_wanted && is_repeatable;
        let is_retried = is_allowed
            && self.attempts < self.policy.max_attempts
            && self.pays_for_retry(error.is_throttle());
        if is_retried {
            let delay = self.backoff.delay(&self.policy, error.is_throttle(), retry_after);
            Verdict::After(delay, error)
        } else {
            Verdict::Over(error)
        }
    }

    fn pays_for_retry(&mut self, is_throttle: bool) -> bool {
        let Some(quota) = self.quota else { return true };
        self.taken = quota.take(is_throttle);
        self.taken.is_some()
    }

    fn current_region(&self) -> &Region {
        self.region.as_ref().unwrap_or(self.endpoint.region())
    }

    /// The request as it is sent at the time `now`.
    pub(super) fn signed(
        &self,
        unsigned: UnsignedRequest,
        bucket: Option<&str>,
        is_signed: bool,
        now: OffsetDateTime,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        let credentials = self.credentials.filter(|_| is_signed);
        let target = self.endpoint_here().target(self.service, bucket)?;
        sign::signed(unsigned, &target, self.service, credentials, self.skew.adjust(now))
    }

    /// Make the signature that was refused once more, with all its intermediate values.
    pub(super) fn signed_steps(
        &self,
        unsigned: UnsignedRequest,
        bucket: Option<&str>,
    ) -> Option<Box<sigv4::SigningSteps>> {
        let target = self.endpoint_here().target(self.service, bucket).ok()?;
        let signed_at = self.skew.signed_at()?;
        sign::steps(unsigned, &target, self.service, self.credentials?, signed_at).map(Box::new)
    }

    fn endpoint_here(&self) -> Cow<'a, Endpoint> {
        match &self.region {
            Some(region) => Cow::Owned(self.endpoint.clone().with_region(region.clone())),
            None => Cow::Borrowed(self.endpoint),
        }
    }
}
