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
use crate::{CredentialsError, Error, runtime::Caller};

/// Keeps another provider's credentials until shortly before they expire.
///
/// One refresh at a time, however many tasks wait for it, and they share its outcome. Renewal starts 11 to 15
/// minutes before the expiration (at random, so that a fleet does not renew in step) and is waited for from
/// 10 minutes before; a session of less than an hour scales all of this down. If renewing fails, credentials
/// that are still valid stay in use for a minute until the next try; expired ones are never given out.
///
/// One cache is enough: a source that [keeps credentials](Provider::keeps_credentials) itself, such as another
/// `Refreshing`, is asked each time. So one can be shared, as below.
///
/// Whoever renews may be dropped at any time: the next one in the line does it then.
///
/// ```
/// use sts3::{Client, providers::{Container, Environment, Refreshing}};
///
/// // One source for two clients, asked once for both.
/// if let Some(container) = Container::from_environment(&Environment::from_process())? {
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
}

impl Refreshing {
    /// Keep what `source` gives.
    pub fn new(source: impl Provider + 'static) -> Self {
        Self {
            source: Arc::new(source),
            kept: RwLock::default(),
            flight: Mutex::default(),
            ended: AtomicU64::new(0),
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
mod tests {
    use std::{sync::atomic::AtomicBool, time::Duration};

    use super::*;
    use crate::runtime::testing::{self, Hands, NOON};

    /// One-hour sessions, numbered; or refusals.
    #[derive(Clone, Default)]
    struct Source {
        asked: Arc<AtomicU64>,
        refuses: Arc<AtomicBool>,
    }

    impl Provider for Source {
        fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
            Box::pin(async {
                let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
                if self.refuses.load(Ordering::Relaxed) {
                    let problem = format!("refusal {number}");
                    return Err(CredentialsError::unusable("source", problem).into());
                }
                let keys = Credentials::new(format!("KEY{number}"), "s");
                Ok(keys.with_expiration(caller.sts_now() + Duration::from_secs(3600)))
            })
        }
    }

    struct Bench {
        clock: Hands,
        caller: Caller,
        source: Source,
        refreshing: Arc<Refreshing>,
    }

    impl Bench {
        fn new() -> Self {
            let (caller, clock) = testing::lonely_caller();
            let source = Source::default();
            let refreshing = Arc::new(Refreshing::new(source.clone()));
            Self { clock, caller, source, refreshing }
        }

        /// What is given out so many seconds after the start.
        async fn at(&self, seconds: u64) -> Result<String, String> {
            self.clock.set(seconds);
            let given = self.refreshing.credentials(&self.caller).await;
            given.map(|keys| keys.access_key_id().to_owned()).map_err(|error| error.to_string())
        }

        fn refuse(&self, refuses: bool) {
            self.source.refuses.store(refuses, Ordering::Relaxed);
        }

        fn asked(&self) -> u64 {
            self.source.asked.load(Ordering::Relaxed)
        }

        async fn by_many(&self) -> std::collections::BTreeSet<Result<String, String>> {
            let tasks: Vec<_> = (0..1000)
                .map(|_| {
                    let (refreshing, caller) = (self.refreshing.clone(), self.caller.clone());
                    tokio::spawn(async move {
                        let given = refreshing.credentials(&caller).await;
                        given.map(|keys| keys.access_key_id().to_owned()).map_err(|error| error.to_string())
                    })
                })
                .collect();
            let mut outcomes = std::collections::BTreeSet::new();
            for task in tasks {
                outcomes.insert(task.await.unwrap());
            }
            outcomes
        }
    }

    #[tokio::test]
    async fn renewal_comes_eleven_to_fifteen_minutes_ahead() {
        let bench = Bench::new();
        assert_eq!(bench.at(0).await.unwrap(), "KEY1");
        assert_eq!(bench.at(3600 - 901).await.unwrap(), "KEY1");
        assert_eq!(bench.at(3600 - 675).await.unwrap(), "KEY2");
        let windows: std::collections::BTreeSet<_> = (0..100)
            .map(|seed| {
                let keys = Credentials::new("A", "s").with_expiration(NOON + Duration::from_secs(3600));
                Kept::new(keys, NOON, seed * 31).advisory.as_secs()
            })
            .collect();
        assert!(windows.len() > 30, "{windows:?}");
        assert!(windows.iter().all(|seconds| (675..=900).contains(seconds)), "{windows:?}");
    }

    #[tokio::test]
    async fn a_failed_renewal_keeps_valid_credentials_for_a_minute_and_expired_ones_never() {
        let bench = Bench::new();
        bench.at(0).await.unwrap();
        bench.refuse(true);
        // Within both windows: valid, so used; and the source is not asked again at once.
        assert_eq!(bench.at(3200).await.unwrap(), "KEY1");
        assert_eq!(bench.at(3259).await.unwrap(), "KEY1");
        assert_eq!(bench.asked(), 2);
        assert_eq!(bench.at(3261).await.unwrap(), "KEY1");
        assert_eq!(bench.asked(), 3);
        assert_eq!(bench.at(3599).await.unwrap(), "KEY1");
        assert!(bench.at(3600).await.unwrap_err().contains("refusal"));
        bench.refuse(false);
        assert_eq!(bench.at(3601).await.unwrap(), "KEY6");
    }

    /// What the doc's example does: the inner cache alone decides when to renew.
    #[tokio::test]
    async fn a_cache_around_a_cache_changes_nothing() {
        let (caller, clock) = testing::lonely_caller();
        let source = Source::default();
        let shared = Arc::new(Refreshing::new(source.clone()));
        let nested: Arc<dyn Provider> =
            Arc::new(Refreshing::new(Box::new(shared.clone()) as Box<dyn Provider>));
        for (seconds, expected) in
            [(0, "KEY1"), (2000, "KEY1"), (3600 - 901, "KEY1"), (3600 - 675, "KEY2"), (5600, "KEY2")]
        {
            clock.set(seconds);
            let given = nested.credentials(&caller).await.unwrap();
            assert_eq!(given.access_key_id(), expected, "{seconds}");
            assert_eq!(shared.credentials(&caller).await.unwrap(), given, "{seconds}");
        }
        let current = nested.credentials(&caller).await.unwrap();
        nested.forget(&current, &caller);
        assert_eq!(nested.credentials(&caller).await.unwrap().access_key_id(), "KEY3");
    }

    #[tokio::test]
    async fn one_task_s_refused_session_does_not_take_another_task_s_new_one_along() {
        let bench = Bench::new();
        bench.at(0).await.unwrap();
        // Two tasks hold the first session; both meet a refusal, one after the other.
        let (first, second) = (bench.refreshing.clone(), bench.refreshing.clone());
        let old = first.credentials(&bench.caller).await.unwrap();
        first.forget(&old, &bench.caller);
        assert_eq!(first.credentials(&bench.caller).await.unwrap().access_key_id(), "KEY2");
        second.forget(&old, &bench.caller);
        assert_eq!(second.credentials(&bench.caller).await.unwrap().access_key_id(), "KEY2");
        assert_eq!(bench.asked(), 2);
    }

    #[tokio::test]
    async fn a_session_that_is_refused_during_a_failing_renewal_is_not_given_out_again() {
        let bench = Bench::new();
        bench.at(0).await.unwrap();
        bench.refuse(true);
        bench.clock.set(3200);
        let renewing = {
            let (refreshing, caller) = (bench.refreshing.clone(), bench.caller.clone());
            tokio::spawn(
                async move { refreshing.credentials(&caller).await.map_err(|error| error.to_string()) },
            )
        };
        while bench.asked() < 2 {
            tokio::task::yield_now().await;
        }
        let old = bench.refreshing.kept().unwrap().credentials;
        bench.refreshing.forget(&old, &bench.caller);
        assert!(renewing.await.unwrap().unwrap_err().contains("refusal"));
        assert!(bench.refreshing.kept().is_none());
    }

    #[tokio::test]
    async fn a_renewal_that_is_dropped_is_done_by_the_next_in_line() {
        let bench = Bench::new();
        let mut dropped = Box::pin(bench.refreshing.credentials(&bench.caller));
        let waiting = bench.refreshing.credentials(&bench.caller);
        // It has begun, and then nobody wants it any more.
        std::future::poll_fn(|context| {
            assert!(dropped.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(dropped);
        assert_eq!(waiting.await.unwrap().access_key_id(), "KEY2");
    }

    #[tokio::test]
    async fn a_thousand_tasks_share_one_outcome() {
        let bench = Bench::new();
        bench.refuse(true);
        let refused = bench.by_many().await;
        assert_eq!((refused.len(), bench.asked()), (1, 1), "{refused:?}");
        bench.refuse(false);
        let given = bench.by_many().await;
        assert_eq!(given, [Ok("KEY2".to_owned())].into());
    }
}
