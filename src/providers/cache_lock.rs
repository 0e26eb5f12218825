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
