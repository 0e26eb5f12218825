//! The clock by which requests are signed and sessions end.

use time::{Duration, OffsetDateTime};

/// The machine's clock, set forward or back.
#[derive(Debug)]
pub(crate) struct Clock {
    skew: Duration,
}

impl Clock {
    /// Ahead of the machine's by this many seconds; negative: behind.
    pub(crate) fn new(skew_seconds: i64) -> Self {
        Self { skew: Duration::seconds(skew_seconds) }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.skew
    }
}
