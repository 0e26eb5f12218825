use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::lock::Mutex;
use time::OffsetDateTime;

use super::{
    Provider,
    kept::{Age, Kept},
};
use crate::{Credentials, runtime::BoxFuture};
use crate::{
    CredentialsError, Error,
    runtime::{Caller, trace},
};

/// Keeps another provider's credentials until shortly before they expire.
///
/// One refresh at a time, however many tasks wait for it, and they share its outcome. Renewal starts 11 to 15
/// minutes before the expiration (at random, so that a fleet does not renew in step) and is waited for from
/// 10 minutes before; a session of less than an hour scales all of this down. If renewing fails, credentials
/// that are still valid stay in use for a minute until the next try; expired ones are never given out.
///
/// One cache is enough: a source that [keeps credentials](Provider::keeps_credentials) itself, such as another
/// `Refreshing`, is asked each time, and tells of its failures itself. So one can be shared, as below.
///
/// Whoever renews may be dropped at any time: the next one in the line does it then.
///
/// ```
/// use sts3::{Client, providers::{ContainerProvider, Environment, Refreshing}};
///
/// // One source for two clients, asked once for both.
/// if let Some(container) = ContainerProvider::from_environment(&Environment::from_process())? {
///     let shared = std::sync::Arc::new(Refreshing::new(container));
///     let here = Client::builder().region("eu-west-1").credentials(shared.clone()).build()?;
///     let there = Client::builder().region("us-east-1").credentials(shared).build()?;
/// }
/// # Ok::<(), sts3::Error>(())
/// ```
pub struct Refreshing {
    source: Arc<dyn Provider>,
    kept: RwLock<Option<Kept>>,
    /// Held while refreshing: why the last refresh failed, if it did.
    flight: Mutex<Option<Error>>,
    /// How many refreshes have ended.
    ended: AtomicU64,
    /// Why the last refresh failed, if it did.
    last_error: RwLock<Option<Error>>,
    on_failure: Option<Arc<Hook>>,
}

/// Is told why a refresh failed.
type Hook = dyn Fn(&Error) + Send + Sync;

impl Refreshing {
    /// Keep what `source` gives.
    pub fn new(source: impl Provider + 'static) -> Self {
        Self {
            source: Arc::new(source),
            kept: RwLock::default(),
            flight: Mutex::default(),
            ended: AtomicU64::new(0),
            last_error: RwLock::default(),
            on_failure: None,
        }
    }

    /// Be told of each refresh that fails, also where credentials that are still valid stay in use and no call fails
    /// yet. The hook runs within the call that refreshes and must not block. With the feature `tracing` each is an event
    /// too.
    ///
    /// ```
    /// use sts3::providers::{ChainProvider, Environment, Refreshing};
    ///
    /// let chain = ChainProvider::new(Environment::from_process());
    /// let credentials = Refreshing::new(chain).on_failure(|error| eprintln!("no new credentials: {error}"));
    /// ```
    #[must_use]
    pub fn on_failure(mut self, hook: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Arc::new(hook));
        self
    }

    /// Why the last refresh failed; `None` if it succeeded, or there was none yet. For a health check: share the
    /// `Refreshing` in an [`Arc`] with the client.
    pub fn last_error(&self) -> Option<Error> {
        self.last_error.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keep in mind how a refresh ended, and tell of a failure.
    fn note(&self, failure: Option<&Error>) {
        *self.last_error.write().unwrap_or_else(PoisonError::into_inner) = failure.cloned();
        let Some(error) = failure else { return };
        trace::refresh_failed(error);
        if let Some(hook) = &self.on_failure {
            hook(error);
        }
    }

    fn kept(&self) -> Option<Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        if self.source.keeps_credentials() {
            return self.source.credentials(caller).await;
        }
        let now = caller.sts_now();
        match self.kept() {
            Some(kept) if kept.age(now) == Age::Fresh => Ok(kept.credentials),
            Some(kept) if kept.age(now) == Age::Due => match self.flight.try_lock() {
                Some(mut failure) => self.refresh(caller, Some(kept), &mut failure).await,
                None => Ok(kept.credentials),
            },
            _ => self.wait(caller).await,
        }
    }

    /// Wait for whoever refreshes, or do it.
    async fn wait(&self, caller: &Caller) -> Result<Credentials, Error> {
        let ended_before = self.ended.load(Ordering::Acquire);
        let mut failure = self.flight.lock().await;
        match (self.kept(), failure.clone()) {
            (Some(kept), _) if kept.age(caller.sts_now()) != Age::Overdue => Ok(kept.credentials),
            (_, Some(error)) if self.ended.load(Ordering::Acquire) > ended_before => Err(error),
            (kept, _) => self.refresh(caller, kept, &mut failure).await,
        }
    }

    async fn refresh(
        &self,
        caller: &Caller,
        kept: Option<Kept>,
        failure: &mut Option<Error>,
    ) -> Result<Credentials, Error> {
        let result = self.renew(caller).await;
        *failure = result.as_ref().err().cloned();
        self.note(failure.as_ref());
        let now = caller.sts_now();
        let outcome = match (result, kept) {
            (Ok(new), _) => Ok(self.keep(new)),
            (Err(_), Some(old)) if old.is_valid(now) && self.pause(&old, now) => Ok(old.credentials),
            (Err(error), _) => Err(error),
        };
        self.ended.fetch_add(1, Ordering::Release);
        outcome
    }

    async fn renew(&self, caller: &Caller) -> Result<Kept, Error> {
        let credentials = self.source.credentials(caller).await?;
        let obtained = caller.sts_now();
        if let Some(end) = credentials.expiration().filter(|end| *end <= obtained) {
            let ago = (obtained - end).unsigned_abs();
            return Err(CredentialsError::Expired { ago }.into());
        }
        Ok(Kept::new(credentials, obtained, caller.seed()))
    }

    fn keep(&self, new: Kept) -> Credentials {
        let credentials = new.credentials.clone();
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(new);
        credentials
    }

    /// Try no renewal for a while. `false` if these are not kept any more: a service has refused them meanwhile.
    fn pause(&self, old: &Kept, now: OffsetDateTime) -> bool {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = kept.as_mut().filter(|kept| kept.credentials == old.credentials) else {
            return false;
        };
        kept.pause(now);
        true
    }
}

impl Provider for Refreshing {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Another task may have renewed them in the meantime: those stay.
        if kept.as_ref().is_some_and(|kept| kept.credentials.access_key_id() == refused.access_key_id()) {
            *kept = None;
        }
        drop(kept);
        self.source.forget(refused, caller);
    }

    fn keeps_credentials(&self) -> bool {
        true
    }
}

impl fmt::Debug for Refreshing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshing")
            .field("kept", &self.kept().map(|kept| kept.credentials))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
