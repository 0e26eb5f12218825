//! One process at a time asks for what a [`FileCache`] will keep; the others wait, and find it there.

use std::{future::Future, path::PathBuf};

use super::{FileCache, cache_key::CacheKey, file_cache::file_name};
use crate::{
    Credentials, Error,
    runtime::{Caller, FileLock, Files},
};

/// The lock of one key. Its file goes with it: whoever gets a lock looks into the cache once more, so nothing happens if
/// two have one for a moment.
pub(super) struct KeyLock<'a> {
    files: &'a dyn Files,
    folder: PathBuf,
    name: String,
    _held: FileLock,
}

impl Drop for KeyLock<'_> {
    fn drop(&mut self) {
        if let Ok(Some(folder)) = self.files.private_folder(&self.folder) {
            // An empty file that stays is in nobody's way.
            let _ = folder.remove(&self.name);
        }
    }
}

impl FileCache {
    /// What is kept under `key`; or else what `make` gives, which is kept then. One process at a time makes it: the others
    /// wait for up to ten seconds and find what it has left. (One that asks a person for a code may take longer; then they ask
    /// themselves.)
    pub(super) async fn kept_or(
        &self,
        key: &CacheKey,
        caller: &Caller,
        make: impl Future<Output = Result<Credentials, Error>>,
    ) -> Result<Credentials, Error> {
        if let Some(kept) = self.load(key, caller) {
            return Ok(kept);
        }
        let _lock = self.lock(key, caller).await;
        if let Some(kept) = self.load(key, caller) {
            return Ok(kept);
        }
        let credentials = make.await?;
        self.save(key, &credentials, caller);
        Ok(credentials)
    }

    /// The lock of `key`, once nobody else has it. None after ten seconds, or where there are no locks: better two requests
    /// than none.
    pub(super) async fn lock<'a>(&self, key: &CacheKey, caller: &'a Caller) -> Option<KeyLock<'a>> {
        // Its faults are told when something is to be kept in it.
        caller.files().make_private_folder(&self.folder).ok()?;
        let name = format!("{}.lock", file_name(key, caller));
        let held = caller.lock(&self.folder.join(&name)).await.ok().flatten()?;
        Some(KeyLock { files: caller.files(), folder: self.folder.clone(), name, _held: held })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        path::Path,
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicU64, Ordering},
        },
        time::Duration,
    };

    use super::*;
    use crate::{
        providers::Provider,
        runtime::{BoxFuture, testing},
    };

    /// Numbered sessions of an hour; hangs while it is told to.
    #[derive(Clone, Default)]
    struct Source(Arc<AtomicU64>, Arc<AtomicBool>);

    impl Provider for Source {
        fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
            Box::pin(async {
                let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
                while self.1.load(Ordering::Relaxed) {
                    tokio::task::yield_now().await;
                }
                let end = caller.sts_now() + Duration::from_secs(3600);
                Ok(Credentials::new(format!("KEY{number}"), "s").with_session_token("t").with_expiration(end))
            })
        }
    }

    async fn settle() {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    /// What each of two processes gets: they share nothing but the folder.
    fn process(folder: &Path, source: &Source, caller: &Caller) -> tokio::task::JoinHandle<String> {
        let provider = FileCache::new(folder).keep("key", source.clone());
        let caller = caller.clone();
        tokio::spawn(async move { provider.credentials(&caller).await.unwrap().access_key_id().to_owned() })
    }

    #[tokio::test]
    async fn the_second_process_waits_by_its_clock_and_takes_what_the_first_has_got() {
        let folder = std::env::temp_dir().join(format!("sts3-flight-{}", std::process::id()));
        let (caller, clock) = testing::sleeping_caller();
        let source = Source::default();
        source.1.store(true, Ordering::Relaxed);
        let first = process(&folder, &source, &caller);
        settle().await;
        let second = process(&folder, &source, &caller);
        settle().await;
        clock.set(5);
        settle().await;
        assert_eq!(source.0.load(Ordering::Relaxed), 1, "one question");
        source.1.store(false, Ordering::Relaxed);
        assert_eq!(first.await.unwrap(), "KEY1");
        clock.set(6);
        assert_eq!(second.await.unwrap(), "KEY1");
        assert_eq!(source.0.load(Ordering::Relaxed), 1);
        let left = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(left, 1, "what is kept, and no lock");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn a_process_that_hangs_is_waited_for_ten_seconds_and_then_the_other_asks_itself() {
        let folder = std::env::temp_dir().join(format!("sts3-flight-hung-{}", std::process::id()));
        let (caller, clock) = testing::sleeping_caller();
        let hung = Source::default();
        hung.1.store(true, Ordering::Relaxed);
        let first = process(&folder, &hung, &caller);
        settle().await;
        let own = Source::default();
        let second = process(&folder, &own, &caller);
        settle().await;
        clock.set(9);
        settle().await;
        assert_eq!(own.0.load(Ordering::Relaxed), 0);
        clock.set(10);
        assert_eq!(second.await.unwrap(), "KEY1");
        assert_eq!(own.0.load(Ordering::Relaxed), 1);
        // Dropped, the first gives back its lock.
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let names: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// A folder that cannot be made: as without a cache.
    #[tokio::test]
    async fn where_nothing_can_be_locked_credentials_are_got_all_the_same() {
        let (caller, _) = testing::sleeping_caller();
        let source = Source::default();
        for expected in ["KEY1", "KEY2"] {
            assert_eq!(process(Path::new("/dev/null/cache"), &source, &caller).await.unwrap(), expected);
        }
    }
}
