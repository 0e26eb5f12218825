use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use serde_json::json;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{BoxFuture, Credentials, Provider, document, private_file};
use crate::{Error, endpoint::Service, transport::Caller, wire::timestamp};

/// Credentials that are nearer to their end than this (or than a quarter of their life) are not reused: the
/// SDKs would ask for new ones at once.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// Keeps temporary credentials on disk, so that the next run of a program need not ask for them again.
///
/// Each has a file of its own in the folder, readable by its owner alone (0600 in a folder of 0700), named
/// after a SHA-256 of all that they depend on, and replaced as a whole: processes that run at once do not
/// disturb each other. Long-lived keys are never written. What is wrong with a file never stops anything: it
/// is reported, and new credentials are asked for.
///
/// ```
/// use sts3::{Credentials, credentials::{AssumeRole, FileCache}};
///
/// let arn = "arn:aws:iam::123456789012:role/reader";
/// let role = AssumeRole::new(arn, "nightly").source(Credentials::new("AKIDEXAMPLE", "secret"));
/// // The key says what they depend on: who assumes which role.
/// let kept = FileCache::new("/var/cache/nightly").keep(format!("AKIDEXAMPLE {arn}"), role);
/// ```
#[derive(Clone)]
pub struct FileCache {
    folder: PathBuf,
    report: Arc<dyn Fn(&str) + Send + Sync>,
}

impl FileCache {
    /// A cache in this folder, which is made when the first file is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), report: Arc::new(|_| {}) }
    }

    /// Be told what is wrong with the folder or a file in it.
    #[must_use]
    pub fn on_problem(mut self, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.report = Arc::new(report);
        self
    }

    /// What `source` gives, kept under `key`: a text that says, without secrets, all that it depends on. The
    /// STS endpoint is added to it.
    pub fn keep(&self, key: impl Into<String>, source: impl Provider + 'static) -> impl Provider + 'static {
        Cached { cache: self.clone(), key: key.into(), source: Arc::new(source) }
    }

    /// Credentials under `key` which are good for a while yet.
    pub(super) fn load(&self, key: &str, caller: &Caller) -> Option<Credentials> {
        let path = self.path(key, caller);
        let problem = match private_file::read(&path) {
            Ok(None) => return None,
            Ok(Some(content)) => match parse(&content) {
                Ok((credentials, obtained)) => {
                    return Some(credentials).filter(|keys| is_usable(keys, obtained, caller.sts_now()));
                }
                Err(problem) => problem,
            },
            Err(error) => format!("cannot be read: {error}"),
        };
        (self.report)(&format!(
            "the cached credentials in {} {problem}: asking for new ones",
            path.display()
        ));
        None
    }

    /// Keep them, if they are temporary.
    pub(super) fn save(&self, key: &str, credentials: &Credentials, caller: &Caller) {
        let (Some(token), Some(end)) = (credentials.session_token(), credentials.expiration()) else {
            return;
        };
        let iso = |time: OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
        let document = json!({
            "AccessKeyId": credentials.access_key_id(),
            "SecretAccessKey": credentials.secret_access_key().expose(),
            "SessionToken": token.expose(),
            "Expiration": iso(end),
            "Obtained": iso(caller.sts_now()),
        });
        let path = self.path(key, caller);
        if let Err(error) = private_file::replace(&path, document.to_string().as_bytes()) {
            (self.report)(&format!("cannot keep credentials in {}: {error}", path.display()));
        }
    }

    /// A service no longer knows what is kept under `key`.
    pub(super) fn remove(&self, key: &str, caller: &Caller) {
        // Whether it was there or not, now it is not; if it cannot be removed, the next one replaces it.
        let _ = std::fs::remove_file(self.path(key, caller));
    }

    fn path(&self, key: &str, caller: &Caller) -> PathBuf {
        let mut hash = Sha256::new();
        hash.update(key);
        hash.update(b"\n");
        if let Ok(target) = caller.endpoint().target(Service::Sts, None) {
            hash.update(format!("{}{} {}", target.url, target.path_prefix, target.region));
        }
        let name: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name).with_extension("json")
    }
}

