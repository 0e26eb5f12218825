use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;

use super::transport::BoxFuture;
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

/// The time since this was first asked, by the clock that nobody sets.
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub(super) fn since_start() -> MonotonicTime {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    MonotonicTime::since_origin(ORIGIN.get_or_init(std::time::Instant::now).elapsed())
}

/// What points to a clock is one.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: Clock + ?Sized> Clock for $pointer {
            fn now(&self) -> OffsetDateTime {
                (**self).now()
            }

            fn monotonic(&self) -> MonotonicTime {
                (**self).monotonic()
            }

            fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
                (**self).sleep_until(deadline)
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>);
