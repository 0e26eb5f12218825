use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use serde_json::json;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{BoxFuture, Credentials, Provider, document, private_file};
use crate::{Error, endpoint::Service, transport::Caller, wire::timestamp};

/// Credentials that are nearer to their end than this (or than a quarter of their life) are not reused: the SDKs
/// would ask for new ones at once.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// Keeps temporary credentials on disk, so that the next run of a program need not ask for them again.
///
/// Each has a file of its own in the folder, readable by its owner alone (0600 in a folder of 0700), named after a
/// SHA-256 of all that they depend on, and replaced as a whole: processes that run at once do not disturb each other.
/// Long-lived keys are never written. What is wrong with a file never stops anything: it is reported, and new
/// credentials are asked for.
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

    /// What `source` gives, kept under `key`: a text that says, without secrets, all that it depends on. The STS
    /// endpoint is added to it.
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
