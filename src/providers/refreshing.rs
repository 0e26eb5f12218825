use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::lock::Mutex;
use time::OffsetDateTime;

use super::{
    Provider,
    kept::{Age, Kept},
};
use crate::{
    Credentials, CredentialsError, Error,
    runtime::{BoxFuture, Caller, Event, trace},
};

/// How long a renewal may take while the credentials that it is to replace are still valid.
const WITH_OLD_ONES: Duration = Duration::from_secs(60);
/// And while there are none: a person may be looking for a device with a code. Nobody waits longer than this for somebody
/// else's renewal, either.
const WITHOUT: Duration = Duration::from_secs(10 * 60);

/// Keeps another provider's credentials until shortly before they expire.
///
/// One refresh at a time, however many tasks wait for it, and they share its outcome. Renewal starts 11 to 15
/// minutes before the expiration (at random, so that a fleet does not renew in step) and is waited for from
/// 10 minutes before; a session of less than an hour scales all of this down. If renewing fails, credentials
/// that are still valid stay in use for a minute until the next try; expired ones are never given out.
///
/// A provider that does not answer is given up after a minute while credentials are still valid, and after ten minutes where
/// there are none (providers have narrower limits of their own, and the client's total limit covers them).
///
/// One cache is enough: a source that [keeps credentials](Provider::keeps_credentials) itself, such as another
/// `Refreshing`, is asked each time, and tells of its failures itself. So one can be shared, as below.
///
/// Whoever renews may be dropped at any time: the next one in the line does it then. Each renewal is told to the client's
/// [`Observer`](crate::runtime::Observer).
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
    /// The key that a service refused last, and how many refusals there have been.
    refused: RwLock<(u64, String)>,
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
            refused: RwLock::default(),
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
        read(&self.last_error).clone()
    }

    /// Keep in mind how a refresh ended, and tell of a failure.
    fn note(&self, failure: Option<&Error>) {
        *write(&self.last_error) = failure.cloned();
        let Some(error) = failure else { return };
        trace::refresh_failed(error);
        if let Some(hook) = &self.on_failure {
            hook(error);
        }
    }

    fn kept(&self) -> Option<Kept> {
        read(&self.kept).clone()
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
        let limit = self.limit(self.kept().as_ref(), caller);
        // Whoever refreshes may be a future that nobody polls: it is not waited for without end.
        let Some(mut failure) = caller.patience().within(limit, self.flight.lock()).await else {
            return self.go_alone(caller).await;
        };
        match (self.kept(), failure.clone()) {
            (Some(kept), _) if kept.age(caller.sts_now()) != Age::Overdue => Ok(kept.credentials),
            (_, Some(error)) if self.ended.load(Ordering::Acquire) > ended_before => Err(error),
            (kept, _) => self.refresh(caller, kept, &mut failure).await,
        }
    }

    /// The one refresh at a time does not come to its end.
    async fn go_alone(&self, caller: &Caller) -> Result<Credentials, Error> {
        match self.kept() {
            Some(kept) if kept.is_valid(caller.sts_now()) => Ok(kept.credentials),
            kept => self.refresh(caller, kept, &mut None).await,
        }
    }

    fn limit(&self, kept: Option<&Kept>, caller: &Caller) -> Duration {
        let is_bridged = kept.is_some_and(|kept| kept.is_valid(caller.sts_now()));
        if is_bridged { WITH_OLD_ONES } else { WITHOUT }
    }

    async fn refresh(
        &self,
        caller: &Caller,
        kept: Option<Kept>,
        failure: &mut Option<Error>,
    ) -> Result<Credentials, Error> {
        let began = caller.clock().monotonic();
        let limit = self.limit(kept.as_ref(), caller);
        let result = self.renew(caller, limit).await;
        *failure = result.as_ref().err().cloned();
        self.note(failure.as_ref());
        let took = caller.clock().monotonic().duration_since(began);
        let now = caller.sts_now();
        let outcome = match (result, kept) {
            (Ok(new), kept) => Ok(self.keep(new, kept.as_ref())),
            (Err(_), Some(old)) if old.is_valid(now) && self.pause(&old, now) => Ok(old.credentials),
            (Err(error), _) => Err(error),
        };
        self.ended.fetch_add(1, Ordering::Release);
        match (&*failure, &outcome) {
            (Some(error), outcome) => {
                caller.tell(&Event::RefreshFailed { error, is_bridged: outcome.is_ok(), took });
            }
            // Keys that do not end are not renewed either.
            (None, Ok(new)) => {
                if let Some(expiration) = new.expiration() {
                    caller.tell(&Event::Refreshed { expiration, took });
                }
            }
            (None, Err(_)) => {}
        }
        outcome
    }

    async fn renew(&self, caller: &Caller, limit: Duration) -> Result<Kept, Error> {
        let refusals = read(&self.refused).0;
        let new = self.ask(caller, limit).await?;
        // What was refused while the source was asked may be what it has given: it did not know yet.
        let is_refused = {
            let refused = read(&self.refused);
            refused.0 > refusals && refused.1 == new.credentials.access_key_id()
        };
        if is_refused { self.ask(caller, limit).await } else { Ok(new) }
    }

    async fn ask(&self, caller: &Caller, limit: Duration) -> Result<Kept, Error> {
        let asked = self.source.credentials(caller);
        let Some(given) = caller.patience().within(limit, asked).await else {
            let problem = format!("there was no answer within {} seconds", limit.as_secs());
            return Err(CredentialsError::unusable("credentials", problem).into());
        };
        let credentials = given?;
        let obtained = caller.sts_now();
        if let Some(end) = credentials.expiration().filter(|end| *end <= obtained) {
            let ago = (obtained - end).unsigned_abs();
            return Err(CredentialsError::Expired { ago }.into());
        }
        Ok(Kept::new(credentials, obtained, caller.seed()))
    }

    /// Keep new ones in the place of `before`. Others that came in the meantime and live longer stay: their question was
    /// asked later.
    fn keep(&self, new: Kept, before: Option<&Kept>) -> Credentials {
        let mut kept = write(&self.kept);
        if let Some(standing) = kept.as_ref() {
            let is_of_meanwhile = before.is_none_or(|before| before.credentials != standing.credentials);
            if is_of_meanwhile && standing.outlives(&new) {
                return standing.credentials.clone();
            }
        }
        let credentials = new.credentials.clone();
        *kept = Some(new);
        credentials
    }

    /// Try no renewal for a while. `false` if these are not kept any more: a service has refused them meanwhile.
    fn pause(&self, old: &Kept, now: OffsetDateTime) -> bool {
        let mut kept = write(&self.kept);
        let Some(kept) = kept.as_mut().filter(|kept| kept.credentials == old.credentials) else {
            return false;
        };
        kept.pause(now);
        true
    }
}

/// What a panic has left is whole: nothing here panics half-way.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Provider for Refreshing {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        {
            let mut refusal = write(&self.refused);
            *refusal = (refusal.0 + 1, refused.access_key_id().to_owned());
        }
        let mut kept = write(&self.kept);
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
