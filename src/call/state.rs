//! The state of a call, whatever its operation: what was tried, what was learned from it, what may be tried next.

use std::{borrow::Cow, time::Duration};

use time::OffsetDateTime;

use super::{
    Correction, MonotonicTime, Now, RetryPolicy, RetryQuota, UnsignedRequest,
    channel::{self, Cargo},
    retry::Backoff,
    sign,
    skew::{ServerTime, SignedFor, Skew},
};
use crate::{
    Error, Operation,
    credentials::Credentials,
    endpoint::{Endpoint, Region, Service},
};

/// What an unsuccessful attempt leads to.
pub(super) enum Outcome {
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
    pub(super) clock: ServerTime,
    /// Whether the request may be sent once more.
    pub(super) is_repeatable: bool,
}

pub(super) struct CallState<'a> {
    endpoint: &'a Endpoint,
    pub(super) credentials: Option<&'a Credentials>,
    service: Service,
    policy: RetryPolicy,
    backoff: Backoff,
    /// Another region than the endpoint's: learned from an earlier call, or by a redirect of this one.
    pub(super) region: Option<Region>,
    pub(super) skew: Skew,
    /// Each correction is made once at most.
    is_redirected: bool,
    is_clock_corrected: bool,
    /// The last correction that has not been reported yet.
    pub(super) news: Option<Correction>,
    pub(super) attempts: u32,
    pub(super) quota: Option<&'a RetryQuota>,
    /// What the last retry took from the quota.
    taken: Option<u32>,
    began: Option<MonotonicTime>,
}

impl<'a> CallState<'a> {
    pub(super) fn new(
        service: Service,
        endpoint: &'a Endpoint,
        credentials: Option<&'a Credentials>,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        Self {
            endpoint,
            credentials,
            service,
            backoff: Backoff::new(seed),
            policy,
            region: None,
            skew: Skew::default(),
            is_redirected: false,
            is_clock_corrected: false,
            news: None,
            attempts: 0,
            quota: None,
            taken: None,
            began: None,
        }
    }

    pub(super) fn begin(&mut self, now: MonotonicTime) {
        self.began.get_or_insert(now);
    }

    pub(super) fn sent(&mut self, now: Now) {
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
    pub(super) fn on_failure(&mut self, attempt: Attempt) -> Outcome {
        let Attempt { error, retry_after, clock, is_repeatable } = attempt;
        // A refusal that asks for a correction comes before the operation: nothing has been done yet.
        if self.takes_correction(&error, clock) {
            return Outcome::Again;
        }
        let is_wanted = self.policy.retry_throttling || !error.is_throttle();
        let is_allowed = error.is_retryable() && is_wanted && is_repeatable;
        let is_retried = is_allowed
            && self.attempts - self.corrections() < self.policy.max_attempts
            && self.pays_for_retry(error.is_throttle());
        if is_retried {
            let delay = self.backoff.delay(&self.policy, error.is_throttle(), retry_after);
            Outcome::After(delay, error)
        } else {
            Outcome::Over(error)
        }
    }

    fn takes_correction(&mut self, error: &Error, clock: ServerTime) -> bool {
        let (Some(error), Some(time)) = (error.as_service_error(), self.skew.sent()) else { return false };
        let signed = SignedFor { region: self.current_region(), time, clock_offset: self.skew.offset() };
        let correction = Correction::with_clock(error, clock, &signed);
        match &correction {
            Some(Correction::Region(region)) if !self.is_redirected => {
                self.is_redirected = true;
                self.region = Some(region.clone());
            }
            Some(Correction::ClockOffset(seconds)) if !self.is_clock_corrected => {
                self.is_clock_corrected = true;
                self.skew.correct(*seconds);
            }
            _ => return false,
        }
        self.news = correction;
        true
    }

    /// Attempts that were made for a correction: those are not counted as retries.
    fn corrections(&self) -> u32 {
        u32::from(self.is_redirected) + u32::from(self.is_clock_corrected)
    }

    /// Attempts that followed one that failed.
    pub(super) fn retries(&self) -> u32 {
        self.attempts.saturating_sub(1 + self.corrections())
    }

    /// The region in use, if it is another than the endpoint's.
    pub(super) fn corrected_region(&self) -> Option<&Region> {
        self.region.as_ref().filter(|region| *region != self.endpoint.region())
    }

    /// The region that this call was redirected to.
    pub(super) fn redirected_region(&self) -> Option<&Region> {
        self.region.as_ref().filter(|_| self.is_redirected)
    }

    fn pays_for_retry(&mut self, is_throttle: bool) -> bool {
        let Some(quota) = self.quota else { return true };
        self.taken = quota.take(is_throttle);
        self.taken.is_some()
    }

    fn current_region(&self) -> &Region {
        self.region.as_ref().unwrap_or(self.endpoint.region())
    }

    /// What AWS asks of the parameters, if the request goes there.
    pub(super) fn check<O: Operation>(&self, operation: &O) -> Result<(), Error> {
        sign::check(operation, self.endpoint)
    }

    /// The request as it is sent at the time `now`.
    pub(super) fn signed(
        &self,
        unsigned: UnsignedRequest,
        bucket: Option<&str>,
        is_signed: bool,
        cargo: &Cargo<'_>,
        now: OffsetDateTime,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        let credentials = self.credentials.filter(|_| is_signed);
        let target = self.endpoint_here().target(self.service.clone(), bucket)?;
        channel::check(cargo, self.endpoint, &target, credentials)?;
        sign::signed(unsigned, &target, &self.service, credentials, self.skew.adjust(now))
    }

    /// Make the signature that was refused once more, with all its intermediate values.
    pub(super) fn signed_steps(
        &self,
        unsigned: UnsignedRequest,
        bucket: Option<&str>,
    ) -> Option<Box<sigv4::SigningSteps>> {
        let target = self.endpoint_here().target(self.service.clone(), bucket).ok()?;
        let signed_at = self.skew.signed_at()?;
        let signed = sign::signed_in_steps(unsigned, &target, &self.service, self.credentials?, signed_at);
        signed.ok().map(|signed| Box::new(signed.steps))
    }

    fn endpoint_here(&self) -> Cow<'a, Endpoint> {
        match &self.region {
            Some(region) => Cow::Owned(self.endpoint.moved(region.clone())),
            None => Cow::Borrowed(self.endpoint),
        }
    }
}
