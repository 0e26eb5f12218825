//! When a call is sent again, and how long to wait before: the SDKs' standard mode.

use std::time::Duration;

use http::HeaderMap;

#[cfg(any(feature = "client", feature = "serde"))]
use crate::InvalidInput;

/// The longest wait between two attempts, whatever the exponent says.
const MAX_DELAY: Duration = Duration::from_secs(20);
/// A server may ask for at most this much more than our own back-off.
const MAX_SERVER_EXTRA: Duration = Duration::from_secs(5);

/// How often and how patiently to try.
///
/// ```
/// use std::time::Duration;
/// use sts3::RetryPolicy;
///
/// let patient = RetryPolicy::default().with_max_attempts(10).with_total_timeout(Duration::from_secs(600));
/// ```
///
/// With the feature `serde` it deserializes from the names of its fields, with times in seconds. What is not said is as in
/// the default; unknown fields, and values by which no client is built, are errors.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// # use std::time::Duration;
/// # use sts3::RetryPolicy;
/// let policy: RetryPolicy = serde_json::from_str(r#"{ "max_attempts": 10, "total_timeout": 600, "base": 0.1 }"#)?;
/// assert_eq!(policy.total_timeout, Some(Duration::from_secs(600)));
/// assert_eq!(policy.base, Duration::from_millis(100));
/// # }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first one included. 3 by default (`AWS_MAX_ATTEMPTS`). One for a bucket's region and one for
    /// a wrong clock are not counted.
    pub max_attempts: u32,
    /// Base of the exponential back-off after transient faults: 50 ms.
    pub base: Duration,
    /// Base after throttling: 1 s.
    pub throttling_base: Duration,
    /// How long one attempt may take, from the connection to the end of the answer: 120 s.
    pub attempt_timeout: Duration,
    /// How long a call may take with all its attempts and the waits between; no limit by default.
    pub total_timeout: Option<Duration>,
    /// Whether throttling is retried. If not, it is reported at once: for callers that send fewer requests
    /// then.
    pub retry_throttling: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(50),
            throttling_base: Duration::from_secs(1),
            attempt_timeout: Duration::from_secs(120),
            total_timeout: None,
            retry_throttling: true,
        }
    }
}

impl RetryPolicy {
    /// The same policy with another number of attempts, from 1 on: a client is not built with 0.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The same policy with another limit for one attempt.
    #[must_use]
    pub fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    /// The same policy with a limit for a call with all its attempts.
    #[must_use]
    pub fn with_total_timeout(mut self, limit: Duration) -> Self {
        self.total_timeout = Some(limit);
        self
    }

    /// Whether calls can be made by it.
    ///
    /// # Errors
    /// No attempt is allowed, or no time.
    #[cfg(any(feature = "client", feature = "serde"))]
    pub(crate) fn check(&self) -> Result<(), InvalidInput> {
        if self.max_attempts == 0 {
            return Err(InvalidInput::new(
                "max attempts",
                "is 0: the first attempt counts, so 1 is the least",
            ));
        }
        let limits = [("attempt timeout", Some(self.attempt_timeout)), ("total timeout", self.total_timeout)];
        match limits.into_iter().find(|(_, limit)| *limit == Some(Duration::ZERO)) {
            Some((setting, _)) => {
                Err(InvalidInput::new(setting, "is zero: a time is needed, such as 60 seconds"))
            }
            None => Ok(()),
        }
    }

    /// The same policy, which reports throttling at once.
    #[must_use]
    pub fn without_throttling_retries(mut self) -> Self {
        self.retry_throttling = false;
        self
    }
}

/// Full-jitter exponential back-off: `random(0, 1) × min(base × 2^n, 20 s)`.
pub(super) struct Backoff {
    random: u64,
    retries: u32,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: seed, retries: 0 }
    }

    /// The wait before the next attempt; a server's own wish is honoured within bounds.
    pub(super) fn delay(
        &mut self,
        policy: &RetryPolicy,
        throttled: bool,
        hint: Option<Duration>,
    ) -> Duration {
        let base = if throttled { policy.throttling_base } else { policy.base };
        let ceiling = base.saturating_mul(2_u32.saturating_pow(self.retries)).min(MAX_DELAY);
        self.retries += 1;
        let own = ceiling.mul_f64(self.fraction());
        match hint {
            Some(hint) => own.max(hint.min(own + MAX_SERVER_EXTRA)),
            None => own,
        }
    }

    /// The next number in `0.0..1.0`, by SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): any seed will do.
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// `x-amz-retry-after` in milliseconds, or `Retry-After` in seconds.
pub(super) fn server_hint(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    number("x-amz-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_within_their_ceilings_and_honour_the_server() {
        let policy = RetryPolicy::default();
        let mut ceiling = policy.throttling_base;
        let mut backoff = Backoff::new(7);
        for _ in 0..10 {
            assert!(backoff.delay(&policy, true, None) <= ceiling);
            ceiling = (ceiling * 2).min(MAX_DELAY);
        }
        let mut backoff = Backoff::new(7);
        let asked = backoff.delay(&policy, false, Some(Duration::from_secs(2)));
        assert_eq!(asked, Duration::from_secs(2));
        let bounded = backoff.delay(&policy, false, Some(Duration::from_secs(3600)));
        assert!(bounded <= MAX_SERVER_EXTRA + policy.base * 2, "{bounded:?}");
    }
}
