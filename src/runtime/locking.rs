//! Waiting for a lock of [`Files`](super::Files), or for a file that is in use: it is tried, and slept on by the
//! [`Clock`](super::Clock).

use std::{io, path::Path, time::Duration};

use super::{Caller, FileLock};

/// How long whoever holds a lock is waited for: one request and one small file, with retries.
const LIMIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);
/// A clock that stands still must not make the wait endless.
const TRIES: u128 = LIMIT.as_millis() / PAUSE.as_millis();
/// How often a file is written that cannot be replaced.
const WRITES: u32 = 5;

impl Caller {
    /// Take the lock that `path` names, or wait for it: ten seconds at most, by this caller's clock. `None` if somebody still has
    /// it then. Cancel safe: the lock is given back with the [`FileLock`], and nothing else is held.
    ///
    /// # Errors
    /// Nothing can be locked there: see [`Files::try_lock`](super::Files::try_lock).
    pub async fn lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        let clock = self.clock();
        let deadline = clock.monotonic() + LIMIT;
        for _ in 0..TRIES {
            if let Some(lock) = self.files().try_lock(path)? {
                return Ok(Some(lock));
            }
            if clock.monotonic() >= deadline {
                return Ok(None);
            }
            clock.sleep(PAUSE).await;
        }
        self.files().try_lock(path)
    }

    /// Replace a file that other programs read, too: on Windows that fails in the moment in which one does, and what is kept
    /// here is good once. Cancel safe: the first try is made at once.
    pub(crate) async fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        for _ in 1..WRITES {
            if self.files().replace(path, content).is_ok() {
                return Ok(());
            }
            self.clock().sleep(PAUSE).await;
        }
        self.files().replace(path, content)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    };

    use futures_util::FutureExt;

    use super::*;
    use crate::runtime::{FileContent, Files, PrivateFolder, testing};

    /// The lock is free at the try with this number.
    struct FreeAt(u32, AtomicU32);

    impl Files for FreeAt {
        fn read(&self, _: &Path, _: u64) -> io::Result<FileContent> {
            unreachable!("a lock reads nothing")
        }

        fn replace(&self, _: &Path, _: &[u8]) -> io::Result<()> {
            unreachable!("a lock writes nothing")
        }

        fn try_lock(&self, _: &Path) -> io::Result<Option<FileLock>> {
            let tried = self.1.fetch_add(1, Ordering::Relaxed) + 1;
            Ok((tried >= self.0).then(|| FileLock::new(())))
        }

        fn private_folder(&self, _: &Path) -> io::Result<Option<Box<dyn PrivateFolder + '_>>> {
            unreachable!("a lock needs no folder")
        }

        fn make_private_folder(&self, _: &Path) -> io::Result<Box<dyn PrivateFolder + '_>> {
            unreachable!("a lock makes no folder")
        }
    }

    /// Goes on when it is slept on.
    struct SleptOn(Mutex<Duration>);

    impl crate::runtime::Clock for SleptOn {
        fn now(&self) -> ::time::OffsetDateTime {
            testing::NOON + *self.0.lock().unwrap()
        }

        fn monotonic(&self) -> crate::call::MonotonicTime {
            crate::call::MonotonicTime::since_origin(*self.0.lock().unwrap())
        }

        fn sleep_until(&self, deadline: crate::call::MonotonicTime) -> crate::runtime::BoxFuture<'_, ()> {
            let left = deadline.duration_since(self.monotonic());
            *self.0.lock().unwrap() += left;
            Box::pin(async {})
        }
    }

    fn wait(free_at: u32) -> (bool, Duration) {
        use std::sync::Arc;

        let clock = Arc::new(SleptOn(Mutex::default()));
        let (offline, _) = testing::offline_caller();
        let caller = Caller::new(
            offline.inner.transport.clone(),
            clock.clone(),
            offline.endpoint().clone(),
            crate::RetryPolicy::default(),
        );
        let caller = caller.with_files(Arc::new(FreeAt(free_at, AtomicU32::new(0))));
        let lock = caller.lock(Path::new("token.lock")).now_or_never().unwrap().unwrap();
        (lock.is_some(), *clock.0.lock().unwrap())
    }

    #[test]
    fn a_lock_is_waited_for_by_the_clock_and_for_ten_seconds_at_most() {
        assert_eq!(wait(1), (true, Duration::ZERO));
        assert_eq!(wait(3), (true, 2 * PAUSE));
        assert_eq!(wait(u32::MAX), (false, Duration::from_secs(10)));
    }
}
