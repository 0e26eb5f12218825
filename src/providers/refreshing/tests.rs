mod timing;

use std::{sync::atomic::AtomicBool, time::Duration};

use super::*;
use crate::runtime::testing::{self, NOON, VirtualClock};

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
    clock: VirtualClock,
    caller: Caller,
    source: Source,
    refreshing: Arc<Refreshing>,
}

impl Bench {
    fn new() -> Self {
        let (caller, clock) = testing::sleeping_caller();
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

/// The failure is told once, and forgotten with the next success.
#[tokio::test]
async fn a_failed_refresh_is_told_once_and_is_the_last_error_until_one_succeeds() {
    let (caller, clock) = testing::sleeping_caller();
    let source = Source::default();
    let told = Arc::new(AtomicU64::new(0));
    let counter = told.clone();
    let refreshing = Refreshing::new(source.clone()).on_failure(move |error| {
        assert!(error.to_string().contains("refusal"), "{error}");
        counter.fetch_add(1, Ordering::Relaxed);
    });
    refreshing.credentials(&caller).await.unwrap();
    assert!(refreshing.last_error().is_none());
    source.refuses.store(true, Ordering::Relaxed);
    // Due, and still valid: no caller sees the failure.
    clock.set(3200);
    for _ in 0..3 {
        assert!(refreshing.credentials(&caller).await.is_ok());
    }
    assert_eq!(told.load(Ordering::Relaxed), 1);
    assert!(refreshing.last_error().unwrap().to_string().contains("refusal 2"));
    source.refuses.store(false, Ordering::Relaxed);
    clock.set(3261);
    assert_eq!(refreshing.credentials(&caller).await.unwrap().access_key_id(), "KEY3");
    assert!(refreshing.last_error().is_none() && told.load(Ordering::Relaxed) == 1);
}

/// What the doc's example does: the inner cache alone decides when to renew.
#[tokio::test]
async fn a_cache_around_a_cache_changes_nothing() {
    let (caller, clock) = testing::sleeping_caller();
    let source = Source::default();
    let shared = Arc::new(Refreshing::new(source.clone()));
    let nested: Arc<dyn Provider> = Arc::new(Refreshing::new(Box::new(shared.clone()) as Box<dyn Provider>));
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
        tokio::spawn(async move { refreshing.credentials(&caller).await.map_err(|error| error.to_string()) })
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
    // The refresh has begun, and then every caller drops its future.
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
