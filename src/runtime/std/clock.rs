//! The operating system's clocks, and one thread that wakes whoever sleeps.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use crate::{
    call::MonotonicTime,
    runtime::{
        clock::{Clock, since_start},
        transport::BoxFuture,
        workers,
    },
};

/// The operating system's clocks. One shared thread wakes all sleepers; it ends when there are none.
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
        let left = deadline.duration_since(self.monotonic());
        // A deadline past the clock's range is never reached.
        Box::pin(Sleep { until: Instant::now().checked_add(left), number: None })
    }
}

struct Sleep {
    until: Option<Instant>,
    /// Tells it from others that sleep until the same moment; none before it is polled.
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(until) = self.until else { return Poll::Pending };
        if Instant::now() >= until {
            return Poll::Ready(());
        }
        // Wakers are dropped without the lock: with one may go a task, and with that another sleeper.
        let mut waker = context.waker().clone();
        let mut sleepers = sleepers();
        let number = *self.number.get_or_insert_with(|| {
            sleepers.next_number += 1;
            sleepers.next_number
        });
        match sleepers.sleeping.iter_mut().find(|sleeper| sleeper.number == number) {
            Some(sleeper) => std::mem::swap(&mut sleeper.waker, &mut waker),
            None => sleepers.sleeping.push(Sleeper { until, number, waker: waker.clone() }),
        }
        let must_start = sleepers.wakes_at.is_none();
        if must_start || sleepers.wakes_at.is_some_and(|at| at > until) {
            sleepers.wakes_at = Some(until);
            CHANGED.notify_one();
        }
        drop(sleepers);
        if must_start && workers::start(wake_sleepers).is_err() {
            // No thread to be had: all that sleep ask again and again, for some may have relied on it.
            let wakers: Vec<Waker> = {
                let mut sleepers = self::sleepers();
                sleepers.wakes_at = None;
                sleepers.sleeping.iter().map(|sleeper| sleeper.waker.clone()).collect()
            };
            thread::sleep(Duration::from_millis(1));
            wakers.into_iter().for_each(Waker::wake);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let mut sleepers = sleepers();
            let at = sleepers.sleeping.iter().position(|sleeper| sleeper.number == number);
            let removed = at.map(|at| sleepers.sleeping.swap_remove(at));
            drop(sleepers);
            drop(removed);
        }
    }
}

struct Sleeper {
    until: Instant,
    number: u64,
    waker: Waker,
}

struct Sleepers {
    /// As many as there are requests under way, some hundreds at most.
    sleeping: Vec<Sleeper>,
    next_number: u64,
    /// When the thread looks next; none where there is no thread.
    wakes_at: Option<Instant>,
}

static SLEEPERS: Mutex<Sleepers> =
    Mutex::new(Sleepers { sleeping: Vec::new(), next_number: 0, wakes_at: None });
static CHANGED: Condvar = Condvar::new();

fn sleepers() -> MutexGuard<'static, Sleepers> {
    SLEEPERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's loop, until there have been no sleepers for a while.
fn wake_sleepers() {
    let mut sleepers = sleepers();
    loop {
        let now = Instant::now();
        let due = sleepers.sleeping.iter().position(|sleeper| sleeper.until <= now);
        if let Some(due) = due {
            let due = sleepers.sleeping.swap_remove(due);
            drop(sleepers);
            // A waker that panics is its executor's fault: others sleep too.
            let _ = catch_unwind(AssertUnwindSafe(|| due.waker.wake()));
            sleepers = self::sleepers();
            continue;
        }
        // Whoever is done sooner takes his entry away, but does not wake this thread.
        let nobody = sleepers.sleeping.is_empty();
        let first =
            sleepers.sleeping.iter().map(|sleeper| sleeper.until.saturating_duration_since(now)).min();
        let pause = first.unwrap_or(workers::IDLE).min(workers::IDLE);
        sleepers.wakes_at = Some(now + pause);
        let (guard, waited) = CHANGED.wait_timeout(sleepers, pause).unwrap_or_else(PoisonError::into_inner);
        sleepers = guard;
        if nobody && waited.timed_out() && sleepers.sleeping.is_empty() {
            sleepers.wakes_at = None;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::runtime::std::block_on;

    #[test]
    fn everybody_is_woken_and_nobody_before_his_time_whoever_came_first() {
        let began = Instant::now();
        let sleep = |milliseconds: u64| async move {
            let length = Duration::from_millis(milliseconds);
            SystemClock.sleep(length).await;
            assert!(began.elapsed() >= length);
            milliseconds
        };
        assert_eq!(block_on(join_all([90, 30, 0, 60, 30].map(sleep))), [90, 30, 0, 60, 30]);
    }

    /// A task that is gone takes its futures along: with its last waker, perhaps.
    #[test]
    fn a_waker_may_own_a_sleeper() {
        struct Owning(#[allow(dead_code, reason = "to be dropped")] Mutex<Option<BoxFuture<'static, ()>>>);
        impl std::task::Wake for Owning {
            fn wake(self: std::sync::Arc<Self>) {}
        }
        let long = Duration::from_secs(1000);
        let mut inner = SystemClock.sleep(long);
        let nobody = Waker::noop();
        assert!(inner.as_mut().poll(&mut Context::from_waker(nobody)).is_pending());
        let waker = Waker::from(std::sync::Arc::new(Owning(Mutex::new(Some(inner)))));
        let mut outer = SystemClock.sleep(long);
        assert!(outer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        // Another waker takes its place, and the next sleeper goes.
        assert!(outer.as_mut().poll(&mut Context::from_waker(nobody)).is_pending());
        drop(outer);
    }

    #[test]
    fn a_waker_that_panics_takes_no_wake_up_from_others() {
        struct Panicking(std::sync::mpsc::Sender<()>);
        impl std::task::Wake for Panicking {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.send(()).unwrap();
                panic!("an executor that is broken");
            }
        }
        let (sender, woken) = std::sync::mpsc::channel();
        let waker = Waker::from(std::sync::Arc::new(Panicking(sender)));
        let mut sleep = SystemClock.sleep(Duration::from_millis(10));
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        woken.recv().unwrap();
        block_on(SystemClock.sleep(Duration::from_millis(20)));
    }

    #[test]
    fn a_sleep_without_end_can_be_dropped() {
        let mut endless = SystemClock.sleep(Duration::MAX);
        let mut short = SystemClock.sleep(Duration::from_millis(10));
        block_on(std::future::poll_fn(|context| {
            assert!(endless.as_mut().poll(context).is_pending());
            short.as_mut().poll(context)
        }));
    }
}
