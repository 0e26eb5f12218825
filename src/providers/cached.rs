//! Providers that look into a [`FileCache`] first.

use std::sync::{Arc, Mutex, PoisonError};

use sigv4::Secret;

use super::{FileCache, Provider, cache_key::CacheKey};
use crate::{Credentials, runtime::BoxFuture};
use crate::{Error, runtime::Caller};

impl FileCache {
    /// What `source` gives, kept under `key`: a text that says, without secrets, all that it depends on, the
    /// identity of whoever asks included. The STS endpoint is added to it. Where an identity's own credentials are
    /// at hand, [`keep_session`](Self::keep_session) is safer.
    pub fn keep(&self, key: impl Into<String>, source: impl Provider + 'static) -> impl Provider + 'static {
        Cached::new(self.clone(), CacheKey::public(key.into()), source)
    }

    /// A session that is made with the credentials of `base`, kept for the identity that these are: the base is
    /// asked first, and the session is looked for under its key id and a hash keyed with its secret.
    ///
    /// `parameters` is a text of all else that the session depends on (it may hold secrets: only a keyed hash
    /// of it is kept); the STS endpoint is added to it. `session` makes its provider from the one whose
    /// credentials it has to use.
    pub fn keep_session<P: Provider + 'static>(
        &self,
        parameters: impl Into<Secret>,
        base: impl Provider + 'static,
        session: impl Fn(Arc<dyn Provider>) -> P + Send + Sync + 'static,
    ) -> impl Provider + 'static {
        let session = move |base| -> Arc<dyn Provider> { Arc::new(session(base)) };
        CachedSession::new(self.clone(), parameters.into(), Arc::new(base), session)
    }
}

/// What a source gives, kept under one key.
pub(super) struct Cached {
    cache: FileCache,
    key: CacheKey,
    source: Arc<dyn Provider>,
}

impl Cached {
    pub(super) fn new(cache: FileCache, key: CacheKey, source: impl Provider + 'static) -> Self {
        Self { cache, key, source: Arc::new(source) }
    }
}

impl Provider for Cached {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async {
            // Asked when it is polled first: not where something is kept.
            let asked = async { self.source.credentials(caller).await };
            self.cache.kept_or(&self.key, caller, asked).await
        })
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        self.cache.remove(&self.key, refused, caller);
        self.source.forget(refused, caller);
    }
}

/// Makes a session's provider from the one whose credentials it uses.
type Make = dyn Fn(Arc<dyn Provider>) -> Arc<dyn Provider> + Send + Sync;

/// A session that is kept for the identity that asked for it.
pub(super) struct CachedSession {
    cache: FileCache,
    parameters: Secret,
    base: Arc<dyn Provider>,
    session: Box<Make>,
    /// Under which key the last one is kept.
    used: Mutex<Option<CacheKey>>,
}

impl CachedSession {
    pub(super) fn new(
        cache: FileCache,
        parameters: Secret,
        base: Arc<dyn Provider>,
        session: impl Fn(Arc<dyn Provider>) -> Arc<dyn Provider> + Send + Sync + 'static,
    ) -> Self {
        Self { cache, parameters, base, session: Box::new(session), used: Mutex::default() }
    }

    /// Under which key the credentials are kept that were given last.
    pub(super) fn used_key(&self) -> Option<CacheKey> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn key(&self, base: &Credentials) -> CacheKey {
        let key = CacheKey::of(base, self.parameters.clone());
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        key
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let base = self.base.credentials(caller).await?;
        let key = self.key(&base);
        if let Some(kept) = self.cache.load(&key, caller) {
            return Ok(kept);
        }
        let _lock = self.cache.lock(&key, caller).await;
        // Whoever had the lock has left what is wanted.
        if let Some(kept) = self.cache.load(&key, caller) {
            return Ok(kept);
        }
        // Made anew each time: no identity's session is made with what is left of another one's.
        let given = Arc::new(Given::new(base, self.base.clone()));
        let session = (self.session)(given.clone()).credentials(caller).await?;
        let used = self.key(&given.last());
        // Nearly always the same, whose file's name is known.
        let used = if used == key { key } else { used };
        self.cache.save(&used, &session, caller);
        Ok(session)
    }
}

impl Provider for CachedSession {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        if let Some(key) = self.used_key() {
            self.cache.remove(&key, refused, caller);
        }
        self.base.forget(refused, caller);
    }
}

/// Credentials that were asked for already, and where the next ones come from.
struct Given {
    first: Mutex<Option<Credentials>>,
    last: Mutex<Credentials>,
    source: Arc<dyn Provider>,
}

impl Given {
    fn new(credentials: Credentials, source: Arc<dyn Provider>) -> Self {
        Self { first: Mutex::new(Some(credentials.clone())), last: Mutex::new(credentials), source }
    }

    fn last(&self) -> Credentials {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Provider for Given {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async {
            let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(first) = first {
                return Ok(first);
            }
            let next = self.source.credentials(caller).await?;
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = next.clone();
            Ok(next)
        })
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        self.source.forget(refused, caller);
    }
}
