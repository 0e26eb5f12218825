use std::{
    fmt, io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use super::{
    cache_key::CacheKey,
    document::{self, TokenName},
    files::MAX_FILE,
};
use crate::Credentials;
use crate::{
    endpoint::Service,
    runtime::{Caller, Files},
    wire::timestamp,
};

/// Credentials that are nearer to their end than this (or than a quarter of their life) are not reused: the
/// SDKs would ask for new ones at once.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// Keeps temporary credentials on disk, so that the next run of a program need not ask for them again.
///
/// Each has a file of its own in the folder, readable by its owner alone (0600 in a folder of 0700), named
/// after a keyed hash of all that they depend on, and replaced as a whole: processes that run at once do not
/// disturb each other, and one of them asks while the others wait for what it gets. Long-lived keys are never written. What is wrong with a file never stops anything: it
/// is reported, and new credentials are asked for.
///
/// On Unix a folder that is a link, is another user's, or that others may write to is neither read nor written,
/// and so is a file that is no plain file of the user's own with no rights for others. Folders above it may be
/// links. A file of more than 256 KiB is not read.
///
/// ```
/// use sts3::{Credentials, providers::{AssumeRoleProvider, FileCache}};
///
/// let arn = "arn:aws:iam::123456789012:role/reader";
/// let user = Credentials::new("AKIDEXAMPLE", "secret");
/// // The session of whoever the keys are: others, and a wrong secret, have files of their own.
/// let kept = FileCache::new("/var/cache/nightly")
///     .keep_session(arn, user, move |user| AssumeRoleProvider::new(arn, "nightly").source(user));
/// ```
#[derive(Clone)]
pub struct FileCache {
    pub(super) folder: PathBuf,
    /// What is kept, for people.
    label: Option<Arc<str>>,
    report: Arc<dyn Fn(&str) + Send + Sync>,
    /// What is wrong with the folder is said once.
    is_folder_reported: Arc<AtomicBool>,
}

impl FileCache {
    /// A cache in this folder, which is made when it is needed first.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let report = Arc::new(|_: &str| {});
        Self { folder: folder.into(), label: None, report, is_folder_reported: Arc::default() }
    }

    /// Be told what is wrong with the folder or a file in it.
    #[must_use]
    pub fn on_problem(mut self, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.report = Arc::new(report);
        self
    }

    /// The same cache: what is kept with this value has a label by which people recognize it in
    /// [`entries`](Self::entries). It is written into the file, so nothing secret may be in it.
    #[must_use]
    pub fn labelled(&self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into().into()), ..self.clone() }
    }

    /// Credentials under `key` which are good for a while yet.
    pub(super) fn load(&self, key: &CacheKey, caller: &Caller) -> Option<Credentials> {
        let (credentials, obtained) = self.find(&file_name(key, caller), caller.files())?;
        Some(credentials).filter(|keys| is_usable(keys, obtained, caller.sts_now()))
    }

    /// What a file holds, and since when.
    fn find(&self, name: &str, files: &dyn Files) -> Option<(Credentials, OffsetDateTime)> {
        let folder = self.reported(files.private_folder(&self.folder), "is not used")??;
        let problem = match folder.read(name, MAX_FILE) {
            Ok(None) => return None,
            Ok(Some(content)) => match parse(&content) {
                Ok(found) => return Some(found),
                Err(problem) => problem,
            },
            Err(error) => format!("are not used: {error}"),
        };
        (self.report)(&format!(
            "the cached credentials in {} {problem}: asking for new ones",
            self.folder.join(name).display()
        ));
        None
    }

    /// Keep them, if they are temporary.
    pub(super) fn save(&self, key: &CacheKey, credentials: &Credentials, caller: &Caller) {
        let (Some(token), Some(end)) = (credentials.session_token(), credentials.expiration()) else {
            return;
        };
        let iso = |time: OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
        let written = Written {
            account_id: credentials.account_id(),
            access_key_id: credentials.access_key_id(),
            expiration: iso(end),
            label: self.label.as_deref(),
            obtained: iso(caller.sts_now()),
            secret_access_key: credentials.secret_access_key().expose(),
            session_token: token.expose(),
        };
        let document = Zeroizing::new(serde_json::to_vec(&written).unwrap_or_default());
        let folder = caller.files().make_private_folder(&self.folder);
        let Some(folder) = self.reported(folder, "cannot keep credentials") else {
            return;
        };
        let name = file_name(key, caller);
        // What stands there and is not ours to use is not ours to replace. Nor is a session that ends later: whoever
        // asked for it was faster, though it asked later.
        let written = folder.read(&name, MAX_FILE).and_then(|standing| {
            let is_newer = standing.is_some_and(|standing| ends_later(&standing, credentials));
            if is_newer { Ok(()) } else { folder.replace(&name, &document) }
        });
        if let Err(error) = written {
            let path = self.folder.join(name);
            (self.report)(&format!("cannot keep credentials in {}: {error}", path.display()));
        }
    }

    /// A service no longer knows what is kept under `key`. What another program has put there in the meantime
    /// stays.
    pub(super) fn remove(&self, key: &CacheKey, refused: &Credentials, caller: &Caller) {
        let name = file_name(key, caller);
        let Some((kept, _)) = self.find(&name, caller.files()) else { return };
        if kept.access_key_id() == refused.access_key_id()
            && let Ok(Some(folder)) = caller.files().private_folder(&self.folder)
        {
            // If it cannot be removed, the next one replaces it.
            let _ = folder.remove(&name);
        }
    }

    fn reported<T>(&self, outcome: io::Result<T>, problem: &str) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                if !self.is_folder_reported.swap(true, Ordering::Relaxed) {
                    (self.report)(&format!("the cache folder {} {problem}: {error}", self.folder.display()));
                }
                None
            }
        }
    }
}

