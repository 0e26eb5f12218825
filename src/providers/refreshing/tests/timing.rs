//! Providers that hang, fail for a while, or answer in another order than they were asked, by a clock that the tests set.

use std::{
    sync::Mutex as Plain,
    task::{Context, Poll, Waker},
};

use tokio::{
    sync::oneshot::{Sender, channel},
    task::JoinHandle,
};

use super::super::*;
use crate::runtime::testing::{self, NOON, VirtualClock};

type Given = Result<Credentials, Error>;

/// Answers a question when the test does: until then it hangs.
#[derive(Clone, Default)]
struct Played(Arc<Plain<Vec<Option<Sender<Given>>>>>);

impl Provider for Played {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Given> {
        let (sender, receiver) = channel();
        self.0.lock().unwrap().push(Some(sender));
        Box::pin(async { receiver.await.unwrap_or_else(|_| Err(refusal("the test has ended"))) })
    }
}

fn refusal(problem: &str) -> Error {
    CredentialsError::unusable("played", problem).into()
}

/// A session that ends so many seconds after noon.
fn session(id: &str, end: u64) -> Credentials {
    Credentials::new(id, "s").with_session_token("t").with_expiration(NOON + Duration::from_secs(end))
}

struct Bench {
    clock: VirtualClock,
    caller: Caller,
    played: Played,
    refreshing: Arc<Refreshing>,
    events: Arc<Plain<Vec<String>>>,
}

type Task = JoinHandle<Result<String, String>>;

impl Bench {
    fn new() -> Self {
        let (caller, clock) = testing::sleeping_caller();
        let events = Arc::new(Plain::new(Vec::new()));
        let seen = events.clone();
        let caller = caller.with_observer(Arc::new(move |event: &Event<'_>| {
            seen.lock().unwrap().push(event.to_string());
        }));
        let played = Played::default();
        let refreshing = Arc::new(Refreshing::new(played.clone()));
        Self { clock, caller, played, refreshing, events }
    }

    /// With a session of an hour from noon on.
    async fn with_a_session() -> Self {
        let bench = Self::new();
        let first = bench.ask();
        bench.answer(0, Ok(session("FIRST", 3600))).await;
        assert_eq!(first.await.unwrap().unwrap(), "FIRST");
        bench
    }

    fn ask(&self) -> Task {
        let (refreshing, caller) = (self.refreshing.clone(), self.caller.clone());
        tokio::spawn(async move {
            let given = refreshing.credentials(&caller).await;
            given.map(|keys| keys.access_key_id().to_owned()).map_err(|error| error.to_string())
        })
    }

    /// Let all tasks go as far as they go without us.
    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    async fn go_to(&self, seconds: u64) {
        self.settle().await;
        self.clock.set(seconds);
        self.settle().await;
    }

    /// Answer the question with this number.
    async fn answer(&self, number: usize, given: Given) {
        self.settle().await;
        let sender = self.played.0.lock().unwrap()[number].take().unwrap();
        // Whoever asked may have given up.
        let _ = sender.send(given);
        self.settle().await;
    }

    fn questions(&self) -> usize {
        self.played.0.lock().unwrap().len()
    }
}

async fn all(tasks: Vec<Task>) -> std::collections::BTreeSet<Result<String, String>> {
    let mut outcomes = std::collections::BTreeSet::new();
    for task in tasks {
        outcomes.insert(task.await.unwrap());
    }
    outcomes
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up_after_a_minute_while_the_old_session_is_valid() {
    let bench = Bench::with_a_session().await;
    // Overdue: everybody waits for one question.
    bench.go_to(3200).await;
    let tasks: Vec<Task> = (0..20).map(|_| bench.ask()).collect();
    bench.go_to(3259).await;
    assert!(tasks.iter().all(|task| !task.is_finished()));
    assert_eq!(bench.questions(), 2);
    bench.go_to(3260).await;
    assert_eq!(all(tasks).await, [Ok("FIRST".to_owned())].into());
    assert!(bench.refreshing.last_error().unwrap().to_string().contains("no answer within 60 seconds"));
    // Then there is a pause, and the next one is asked again.
    bench.go_to(3319).await;
    assert_eq!(bench.ask().await.unwrap().unwrap(), "FIRST");
    assert_eq!(bench.questions(), 2);
    bench.go_to(3320).await;
    let next = bench.ask();
    bench.answer(2, Ok(session("SECOND", 7200))).await;
    assert_eq!(next.await.unwrap().unwrap(), "SECOND");
}

#[tokio::test]
async fn a_hanging_renewal_that_is_only_due_keeps_nobody_else_waiting() {
    let bench = Bench::with_a_session().await;
    // Between the two windows: 15 and 10 minutes before the end.
    bench.go_to(2950).await;
    let renewing = bench.ask();
    bench.settle().await;
    assert_eq!(bench.questions(), 2);
    for _ in 0..10 {
        assert_eq!(bench.ask().await.unwrap().unwrap(), "FIRST");
    }
    assert!(!renewing.is_finished());
    bench.go_to(3010).await;
    assert_eq!(renewing.await.unwrap().unwrap(), "FIRST");
    assert_eq!(bench.questions(), 2);
}

#[tokio::test]
async fn without_a_valid_session_a_hanging_provider_is_waited_for_ten_minutes_and_its_failure_is_shared() {
    let bench = Bench::new();
    let tasks: Vec<Task> = (0..20).map(|_| bench.ask()).collect();
    bench.go_to(599).await;
    assert!(tasks.iter().all(|task| !task.is_finished()));
    assert_eq!(bench.questions(), 1);
    // Some of those who waited ask once more, as long as the first: none is handed an ended session or waits for ever.
    bench.go_to(600).await;
    bench.go_to(1200).await;
    bench.go_to(1800).await;
    let outcomes = all(tasks).await;
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.as_ref().is_err_and(|error| error.contains("within 600 seconds")))
    );
}

