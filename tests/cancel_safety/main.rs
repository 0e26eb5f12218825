//! Futures that are dropped and readers that pause lose nothing: on an executor of the tests' own with a virtual clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "../support/odd_servers.rs"]
mod odd_servers;
mod services;
#[path = "../support/world.rs"]
mod world;

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use odd_servers::{Kind, Server};
use services::{Services, Sessions};
use sts3::{
    Client, ClientBuilder, Concurrency, Error, Stream, TransportError, http,
    providers::Refreshing,
    runtime::{BoxFuture, Event, Limits, Transport},
    s3::{ListObjectsV2, Page},
};
use world::{Dice, World};

/// The listing's own answers, in steps: each has to be polled for the next one to begin, as the parts of an answer are.
#[derive(Clone)]
struct Noting {
    server: Server,
    world: World,
    queries: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Transport for Noting {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        *self.queries.lock().unwrap().entry(query).or_default() += 1;
        Box::pin(async move {
            for _ in 0..3 {
                self.world.wait(Duration::from_millis(5)).await;
            }
            self.server.send(request, limits).await
        })
    }
}

impl Noting {
    /// Requests in all, and how many of them had been sent before.
    fn requests(&self) -> (u64, u64) {
        let queries = self.queries.lock().unwrap();
        let all: u64 = queries.values().sum();
        (all, all - queries.len() as u64)
    }
}

fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("key/{number:05}")).collect()
}

fn bucket(world: &World, keys: Vec<String>, seed: u64) -> (ClientBuilder, Noting) {
    let server = Server::new(Kind::HONEST, keys, world.clone(), seed);
    let noting = Noting { server, world: world.clone(), queries: Arc::default() };
    let builder = Client::builder().region("us-east-1").endpoint_url("https://odd.test").max_attempts(1);
    (builder.transport(noting.clone()).clock(world.clone()), noting)
}

/// Drop a future at some point: after a few polls, or when a timer of a `select!` is first.
async fn cut<T>(world: &World, dice: &mut Dice, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut polls = if dice.once_in(2) { dice.below(4) } else { u64::MAX };
    let mut timer = pin!(world.wait(Duration::from_millis(dice.below(60))));
    poll_fn(|context| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if polls == 0 => Poll::Ready(None),
            Poll::Pending => timer.as_mut().poll(context).map(|()| None),
        }
    })
    .await
}

fn next<S: Stream + Unpin>(stream: &mut S) -> impl Future<Output = Option<S::Item>> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context))
}

/// A listing's pages as a stream.
type Pages = Box<dyn Stream<Item = Result<Page, Error>> + Unpin>;

fn pages(client: &Client, width: Option<usize>, is_unordered: bool) -> Pages {
    let operation = client.list_objects_v2("bucket").max_keys(20);
    match width {
        None => Box::new(operation.pages()),
        Some(width) => {
            let pages = operation.parallel(Concurrency::Requests(width));
            Box::new(if is_unordered { pages.unordered() } else { pages })
        }
    }
}

#[test]
fn two_thousand_cancelled_nexts_lose_no_key_and_repeat_no_request() {
    for (width, is_unordered) in
        [(None, false), (Some(1), false), (Some(8), false), (Some(24), false), (Some(24), true)]
    {
        let (mut cancelled, mut seed) = (0, 0);
        while cancelled < 2_000 {
            seed += 1;
            let world = World::default();
            let (builder, noting) = bucket(&world, keys(1_000), seed);
            let client = builder.anonymous().build().unwrap();
            let mut pages = pages(&client, width, is_unordered);
            let mut dice = Dice::new(seed);
            let mut listed: Vec<String> = Vec::new();
            world.run(async {
                loop {
                    match cut(&world, &mut dice, next(&mut pages)).await {
                        None => cancelled += 1,
                        Some(None) => break,
                        Some(Some(page)) => listed.extend(page.unwrap().keys().map(str::to_owned)),
                    }
                }
            });
            listed.sort();
            assert!(listed == keys(1_000), "{width:?} {seed}: {} keys", listed.len());
            assert_eq!(noting.requests().1, 0, "{width:?} {seed}: requests that were sent before");
        }
    }
}

