use std::{ops::Add, time::Duration};

use time::OffsetDateTime;

/// A moment on a clock that only goes forward, as the time since an origin that is the clock's own. Moments of
/// different clocks do not compare.
///
/// ```
/// use std::time::Duration;
/// use sts3::call::MonotonicTime;
///
/// let start = MonotonicTime::since_origin(Duration::from_secs(5));
/// let deadline = start + Duration::from_secs(2);
/// assert_eq!(deadline.duration_since(start), Duration::from_secs(2));
/// assert_eq!(start.duration_since(deadline), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonotonicTime(Duration);

impl MonotonicTime {
    /// The moment so long after the clock's origin.
    pub const fn since_origin(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn duration_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// A moment earlier; the origin at most.
    #[cfg(feature = "providers")]
    pub(crate) fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(time))
    }
}

impl Add<Duration> for MonotonicTime {
    type Output = Self;

    /// A moment later; the furthest moment there is, if the sum has no place.
    fn add(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(delay))
    }
}

/// What a call needs to know of the time: the wall clock signs, the monotonic clock holds deadlines. A wall
/// clock that is set during a call must neither end it nor keep it going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The date and time, for signatures and expirations.
    pub wall: OffsetDateTime,
    /// For deadlines.
    pub monotonic: MonotonicTime,
}

impl From<OffsetDateTime> for Now {
    /// For drivers that have one clock: deadlines then follow it, also where it is set.
    fn from(wall: OffsetDateTime) -> Self {
        let since_epoch = Duration::try_from(wall - OffsetDateTime::UNIX_EPOCH).unwrap_or_default();
        Self { wall, monotonic: MonotonicTime::since_origin(since_epoch) }
    }
}
