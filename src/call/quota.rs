//! How much retrying a client may do in all: when everything fails, retries make it worse.

use std::sync::atomic::{AtomicU32, Ordering};

/// What a retry costs.
const RETRY: u32 = 14;
/// What one after throttling costs.
const THROTTLED: u32 = 5;
/// What a success without a retry gives back.
const SUCCESS: u32 = 1;

/// A bucket of 500 tokens that the calls of one client share. A retry takes 14 of them, one after throttling
/// 5; a call that succeeds after a retry gives back what that took, any other 1. With too few left, calls
/// fail at once.
///
/// The SDKs' standard mode, with the figures of its newest profile.
#[derive(Debug)]
pub struct RetryQuota {
    tokens: AtomicU32,
}

impl RetryQuota {
    /// Tokens of a full quota.
    pub const CAPACITY: u32 = 500;

    /// A full quota.
    pub fn new() -> Self {
        Self { tokens: AtomicU32::new(Self::CAPACITY) }
    }

    /// How many tokens are left.
    pub fn left(&self) -> u32 {
        self.tokens.load(Ordering::Relaxed)
    }

    /// Pay for a retry: what it took, or nothing if there is too little.
    pub(super) fn take(&self, is_throttle: bool) -> Option<u32> {
        let cost = if is_throttle { THROTTLED } else { RETRY };
        let paid =
            self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(cost));
        paid.is_ok().then_some(cost)
    }

    /// A call has succeeded; its last retry took so much.
    pub(super) fn give_back(&self, taken: Option<u32>) {
        let more = |left: u32| Some((left + taken.unwrap_or(SUCCESS)).min(Self::CAPACITY));
        // The closure never declines.
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

impl Default for RetryQuota {
    fn default() -> Self {
        Self::new()
    }
}
