//! Time limits that leave out the reader's pauses.
//!
//! A future is polled by whoever reads its results. A reader who does something else for a minute must not find that its
//! requests have timed out: their answers have been there all the time. So a limit here counts the time in which the
//! future waits, and not the time between its being woken and its being polled.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use super::Clock;
use crate::call::MonotonicTime;

/// A future that is polled this soon after it was woken has an attentive reader. (Without a bound a limit would grow with
/// each of its own timers, which are never exact.)
const ATTENTIVE: Duration = Duration::from_millis(100);

/// Knows how long the futures that it polls were left alone although they could have gone on.
pub(crate) struct Patience {
    attention: Arc<Attention>,
    waker: Waker,
}

/// When something has to end, whose reader's pauses are left out.
pub(crate) struct Deadline<'a> {
    at: MonotonicTime,
    patience: &'a Patience,
}

impl Deadline<'_> {
    /// What is left of the time.
    pub(crate) fn left(&self) -> Duration {
        let now = self.patience.attention.clock.monotonic();
        (self.at + self.patience.paused()).duration_since(now)
    }
}

/// What stands between a future and its reader's waker.
struct Attention {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reader: Option<Waker>,
    /// When the future was woken first since it was polled.
    woken: Option<MonotonicTime>,
    paused: Duration,
}

impl Patience {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let attention = Arc::new(Attention { clock, state: Mutex::default() });
        let waker = Waker::from(attention.clone());
        Self { attention, waker }
    }

    /// The reader's pauses so far, in all.
    pub(crate) fn paused(&self) -> Duration {
        self.attention.state().paused
    }

    /// The end of what begins now.
    #[cfg(feature = "client")]
    pub(crate) fn deadline(&self, limit: Duration) -> Deadline<'_> {
        Deadline { at: self.attention.clock.monotonic() + limit, patience: self }
    }

    /// Poll a future to its end, and count its reader's pauses.
    pub(crate) async fn attend<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| self.poll(future.as_mut(), context)).await
    }

    /// Poll a future until its reader has waited for it as long as the limit says; nothing after that. Dropping what
    /// this returns drops the future.
    pub(crate) async fn within<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        let clock = &*self.attention.clock;
        let (mut future, mut end) = (pin!(future), None);
        poll_fn(|context| {
            if let Poll::Ready(output) = self.poll(future.as_mut(), context) {
                return Poll::Ready(Some(output));
            }
            let end = end.get_or_insert_with(|| {
                let deadline = clock.monotonic() + limit;
                End { deadline, paused: self.paused(), timer: clock.sleep_until(deadline) }
            });
            while end.timer.as_mut().poll(&mut Context::from_waker(&self.waker)).is_ready() {
                let paused = self.paused();
                if paused <= end.paused {
                    return Poll::Ready(None);
                }
                end.deadline = end.deadline + (paused - end.paused);
                (end.paused, end.timer) = (paused, clock.sleep_until(end.deadline));
            }
            Poll::Pending
        })
        .await
    }

    fn poll<F: Future>(&self, future: Pin<&mut F>, context: &Context<'_>) -> Poll<F::Output> {
        // A limit within a limit has the same reader.
        if context.waker().data() != self.waker.data() {
            self.attention.polled(context.waker());
        }
        future.poll(&mut Context::from_waker(&self.waker))
    }
}

/// When a limit has passed.
struct End<'a> {
    deadline: MonotonicTime,
    /// The pauses that the deadline takes into account.
    paused: Duration,
    timer: super::BoxFuture<'a, ()>,
}

impl Attention {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn polled(&self, reader: &Waker) {
        let woken = {
            let mut state = self.state();
            if !state.reader.as_ref().is_some_and(|known| known.will_wake(reader)) {
                state.reader = Some(reader.clone());
            }
            state.woken.take()
        };
        // An embedder's clock may call back into the library: the lock is not held while it is read.
        let pause = woken.map(|woken| self.clock.monotonic().duration_since(woken));
        if let Some(pause) = pause.filter(|pause| *pause >= ATTENTIVE) {
            self.state().paused += pause;
        }
    }
}

impl Wake for Attention {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let now = self.clock.monotonic();
        let reader = {
            let mut state = self.state();
            state.woken.get_or_insert(now);
            state.reader.clone()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}
