use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use super::BoxFuture;
use crate::call::{MonotonicTime, Now};

/// Time as the client sees it. Tests bring their own.
pub trait Clock: Send + Sync {
    /// The date and time: what signatures and expirations are about.
    fn now(&self) -> OffsetDateTime;

    /// A clock that nobody sets: what deadlines are about.
    fn monotonic(&self) -> MonotonicTime;

    /// Wait until the monotonic clock has come this far.
    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()>;

    /// Wait so long.
    fn sleep(&self, delay: Duration) -> BoxFuture<'_, ()> {
        self.sleep_until(self.monotonic() + delay)
    }

    /// Both times.
    fn time(&self) -> Now {
        Now { wall: self.now(), monotonic: self.monotonic() }
    }
}

/// The operating system's clocks and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn monotonic(&self) -> MonotonicTime {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        MonotonicTime::since_origin(ORIGIN.get_or_init(Instant::now).elapsed())
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(deadline.duration_since(self.monotonic())))
    }
}