#[test]
fn two_thousand_cancelled_keys_lose_none() {
    let (mut cancelled, mut seed) = (0, 0);
    while cancelled < 2_000 {
        seed += 1;
        let world = World::default();
        let (builder, noting) = bucket(&world, keys(1_000), seed);
        let client = builder.anonymous().build().unwrap();
        let parallel = client.list_objects_v2("bucket").max_keys(20).parallel(Concurrency::Requests(8));
        let mut stream = parallel.keys();
        let mut dice = Dice::new(seed);
        let listed = world.run(async {
            let mut listed = Vec::new();
            loop {
                match cut(&world, &mut dice, stream.next()).await {
                    None => cancelled += 1,
                    Some(key) => match key.unwrap() {
                        Some(key) => listed.push(key),
                        None => break listed,
                    },
                }
            }
        });
        assert!(listed == keys(1_000), "{seed}: {} keys", listed.len());
        assert_eq!((noting.requests().1, stream.pages().requests()), (0, noting.requests().0), "{seed}");
    }
}

#[test]
fn two_thousand_cancelled_sends_repeat_what_was_under_way_at_most() {
    let world = World::default();
    let services =
        Services { world: world.clone(), sts: Arc::default(), s3: Arc::default(), answered: Arc::default() };
    let given = Arc::new(AtomicU64::new(0));
    let provider = Refreshing::new(Sessions { world: world.clone(), given: given.clone() });
    let client = Client::builder()
        .region("us-east-1")
        .transport(services.clone())
        .clock(world.clone())
        .credentials(provider)
        .build()
        .unwrap();
    let mut dice = Dice::new(1);
    let (mut sent, mut cancelled, mut lost_refreshes) = (0, 0, 0);
    world.run(async {
        while cancelled < 2_000 {
            // Sessions end now and then.
            world.wait(Duration::from_secs(dice.below(20))).await;
            let before = (services.sts.load(Ordering::Relaxed), given.load(Ordering::Relaxed));
            let listing = ListObjectsV2::new("bucket");
            match cut(&world, &mut dice, client.send(&listing)).await {
                Some(page) => {
                    page.unwrap();
                    sent += 1;
                }
                None => {
                    cancelled += 1;
                    let began = services.sts.load(Ordering::Relaxed) > before.0;
                    lost_refreshes += u64::from(began && given.load(Ordering::Relaxed) == before.1);
                }
            }
        }
        // Nothing is stuck.
        client.send(&ListObjectsV2::new("bucket")).await.unwrap();
        sent += 1;
    });
    let (sts, s3) = (services.sts.load(Ordering::Relaxed), services.s3.load(Ordering::Relaxed));
    let given = given.load(Ordering::Relaxed);
    assert!(sent > 200 && lost_refreshes > 10 && given > 10, "{sent} {lost_refreshes} {given}");
    assert_eq!(sts, given + lost_refreshes, "each refresh asks once, but for those that were dropped");
    assert!(
        (sent..=sent + cancelled).contains(&s3),
        "{s3} requests for {sent} listings, {cancelled} dropped"
    );
}

