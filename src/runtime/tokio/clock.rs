use std::sync::OnceLock;

use time::OffsetDateTime;
use tokio::time::Instant;

use crate::{
    call::MonotonicTime,
    runtime::{clock::Clock, transport::BoxFuture},
};

/// The operating system's clocks and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn monotonic(&self) -> MonotonicTime {
        // tokio's own, so that it goes on with the timer where a test sets that.
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        MonotonicTime::since_origin(ORIGIN.get_or_init(Instant::now).elapsed())
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(deadline.duration_since(self.monotonic())))
    }
}
