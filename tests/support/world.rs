//! A world without sockets and without waiting: an executor whose clock goes on when nothing else can.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::{
    collections::BTreeMap,
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use sts3::{call::MonotonicTime, runtime::BoxFuture, runtime::Clock};
use time::{OffsetDateTime, macros::datetime};

const BEGINNING: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

#[derive(Clone, Default)]
pub struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    timers: BTreeMap<(Duration, u64), Waker>,
    next_timer: u64,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl World {
    pub fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    /// Drive a future to its end. When it waits for time only, time goes on to the next timer.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(flag.clone());
        let mut future = pin!(future);
        loop {
            if flag.0.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return done;
                }
                continue;
            }
            let mut state = self.0.lock().unwrap();
            let Some(((when, _), timer)) = state.timers.pop_first() else {
                panic!("everything waits, and nothing will happen");
            };
            state.now = state.now.max(when);
            drop(state);
            timer.wake();
        }
    }

    pub fn wait(&self, delay: Duration) -> Wait {
        Wait { world: self.clone(), until: self.elapsed() + delay, timer: None }
    }
}

pub struct Wait {
    world: World,
    until: Duration,
    timer: Option<u64>,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let world = self.world.clone();
        let mut state = world.0.lock().unwrap();
        if state.now >= self.until {
            return Poll::Ready(());
        }
        let timer = self.timer.unwrap_or(state.next_timer);
        state.next_timer = state.next_timer.max(timer + 1);
        self.timer = Some(timer);
        state.timers.insert((self.until, timer), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.world.0.lock().unwrap().timers.remove(&(self.until, timer));
        }
    }
}

impl Clock for World {
    fn now(&self) -> OffsetDateTime {
        BEGINNING + self.elapsed()
    }

    fn monotonic(&self) -> MonotonicTime {
        MonotonicTime::since_origin(self.elapsed())
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(self.wait(deadline.duration_since(self.monotonic())))
    }
}

/// Numbers that look random and come again with the same seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Once in so many throws.
    pub fn once_in(&mut self, throws: u64) -> bool {
        self.below(throws) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()].clone()
    }
}