#[test]
fn a_reader_who_pauses_for_a_minute_between_two_pages_finds_no_time_out() {
    for width in [None, Some(1), Some(24)] {
        let asked = [Duration::ZERO, Duration::from_secs(60)].map(|pause| {
            let world = World::default();
            let (builder, noting) = bucket(&world, keys(1_000), 3);
            let failures = Arc::new(AtomicU64::new(0));
            let counter = failures.clone();
            let client = builder
                .anonymous()
                .attempt_timeout(Duration::from_secs(30))
                .total_timeout(Duration::from_secs(40))
                .observer(move |event: &Event<'_>| {
                    let is_failure = matches!(event, Event::Unanswered { .. } | Event::Retrying { .. });
                    counter.fetch_add(u64::from(is_failure), Ordering::Relaxed);
                })
                .build()
                .unwrap();
            let mut pages = pages(&client, width, false);
            let mut listed: Vec<String> = Vec::new();
            world.run(async {
                while let Some(page) = next(&mut pages).await {
                    listed.extend(page.unwrap().keys().map(str::to_owned));
                    if !pause.is_zero() {
                        world.wait(pause).await;
                    }
                }
            });
            assert!(listed == keys(1_000), "{width:?} {pause:?}: {}", listed.len());
            assert_eq!(failures.load(Ordering::Relaxed), 0, "{width:?} {pause:?}");
            assert!(pause.is_zero() || world.elapsed() > Duration::from_secs(300), "it has paused");
            noting.requests()
        });
        assert_eq!((asked[0].1, asked[1].1), (0, 0), "{width:?}: requests that were sent before");
    }
}

/// The rule that leaves out pauses must not let a silent server off.
#[test]
fn a_server_that_is_silent_is_given_up_at_the_limit_by_whoever_waits_after_a_pause() {
    let world = World::default();
    let server = Server::new(Kind { hangs: 1, ..Kind::HONEST }, keys(100), world.clone(), 1);
    let client = Client::builder().region("us-east-1").endpoint_url("https://odd.test").max_attempts(1);
    let client = client.anonymous().transport(server).clock(world.clone());
    let client = client.attempt_timeout(Duration::from_secs(30)).build().unwrap();
    let mut pages = client.list_objects_v2("bucket").pages();
    world.run(async {
        let mut dice = Dice::new(0);
        assert!(cut(&world, &mut dice, pages.next()).await.is_none());
        world.wait(Duration::from_secs(60)).await;
        let again = world.elapsed();
        let error = pages.next().await.unwrap_err();
        assert!(error.to_string().contains("no whole answer within 30s"), "{error}");
        assert!(world.elapsed() - again <= Duration::from_secs(30), "{:?}", world.elapsed());
    });
}

/// Requests that are repeated inside of a call are requests too; those for credentials are not the listing's.
#[test]
fn requests_are_counted_when_they_are_sent() {
    let world = World::default();
    let server = Server::new(Kind { lost: 4, ..Kind::HONEST }, keys(1_000), world.clone(), 9);
    let noting = Noting { server, world: world.clone(), queries: Arc::default() };
    let client = Client::builder().region("us-east-1").endpoint_url("https://odd.test").max_attempts(20);
    let client = client.anonymous().transport(noting.clone()).clock(world.clone()).build().unwrap();
    let mut pages = client.list_objects_v2("bucket").max_keys(20).pages();
    world.run(async { while pages.next().await.unwrap().is_some() {} });
    let (requests, repeated) = noting.requests();
    assert!(repeated > 5, "{repeated}");
    assert_eq!(pages.requests(), requests);

    let services =
        Services { world: world.clone(), sts: Arc::default(), s3: Arc::default(), answered: Arc::default() };
    let client = Client::builder().region("us-east-1").transport(services.clone()).clock(world.clone());
    let provider = Sessions { world: world.clone(), given: Arc::default() };
    let client = client.credentials(provider).build().unwrap();
    let mut pages = client.list_objects_v2("bucket").pages();
    let mut dice = Dice::new(0);
    world.run(async {
        // Polled once: what is under way is the provider's request.
        let first = poll_fn(|context| Poll::Ready(pin!(pages.next()).poll(context).is_pending())).await;
        assert!(first && services.sts.load(Ordering::Relaxed) == 1);
        assert_eq!(pages.requests(), 0);
        while cut(&world, &mut dice, pages.next()).await.is_none() {}
    });
    assert_eq!((pages.requests(), services.s3.load(Ordering::Relaxed)), (1, 1));
}