fn is_usable(credentials: &Credentials, obtained: OffsetDateTime, now: OffsetDateTime) -> bool {
    let Some(end) = credentials.expiration() else { return false };
    let life = Duration::try_from(end - obtained).unwrap_or_default();
    Duration::try_from(end - now).is_ok_and(|left| left > MARGIN.min(life / 4))
}

fn parse(content: &[u8]) -> Result<(Credentials, OffsetDateTime), String> {
    let document = document::parse(content)?;
    let credentials = document::credentials(&document, "SessionToken")?;
    let obtained = document.get("Obtained").and_then(serde_json::Value::as_str);
    let obtained = obtained.and_then(timestamp::iso_8601).ok_or("has no time in `Obtained`")?;
    Ok((credentials, obtained))
}

impl fmt::Debug for FileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCache").field("folder", &self.folder).finish_non_exhaustive()
    }
}

struct Cached {
    cache: FileCache,
    key: String,
    source: Arc<dyn Provider>,
}

impl Provider for Cached {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async {
            if let Some(kept) = self.cache.load(&self.key, caller) {
                return Ok(kept);
            }
            let credentials = self.source.credentials(caller).await?;
            self.cache.save(&self.key, &credentials, caller);
            Ok(credentials)
        })
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        self.cache.remove(&self.key, caller);
        self.source.forget(refused, caller);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    };

    use super::*;
    use crate::transport::testing;

    /// Numbered sessions of the given length.
    struct Sessions(Arc<AtomicU64>, u64);

    impl Provider for Sessions {
        fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let keys = Credentials::new(format!("KEY{number}"), "s").with_session_token("t");
            Box::pin(async move { Ok(keys.with_expiration(caller.sts_now() + Duration::from_secs(self.1))) })
        }
    }

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("sts3-cache-{name}-{}", std::process::id())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // Left in the temporary folder, it harms nobody.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// Which session each moment gives, each asked by a provider of its own as in a new process.
    async fn timeline(folder: &Folder, life: u64, moments: &[u64]) -> Vec<String> {
        let (caller, clock) = testing::lonely_caller();
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
        let (caller, _) = testing::lonely_caller();
        for keys in [Credentials::new("A", "s"), Credentials::new("A", "s").with_session_token("t")] {
            FileCache::new(&folder.0).keep("key", keys).credentials(&caller).await.unwrap();
        }
        assert!(!folder.0.exists());
    }

    #[tokio::test]
    async fn keys_and_endpoints_are_kept_apart_and_forgotten_alone() {
        let folder = Folder::new("apart");
        let (caller, _) = testing::lonely_caller();
        let elsewhere = caller.in_region(crate::Region::new("eu-west-1").unwrap());
        let cache = FileCache::new(&folder.0);
        let keys = |id: &str| {
            let end = testing::NOON + Duration::from_secs(3600);
            Credentials::new(id, "s").with_session_token("t").with_expiration(end)
        };
        cache.save("a", &keys("A"), &caller);
        cache.save("b", &keys("B"), &caller);
        cache.save("a", &keys("ELSEWHERE"), &elsewhere);
        let id = |key: &str, caller: &Caller| Some(cache.load(key, caller)?.access_key_id().to_owned());
        assert_eq!(id("a", &caller).as_deref(), Some("A"));
        assert_eq!(id("a", &elsewhere).as_deref(), Some("ELSEWHERE"));
        cache.remove("a", &caller);
        assert_eq!((id("a", &caller), id("b", &caller).as_deref()), (None, Some("B")));
    }

    #[tokio::test]
    async fn a_broken_file_is_reported_without_its_content() {
        let folder = Folder::new("broken");
        let (caller, _) = testing::lonely_caller();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = said.clone();
        let cache = FileCache::new(&folder.0)
            .on_problem(move |problem| heard.lock().unwrap().push(problem.to_owned()));
        std::fs::create_dir_all(&folder.0).unwrap();
        std::fs::write(cache.path("a", &caller), r#"{"SecretAccessKey": "hush""#).unwrap();
        assert_eq!(cache.load("a", &caller), None);
        let said = said.lock().unwrap().concat();
        assert!(said.contains("is not JSON") && !said.contains("hush"), "{said}");
    }
}
