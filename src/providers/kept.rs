//! Credentials that are kept, and when they are to be renewed.

use std::time::Duration;

use time::OffsetDateTime;

use crate::Credentials;

/// Past this point one task tries to renew, while the others go on with what they have (botocore's advisory
/// window).
const ADVISORY: Duration = Duration::from_secs(15 * 60);
/// Past this point callers wait for the renewal (botocore's mandatory window).
const MANDATORY: Duration = Duration::from_secs(10 * 60);

/// After a renewal that failed, the credentials that are still valid are used this long before the next try.
const PAUSE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(super) struct Kept {
    pub(super) credentials: Credentials,
    obtained: OffsetDateTime,
    /// How long before the expiration renewal starts.
    pub(super) advisory: Duration,
    /// A renewal has failed: none is tried before this time.
    paused_until: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    Fresh,
    Due,
    Overdue,
}

impl Kept {
    /// Whether these end later.
    pub(super) fn outlives(&self, other: &Self) -> bool {
        match (self.credentials.expiration(), other.credentials.expiration()) {
            (None, end) => end.is_some(),
            (Some(_), None) => false,
            (Some(end), Some(other)) => end > other,
        }
    }

    pub(super) fn is_valid(&self, now: OffsetDateTime) -> bool {
        self.credentials.expiration().is_none_or(|end| now < end)
    }

    pub(super) fn new(credentials: Credentials, obtained: OffsetDateTime, seed: u64) -> Self {
        let mut kept = Self { credentials, obtained, advisory: ADVISORY, paused_until: None };
        // A fifteen-minute session would otherwise always be due. Three quarters stay above the mandatory
        // window.
        let window = ADVISORY.min(kept.lifetime() / 4);
        kept.advisory = window * 3 / 4 + window / 4 / 1024 * u32::try_from(seed % 1024).unwrap_or_default();
        kept
    }

    pub(super) fn pause(&mut self, now: OffsetDateTime) {
        self.paused_until = now.checked_add(PAUSE.min(self.lifetime() / 60).try_into().unwrap_or_default());
    }

    fn lifetime(&self) -> Duration {
        self.credentials.expiration().map_or(Duration::MAX, |end| (end - self.obtained).unsigned_abs())
    }

    pub(super) fn age(&self, now: OffsetDateTime) -> Age {
        let Some(end) = self.credentials.expiration() else { return Age::Fresh };
        let left = end - now;
        let is_paused = now < end && self.paused_until.is_some_and(|until| now < until);
        if is_paused || left > self.advisory {
            Age::Fresh
        } else if left > MANDATORY.min(self.lifetime() / 6) {
            Age::Due
        } else {
            Age::Overdue
        }
    }
}