pub(super) fn file_name(key: &CacheKey, caller: &Caller) -> String {
    let endpoint = match caller.endpoint().target(Service::Sts, None) {
        Ok(target) => format!("{}{} {}", target.url, target.path_prefix, target.region),
        Err(_) => String::new(),
    };
    format!("{}.json", key.file_name(&endpoint))
}

fn is_usable(credentials: &Credentials, obtained: OffsetDateTime, now: OffsetDateTime) -> bool {
    let Some(end) = credentials.expiration() else { return false };
    let life = Duration::try_from(end - obtained).unwrap_or_default();
    Duration::try_from(end - now).is_ok_and(|left| left > MARGIN.min(life / 4))
}

fn ends_later(content: &[u8], credentials: &Credentials) -> bool {
    parse(content).is_ok_and(|(kept, _)| kept.expiration() > credentials.expiration())
}

/// A file as it is written.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written<'a> {
    access_key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    obtained: String,
    secret_access_key: &'a str,
    session_token: &'a str,
}

fn parse(content: &[u8]) -> Result<(Credentials, OffsetDateTime), String> {
    let document = document::parse(content)?;
    let obtained = document.obtained.get().and_then(|time| timestamp::iso_8601(time));
    let credentials = document.credentials(TokenName::SessionToken)?;
    Ok((credentials, obtained.ok_or("has no time in `Obtained`")?))
}

