use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use time::OffsetDateTime;
use tokio::sync::Mutex;

use super::{BoxFuture, Credentials, Provider};
use crate::{CredentialsError, Error, transport::Caller};

/// From here on one task tries to renew, while the others go on with what they have (botocore's advisory window).
const ADVISORY: Duration = Duration::from_secs(15 * 60);
/// From here on everybody waits for the renewal (botocore's mandatory window).
const MANDATORY: Duration = Duration::from_secs(10 * 60);

/// Keeps another provider's credentials until shortly before they expire.
///
/// One refresh at a time, however many tasks wait for it. Renewal starts 15 minutes before the expiration and is
/// waited for from 10 minutes before; a session of less than an hour scales both down. If renewing fails,
/// credentials that are still valid stay in use; expired ones are never given out.
pub struct Refreshing {
    source: Arc<dyn Provider>,
    kept: RwLock<Option<Kept>>,
    flight: Mutex<()>,
}

#[derive(Clone)]
struct Kept {
    credentials: Credentials,
    obtained: OffsetDateTime,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    Due,
    Overdue,
}

impl Refreshing {
    /// Keep what `source` gives.
    pub fn new(source: impl Provider + 'static) -> Self {
        Self { source: Arc::new(source), kept: RwLock::new(None), flight: Mutex::new(()) }
    }

    fn kept(&self) -> Option<Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let now = caller.sts_now();
        match self.kept() {
            Some(kept) if kept.age(now) == Age::Fresh => Ok(kept.credentials),
            Some(kept) if kept.age(now) == Age::Due => match self.flight.try_lock() {
                Ok(_flight) => Ok(self.refresh(caller).await.unwrap_or(kept.credentials)),
                Err(_) => Ok(kept.credentials),
            },
            _ => {
                let _flight = self.flight.lock().await;
                // Whoever held the flight before may have done the work.
                match self.kept() {
                    Some(kept) if kept.age(caller.sts_now()) != Age::Overdue => Ok(kept.credentials),
                    kept => self.refresh_or_keep(caller, kept).await,
                }
            }
        }
    }

    async fn refresh_or_keep(&self, caller: &Caller, kept: Option<Kept>) -> Result<Credentials, Error> {
        let refreshed = self.refresh(caller).await;
        match (refreshed, kept) {
            (Err(_), Some(kept)) if kept.is_valid(caller.sts_now()) => Ok(kept.credentials),
            (result, _) => result,
        }
    }

    async fn refresh(&self, caller: &Caller) -> Result<Credentials, Error> {
        let credentials = self.source.credentials(caller).await?;
        let obtained = caller.sts_now();
        if let Some(end) = credentials.expiration().filter(|end| *end <= obtained) {
            let ago = (obtained - end).unsigned_abs();
            return Err(CredentialsError::Expired { ago }.into());
        }
        let kept = Kept { credentials: credentials.clone(), obtained };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(credentials)
    }
}

impl Kept {
    fn is_valid(&self, now: OffsetDateTime) -> bool {
        self.credentials.expiration().is_none_or(|end| now < end)
    }

    fn age(&self, now: OffsetDateTime) -> Age {
        let Some(end) = self.credentials.expiration() else { return Age::Fresh };
        let lifetime = (end - self.obtained).unsigned_abs();
        let left = end - now;
        // A fifteen-minute session would otherwise always be due.
        if left <= MANDATORY.min(lifetime / 6) {
            Age::Overdue
        } else if left <= ADVISORY.min(lifetime / 4) {
            Age::Due
        } else {
            Age::Fresh
        }
    }
}

impl Provider for Refreshing {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }

    fn forget(&self, refused: &Credentials) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Another task may have renewed them in the meantime: those stay.
        if kept.as_ref().is_some_and(|kept| kept.credentials.access_key_id() == refused.access_key_id()) {
            *kept = None;
        }
        self.source.forget(refused);
    }
}

impl fmt::Debug for Refreshing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshing")
            .field("kept", &self.kept().map(|kept| kept.credentials))
            .finish_non_exhaustive()
    }
}
