use time::OffsetDateTime;

use crate::{
    call::MonotonicTime,
    runtime::{
        clock::{Clock, since_start},
        transport::BoxFuture,
    },
};

/// The operating system's clocks and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn monotonic(&self) -> MonotonicTime {
        since_start()
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(deadline.duration_since(self.monotonic())))
    }
}
