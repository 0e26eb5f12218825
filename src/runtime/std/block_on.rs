use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
    thread::{self, Thread},
    time::{Duration, Instant},
};

// The crate `pollster` does the same with a lock and a condition; with `std::task::Wake` it takes some twenty lines, which
// is less than another dependency costs.
/// Drive a future on this thread, which waits meanwhile. For futures over the runtime of threads; one that needs tokio's
/// panics or never ends here, as in any other executor.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let (mut future, waiting) = (pin!(future), Waiting::new());
    loop {
        if let Poll::Ready(output) = waiting.poll(future.as_mut()) {
            return output;
        }
        waiting.wait(None);
    }
}

/// The same until a moment; nothing if it has not ended by then.
pub(super) fn block_on_until<F: Future>(future: F, until: Option<Instant>) -> Option<F::Output> {
    let (mut future, waiting) = (pin!(future), Waiting::new());
    loop {
        if let Poll::Ready(output) = waiting.poll(future.as_mut()) {
            return Some(output);
        }
        if !waiting.wait(until) {
            return None;
        }
    }
}

struct Waiting {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Waiting {
    fn new() -> Arc<Self> {
        Arc::new(Self { thread: thread::current(), is_woken: AtomicBool::new(false) })
    }

    fn poll<F: Future>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        let waker = self.clone().into();
        future.poll(&mut Context::from_waker(&waker))
    }

    /// Wait to be woken: whether that has happened before the moment came.
    fn wait(&self, until: Option<Instant>) -> bool {
        // Others may park and unpark this thread as well: the flag counts.
        while !self.is_woken.swap(false, Ordering::Acquire) {
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return false,
                Some(left) => thread::park_timeout(left),
            }
        }
        true
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[test]
    fn a_future_inside_another_one_may_be_driven_and_takes_no_wake_up_away() {
        let mut polls = 0;
        let outer = poll_fn(|context| {
            polls += 1;
            if polls == 1 {
                // Woken before the inner one parks this thread.
                context.waker().wake_by_ref();
                let waker = Arc::new(std::sync::Mutex::new(None::<std::task::Waker>));
                let theirs = waker.clone();
                thread::spawn(move || {
                    loop {
                        thread::sleep(Duration::from_millis(5));
                        if let Some(waker) = theirs.lock().unwrap().take() {
                            return waker.wake();
                        }
                    }
                });
                let mut inner_polls = 0;
                block_on(poll_fn(|context| {
                    inner_polls += 1;
                    *waker.lock().unwrap() = Some(context.waker().clone());
                    if inner_polls == 1 { Poll::Pending } else { Poll::Ready(()) }
                }));
                return Poll::Pending;
            }
            Poll::Ready("driven")
        });
        assert_eq!(block_on(outer), "driven");
    }
}
