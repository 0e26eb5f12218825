use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;

use super::transport::BoxFuture;
use crate::call::{MonotonicTime, Now};

/// Time as the client sees it. Tests bring their own:
///
/// ```
/// use std::{sync::Mutex, time::Duration};
/// use sts3::{
///     Client, call::MonotonicTime,
///     runtime::{BoxFuture, Clock},
///     time::OffsetDateTime,
/// };
///
/// /// Never waits: whoever sleeps sets it.
/// struct Skipping(Mutex<Duration>);
///
/// impl Clock for Skipping {
///     fn now(&self) -> OffsetDateTime {
///         OffsetDateTime::UNIX_EPOCH + *self.0.lock().unwrap()
///     }
///
///     fn monotonic(&self) -> MonotonicTime {
///         MonotonicTime::since_origin(*self.0.lock().unwrap())
///     }
///
///     fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
///         Box::pin(async move {
///             let left = deadline.duration_since(self.monotonic());
///             *self.0.lock().unwrap() += left;
///         })
///     }
/// }
///
/// // 2026-11-25T00:00:00Z
/// let builder = Client::builder().clock(Skipping(Mutex::new(Duration::from_secs(1_795_564_800))));
/// ```
pub trait Clock: Send + Sync {
    /// The date and time: what signatures and expirations are about.
    fn now(&self) -> OffsetDateTime;

    /// A monotonic clock, which no user or server sets: deadlines are measured by it.
    fn monotonic(&self) -> MonotonicTime;

    /// Wait until the monotonic clock has come this far. The future may be dropped, and need not be polled before that.
    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()>;

    /// Wait so long. The future may be dropped.
    fn sleep(&self, delay: Duration) -> BoxFuture<'_, ()> {
        self.sleep_until(self.monotonic() + delay)
    }

    /// Both times.
    fn time(&self) -> Now {
        Now { wall: self.now(), monotonic: self.monotonic() }
    }
}

/// The time since the first call, by the monotonic clock.
#[cfg(feature = "blocking")]
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

            fn sleep(&self, delay: Duration) -> BoxFuture<'_, ()> {
                (**self).sleep(delay)
            }

            fn time(&self) -> Now {
                (**self).time()
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>);

#[cfg(test)]
mod tests {
    use super::*;

    /// Whose own `sleep` and `time` do not follow from the rest.
    struct Own;

    impl Clock for Own {
        fn now(&self) -> OffsetDateTime {
            unreachable!("`time` has its own way")
        }

        fn monotonic(&self) -> MonotonicTime {
            unreachable!("`time` and `sleep` have their own way")
        }

        fn sleep_until(&self, _deadline: MonotonicTime) -> BoxFuture<'_, ()> {
            unreachable!("`sleep` has its own way")
        }

        fn sleep(&self, _delay: Duration) -> BoxFuture<'_, ()> {
            Box::pin(async {})
        }

        fn time(&self) -> Now {
            OffsetDateTime::UNIX_EPOCH.into()
        }
    }

    #[test]
    fn what_points_to_a_clock_uses_each_method_of_the_clock_s_own() {
        fn use_all(clock: impl Clock) {
            assert_eq!(clock.time().wall, OffsetDateTime::UNIX_EPOCH);
            drop(clock.sleep(Duration::from_secs(1)));
        }
        use_all(&Own);
        use_all(Box::new(Own));
        use_all(Arc::new(Own) as Arc<dyn Clock>);
    }
}