#[tokio::test]
async fn a_provider_that_fails_for_a_while_is_asked_once_a_minute_and_after_the_end_each_time() {
    let bench = Bench::with_a_session().await;
    let mut question = 1;
    // The last ten minutes: one question a minute, whoever else asks in between.
    for minute in 0..10 {
        bench.go_to(3000 + 60 * minute).await;
        let asking: Vec<Task> = (0..5).map(|_| bench.ask()).collect();
        bench.answer(question, Err(refusal("down"))).await;
        assert_eq!(all(asking).await, [Ok("FIRST".to_owned())].into(), "{minute}");
        question += 1;
        assert_eq!(bench.questions(), question);
    }
    for seconds in [3600, 3601] {
        bench.go_to(seconds).await;
        let asking: Vec<Task> = (0..5).map(|_| bench.ask()).collect();
        bench.answer(question, Err(refusal("down"))).await;
        let outcomes = all(asking).await;
        assert_eq!(outcomes, [Err("played: down".to_owned())].into(), "one failure for all of them");
        question += 1;
    }
    let back = bench.ask();
    bench.answer(question, Ok(session("SECOND", 9000))).await;
    assert_eq!(back.await.unwrap().unwrap(), "SECOND");
    assert!(bench.refreshing.last_error().is_none());
}

/// A future that renews and is polled no more (its owner reads something else) holds the one refresh at a time. It is answered
/// at last, and late: the older session must not replace the newer one.
#[tokio::test]
async fn an_answer_that_comes_late_does_not_replace_a_later_session() {
    let bench = Bench::new();
    let mut left_alone = bench.refreshing.credentials(&bench.caller);
    let polled = left_alone.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    let waiting = bench.ask();
    bench.go_to(599).await;
    assert!(!waiting.is_finished() && bench.questions() == 1);
    bench.go_to(600).await;
    bench.answer(1, Ok(session("LATER", 4200))).await;
    assert_eq!(waiting.await.unwrap().unwrap(), "LATER");
    // The first question is answered now.
    let sender = bench.played.0.lock().unwrap()[0].take().unwrap();
    sender.send(Ok(session("EARLIER", 3600))).unwrap();
    let polled = left_alone.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(keys)) if keys.access_key_id() == "LATER"));
    assert_eq!(bench.ask().await.unwrap().unwrap(), "LATER");
    assert_eq!(bench.questions(), 2);
}

#[tokio::test]
async fn what_a_service_refused_while_the_source_was_asked_is_asked_for_once_more() {
    let bench = Bench::with_a_session().await;
    let first = session("FIRST", 3600);
    bench.refreshing.forget(&first, &bench.caller);
    let task = bench.ask();
    bench.settle().await;
    // Another task meets the refusal of the same session while the source (a cache of its own, say) is still reading it.
    bench.refreshing.forget(&first, &bench.caller);
    bench.answer(1, Ok(first)).await;
    bench.answer(2, Ok(session("SECOND", 7200))).await;
    assert_eq!(task.await.unwrap().unwrap(), "SECOND");
}

#[tokio::test]
async fn renewals_are_told_as_events_with_their_time_and_without_a_secret() {
    let bench = Bench::with_a_session().await;
    bench.go_to(3200).await;
    let failing = bench.ask();
    bench.go_to(3203).await;
    bench.answer(1, Err(refusal("down"))).await;
    failing.await.unwrap().unwrap();
    bench.go_to(3600).await;
    let failed = bench.ask();
    bench.answer(2, Err(refusal("down"))).await;
    failed.await.unwrap().unwrap_err();
    assert_eq!(
        *bench.events.lock().unwrap(),
        [
            "new credentials in 0 ms, until 2026-11-24T13:00:00Z",
            "no new credentials in 3000 ms, the old ones are still valid: played: down",
            "no new credentials in 0 ms: played: down",
        ]
    );
}