impl fmt::Debug for FileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCache").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    };

    use super::*;
    use crate::providers::Provider;
    use crate::{Error, runtime::BoxFuture, runtime::testing};

    /// Numbered sessions of the given length.
    struct Sessions(Arc<AtomicU64>, u64);

    impl Provider for Sessions {
        fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let keys = Credentials::new(format!("KEY{number}"), "s").with_session_token("t");
            Box::pin(async move { Ok(keys.with_expiration(caller.sts_now() + Duration::from_secs(self.1))) })
        }
    }

    fn key(text: &str) -> CacheKey {
        CacheKey::public(text)
    }

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("sts3-cache-{name}-{}", std::process::id())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // A file that is left in the temporary folder does no harm.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// Which session each moment gives, each asked by a provider of its own as in a new process.
    async fn timeline(folder: &Folder, life: u64, moments: &[u64]) -> Vec<String> {
        let (caller, clock) = testing::offline_caller();
        let (asked, mut given) = (Arc::default(), Vec::new());
        for moment in moments {
            clock.set(*moment);
            let provider = FileCache::new(&folder.0).keep("key", Sessions(Arc::clone(&asked), life));
            given.push(provider.credentials(&caller).await.unwrap().access_key_id().to_owned());
        }
        given
    }

    #[tokio::test]
    async fn credentials_near_their_end_are_not_reused() {
        let hour = timeline(&Folder::new("hour"), 3600, &[0, 2699, 2700, 5399, 5400, 99_999]).await;
        assert_eq!(hour, ["KEY1", "KEY1", "KEY2", "KEY2", "KEY3", "KEY4"]);
        let short = timeline(&Folder::new("short"), 900, &[0, 674, 675]).await;
        assert_eq!(short, ["KEY1", "KEY1", "KEY2"]);
        // A clock that was set back: the session seems to live for longer than it was given for.
        let back = timeline(&Folder::new("back"), 3600, &[3600, 0]).await;
        assert_eq!(back, ["KEY1", "KEY1"]);
    }

    #[tokio::test]
    async fn long_lived_keys_and_what_has_no_end_are_never_written() {
        let folder = Folder::new("long-lived");
        let (caller, _) = testing::offline_caller();
        for keys in [Credentials::new("A", "s"), Credentials::new("A", "s").with_session_token("t")] {
            FileCache::new(&folder.0).keep("key", keys).credentials(&caller).await.unwrap();
        }
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn keys_and_endpoints_are_kept_apart_and_forgotten_alone() {
        let folder = Folder::new("apart");
        let (caller, _) = testing::offline_caller();
        let elsewhere = caller.with_region(crate::Region::new("eu-west-1").unwrap());
        let cache = FileCache::new(&folder.0);
        let keys = |id: &str| {
            let end = testing::NOON + Duration::from_secs(3600);
            Credentials::new(id, "s").with_session_token("t").with_expiration(end)
        };
        cache.save(&key("a"), &keys("A"), &caller);
        cache.save(&key("b"), &keys("B"), &caller);
        cache.save(&key("a"), &keys("ELSEWHERE"), &elsewhere);
        let id =
            |name: &str, caller: &Caller| Some(cache.load(&key(name), caller)?.access_key_id().to_owned());
        assert_eq!(id("a", &caller).as_deref(), Some("A"));
        assert_eq!(id("a", &elsewhere).as_deref(), Some("ELSEWHERE"));
        // Another task has put newer ones there than those that were refused.
        cache.remove(&key("a"), &keys("OLDER"), &caller);
        assert_eq!(id("a", &caller).as_deref(), Some("A"));
        cache.remove(&key("a"), &keys("A"), &caller);
        assert_eq!((id("a", &caller), id("b", &caller).as_deref()), (None, Some("B")));
    }

    #[tokio::test]
    async fn a_late_writer_does_not_replace_a_newer_session_by_an_older_one() {
        let folder = Folder::new("late");
        let (caller, _) = testing::offline_caller();
        let cache = FileCache::new(&folder.0);
        let session = |id: &str, seconds: u64| {
            let end = testing::NOON + Duration::from_secs(seconds);
            Credentials::new(id, "s").with_session_token("t").with_expiration(end)
        };
        // Two tasks asked for one; the one that asked later was answered earlier.
        cache.save(&key("a"), &session("NEWER", 3700), &caller);
        cache.save(&key("a"), &session("OLDER", 3600), &caller);
        assert_eq!(cache.load(&key("a"), &caller).unwrap().access_key_id(), "NEWER");
        cache.save(&key("a"), &session("NEWEST", 3800), &caller);
        assert_eq!(cache.load(&key("a"), &caller).unwrap().access_key_id(), "NEWEST");
    }

    #[tokio::test]
    async fn a_broken_file_is_reported_without_its_content() {
        let folder = Folder::new("broken");
        let (caller, _) = testing::offline_caller();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = said.clone();
        let cache = FileCache::new(&folder.0)
            .on_problem(move |problem| heard.lock().unwrap().push(problem.to_owned()));
        let end = testing::NOON + Duration::from_secs(3600);
        let keys = Credentials::new("A", "s").with_session_token("t").with_expiration(end);
        cache.save(&key("a"), &keys, &caller);
        // Written over in place: its rights stay.
        std::fs::write(folder.0.join(file_name(&key("a"), &caller)), r#"{"SecretAccessKey": "hush""#)
            .unwrap();
        assert_eq!(cache.load(&key("a"), &caller), None);
        let said = said.lock().unwrap().concat();
        assert!(said.contains("is not JSON") && !said.contains("hush"), "{said}");
    }
}
