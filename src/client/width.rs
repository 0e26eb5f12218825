//! How many requests may be under way at once: half as many when the service asks for fewer, one more after a while
//! without complaints.

use std::time::Duration;

/// So many answers without a complaint widen by one.
const CLEAN: u32 = 16;
/// The first pause after throttling; it doubles with each that follows.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// So many times in a row without a page: the service means it.
const GIVE_UP: u32 = 12;

/// How many requests of a listing may be under way at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Concurrency {
    /// [`DEFAULT_WIDTH`](crate::s3::partition::DEFAULT_WIDTH), if the bucket has more than one page and its server is not so close that it does
    /// not matter.
    #[default]
    Auto,
    /// This many, from 1 (one after the other) to [`MAX_WIDTH`](crate::s3::partition::MAX_WIDTH); any other number is
    /// an error of the first page, before anything is sent.
    Requests(usize),
}

#[derive(Debug)]
pub(super) struct Width {
    most: usize,
    now: usize,
    /// Answers without a complaint.
    clean: u32,
    /// How often it has been narrowed.
    throttle_epoch: u32,
    /// The same since the last page that came.
    throttled: u32,
}

impl Width {
    pub(super) fn new(most: usize) -> Self {
        Self { most, now: most, clean: 0, throttle_epoch: 0, throttled: 0 }
    }

    pub(super) fn now(&self) -> usize {
        self.now
    }

    /// How often it has been narrowed: only the first complaint of the requests that were under way together counts.
    pub(super) fn throttle_epoch(&self) -> u32 {
        self.throttle_epoch
    }

    pub(super) fn may_narrow(&self) -> bool {
        self.most > 1
    }

    /// A page has come: whether the width has changed.
    pub(super) fn page_came(&mut self) -> bool {
        self.throttled = 0;
        self.clean += 1;
        let is_wider = self.clean >= CLEAN && self.now < self.most;
        if is_wider {
            (self.clean, self.now) = (0, self.now + 1);
        }
        is_wider
    }

    /// The service asks for fewer requests: how long to pause. Nothing after [`GIVE_UP`] of them in a row.
    pub(super) fn narrow(&mut self, seed: u64) -> Option<Duration> {
        self.clean = 0;
        self.throttle_epoch += 1;
        self.now = (self.now / 2).max(1);
        self.throttled += 1;
        let doubled = PAUSE.saturating_mul(2_u32.saturating_pow(self.throttled.min(8) - 1));
        let jitter = 0.5 + (seed % 1024) as f64 / 2048.0;
        (self.throttled <= GIVE_UP).then(|| doubled.min(LONGEST_PAUSE).mul_f64(jitter))
    }
}
