//! Threads for what blocks: owned by the process, made when they are needed, ended when they are not.
//!
//! There are as many as there is work under way at once. A thread that has had nothing to do for [`IDLE`] ends.

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    future::Future,
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

/// How long a thread waits for more work.
pub(super) const IDLE: Duration = Duration::from_secs(3);

type Work = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Pool {
    /// Work for the threads that wait; never more than there are of those.
    queue: VecDeque<Work>,
    idle: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { queue: VecDeque::new(), idle: 0 });
static ARRIVED: Condvar = Condvar::new();

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Have a thread do this.
///
/// # Errors
/// The system gives no more threads.
pub(super) fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut pool = pool();
    if pool.idle > pool.queue.len() {
        pool.queue.push_back(Box::new(work));
        ARRIVED.notify_one();
        return Ok(());
    }
    drop(pool);
    thread::Builder::new().name("sts3-worker".into()).spawn(move || live(Box::new(work))).map(drop)
}

/// The life of a thread.
fn live(first: Work) {
    let mut work = first;
    loop {
        // Whoever waits for the result is told by `run`.
        let _ = catch_unwind(AssertUnwindSafe(work));
        let mut pool = pool();
        pool.idle += 1;
        let waited = ARRIVED.wait_timeout_while(pool, IDLE, |pool| pool.queue.is_empty());
        pool = waited.unwrap_or_else(PoisonError::into_inner).0;
        pool.idle -= 1;
        match pool.queue.pop_front() {
            Some(next) => work = next,
            None => return,
        }
    }
}

/// Have a thread do this, and wait for its result without blocking. When the future is dropped, `Cancel` says so to
/// whoever works.
///
/// # Errors
/// The system gives no more threads.
pub(super) fn run<T: Send + 'static>(work: impl FnOnce(&Cancel) -> T + Send + 'static) -> io::Result<Job<T>> {
    let job = Job { shared: Arc::new(Shared { slot: Mutex::default(), cancel: Cancel::default() }) };
    let shared = job.shared.clone();
    start(move || {
        if shared.cancel.is_cancelled() {
            return;
        }
        let result = catch_unwind(AssertUnwindSafe(|| work(&shared.cancel)));
        shared.cancel.clear();
        let waker = {
            let mut slot = shared.slot.lock().unwrap_or_else(PoisonError::into_inner);
            slot.result = Some(result);
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    })?;
    Ok(job)
}

/// A result that will come.
pub(super) struct Job<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    slot: Mutex<Slot<T>>,
    cancel: Cancel,
}

struct Slot<T> {
    result: Option<Result<T, Box<dyn Any + Send>>>,
    waker: Option<Waker>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { result: None, waker: None }
    }
}

impl<T> Future for Job<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.shared.slot.lock().unwrap_or_else(PoisonError::into_inner);
        match slot.result.take() {
            Some(Ok(result)) => Poll::Ready(result),
            Some(Err(panic)) => {
                drop(slot);
                resume_unwind(panic)
            }
            None => {
                let before = slot.waker.replace(context.waker().clone());
                // With a waker may go a task, and with that who knows what: not under the lock.
                drop(slot);
                drop(before);
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.shared.cancel.cancel();
    }
}

/// Whether a result is still wanted.
#[derive(Default)]
pub(super) struct Cancel(Mutex<State>);

#[derive(Default)]
struct State {
    is_cancelled: bool,
    interrupt: Option<Box<dyn FnOnce() + Send>>,
}

impl Cancel {
    pub(super) fn is_cancelled(&self) -> bool {
        self.state().is_cancelled
    }

    /// What ends the blocking call that comes next; done at once where the result is not wanted any more.
    #[cfg_attr(not(feature = "blocking"), allow(dead_code, reason = "for exchanges on threads"))]
    pub(super) fn interrupt_by(&self, interrupt: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        if state.is_cancelled {
            drop(state);
            interrupt();
        } else {
            state.interrupt = Some(Box::new(interrupt));
        }
    }

    fn clear(&self) {
        self.state().interrupt = None;
    }

    fn cancel(&self) {
        let interrupt = {
            let mut state = self.state();
            state.is_cancelled = true;
            state.interrupt.take()
        };
        if let Some(interrupt) = interrupt {
            interrupt();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("is_cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}
