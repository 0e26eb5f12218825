//! What a [`FileCache`] keeps, for whoever looks after it.

use std::io;

use time::OffsetDateTime;

use super::{
    FileCache,
    document::{self, TokenName},
    files::MAX_FILE,
};
use crate::{runtime::Files, wire::timestamp};

/// How the names of its files end.
const FILE: &str = ".json";
/// And those of the locks beside them.
const LOCK: &str = ".lock";

/// One file of a [`FileCache`]. Nothing of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheEntry {
    /// The file's name in the cache's folder: a keyed hash of all that the credentials depend on.
    pub file: String,
    /// What is kept, as [`FileCache::labelled`] was told; `None` where nothing was.
    pub label: Option<String>,
    /// The key's id.
    pub access_key_id: Option<String>,
    /// Since when it is kept.
    pub obtained: Option<OffsetDateTime>,
    /// When the credentials end.
    pub expiration: Option<OffsetDateTime>,
    /// Why the file cannot be used.
    pub problem: Option<String>,
}

impl CacheEntry {
    /// Whether the credentials have ended, or cannot be used at all.
    pub fn is_over(&self, now: OffsetDateTime) -> bool {
        self.expiration.is_none_or(|end| end <= now)
    }

    fn read(file: String, content: io::Result<&[u8]>) -> Self {
        let mut entry =
            Self { file, label: None, access_key_id: None, obtained: None, expiration: None, problem: None };
        let read = content.map_err(|error| error.to_string()).and_then(|content| entry.fill(content));
        entry.problem = read.err();
        entry
    }

    fn fill(&mut self, content: &[u8]) -> Result<(), String> {
        let document = document::parse(content)?;
        self.label = document.label.get().cloned();
        self.obtained = document.obtained.get().and_then(|time| timestamp::iso_8601(time));
        let credentials = document.credentials(TokenName::SessionToken)?;
        self.access_key_id = Some(credentials.access_key_id().to_owned());
        self.expiration = credentials.expiration();
        Ok(())
    }
}

impl FileCache {
    /// What is kept, the last to end first; nothing if the folder does not exist.
    ///
    /// ```
    /// use sts3::{providers::FileCache, runtime::SystemFiles};
    ///
    /// for entry in FileCache::new("/var/cache/nightly").entries(&SystemFiles)? {
    ///     println!("{:?} until {:?}", entry.label, entry.expiration);
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// The folder cannot be read, or is none that the cache would use.
    pub fn entries(&self, files: &dyn Files) -> io::Result<Vec<CacheEntry>> {
        let Some(folder) = files.private_folder(&self.folder)? else { return Ok(Vec::new()) };
        let mut entries = Vec::new();
        for name in folder.names()?.into_iter().filter(|name| is_kept(name, FILE)) {
            match folder.read(&name, MAX_FILE) {
                // Removed in the meantime.
                Ok(None) => {}
                Ok(Some(content)) => entries.push(CacheEntry::read(name, Ok(&content))),
                Err(error) => entries.push(CacheEntry::read(name, Err(error))),
            }
        }
        entries.sort_by(|a, b| (b.expiration, &a.file).cmp(&(a.expiration, &b.file)));
        Ok(entries)
    }

    /// Remove what is kept, as far as `which` wants it; how many files that were. Programs that run ask for new credentials
    /// when they need them.
    ///
    /// # Errors
    /// As [`entries`](Self::entries), or a file cannot be removed.
    pub fn clear(&self, files: &dyn Files, which: impl Fn(&CacheEntry) -> bool) -> io::Result<usize> {
        let entries = self.entries(files)?;
        let Some(folder) = files.private_folder(&self.folder)? else { return Ok(0) };
        let mut removed = 0;
        for entry in entries.iter().filter(|entry| which(entry)) {
            folder.remove(&entry.file)?;
            removed += 1;
        }
        // What a program that was killed has left half-way holds keys as well.
        for draft in folder.names()?.iter().filter(|name| is_draft(name)) {
            folder.remove(draft)?;
            removed += 1;
        }
        // The locks of files that are gone, if nobody holds them. (Who waits for one has two askers at worst.)
        let names = folder.names()?;
        for lock in names.iter().filter(|name| is_kept(name, LOCK)) {
            let is_needed = lock.strip_suffix(LOCK).is_some_and(|file| names.iter().any(|name| name == file));
            if !is_needed && let Ok(Some(_held)) = files.try_lock(&self.folder.join(lock)) {
                folder.remove(lock)?;
            }
        }
        Ok(removed)
    }
}

/// As a private folder of [`SystemFiles`](crate::runtime::SystemFiles) names what is not in its place yet.
fn is_draft(name: &str) -> bool {
    let draft = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp"));
    draft.and_then(|draft| draft.rsplit_once('.')).is_some_and(|(file, _)| is_kept(file, FILE))
}

/// 64 hex digits: what else is in the folder is not ours.
fn is_kept(name: &str, end: &str) -> bool {
    let stem = name.strip_suffix(end).map(|stem| stem.strip_suffix(FILE).unwrap_or(stem));
    stem.is_some_and(|stem| stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
