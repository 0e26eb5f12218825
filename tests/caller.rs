//! Whole calls over a transport that the test plays: limits, what is learned, what is told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    collections::BTreeSet,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sts3::{
    Client, ClientBuilder, Credentials, Error, Region, TransportError, TransportErrorKind,
    providers::{Provider, Refreshing},
    runtime::{BoxFuture, Caller, Event, Limits, Random, Transport},
    s3::{GetObject, ListObjectsV2},
};

const GOOD: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

type Answer = Result<http::Response<Vec<u8>>, TransportError>;

/// Answers by the request and its number.
struct Played<F> {
    answer: F,
    sent: Arc<AtomicU64>,
}

impl<F: Fn(&http::Request<Vec<u8>>, u64) -> Answer + Send + Sync> Transport for Played<F> {
    fn send(&self, request: http::Request<Vec<u8>>, _limits: Limits) -> BoxFuture<'_, Answer> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { (self.answer)(&request, number) })
    }
}

fn builder() -> ClientBuilder {
    Client::builder().region("eu-west-1").credentials(Credentials::new("AKIDEXAMPLE", "secret"))
}

fn played(
    answer: impl Fn(&http::Request<Vec<u8>>, u64) -> Answer + Send + Sync + 'static,
) -> (ClientBuilder, Arc<AtomicU64>) {
    let sent = Arc::new(AtomicU64::new(0));
    (builder().transport(Played { answer, sent: sent.clone() }), sent)
}

fn ok(body: &str) -> Answer {
    Ok(http::Response::new(body.as_bytes().to_vec()))
}

fn refusal(status: u16, body: &str) -> Answer {
    Ok(http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap())
}

fn elsewhere(region: &str) -> Answer {
    refusal(301, &format!("<Error><Code>PermanentRedirect</Code><Region>{region}</Region></Error>"))
}

async fn list(client: &Client) -> Result<(), Error> {
    client.send(&ListObjectsV2::new("bucket")).await.map(drop)
}

/// Never answers, and notes what it was given.
#[derive(Clone, Default)]
struct Hanging(Arc<Mutex<Vec<Limits>>>);

impl Transport for Hanging {
    fn send(&self, _request: http::Request<Vec<u8>>, limits: Limits) -> BoxFuture<'_, Answer> {
        self.0.lock().unwrap().push(limits);
        Box::pin(pending())
    }
}

#[tokio::test]
async fn a_transport_that_hangs_is_given_up_at_the_limit() {
    let hanging = Hanging::default();
    let limit = Duration::from_millis(50);
    let client = builder().transport(hanging.clone()).attempt_timeout(limit).max_attempts(2).build().unwrap();
    let Error::Transport(error) = list(&client).await.unwrap_err() else { panic!("no transport error") };
    assert_eq!(
        (error.kind, error.problem.as_str()),
        (TransportErrorKind::Timeout, "no whole answer within 50ms")
    );
    assert_eq!(error.host, "bucket.s3.eu-west-1.amazonaws.com");
    assert_eq!(*hanging.0.lock().unwrap(), [Limits::new(limit); 2]);
}

/// Blocks its thread for as long as it is allowed, as one over a blocking HTTP client does.
struct Blocking;

impl Transport for Blocking {
    fn send(&self, _request: http::Request<Vec<u8>>, limits: Limits) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            std::thread::sleep(limits.total);
            Err(TransportError::new(TransportErrorKind::Timeout, "host", "nothing came"))
        })
    }
}

/// No timer can interrupt it: it has to be told.
#[tokio::test]
async fn a_transport_that_blocks_is_told_what_is_left_of_the_time() {
    let client = builder()
        .transport(Blocking)
        .attempt_timeout(Duration::from_secs(3600))
        .total_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let error = list(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Transport(ref error) if error.kind == TransportErrorKind::Timeout),
        "{error}"
    );
}

/// Gives credentials, or never does.
struct Slow(Arc<AtomicU64>);

/// Notes that it was dropped.
struct Noted(Arc<AtomicU64>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Provider for Slow {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        let noted = Noted(self.0.clone());
        Box::pin(async move {
            let _noted = noted;
            pending().await
        })
    }
}

#[tokio::test]
async fn the_total_limit_covers_a_provider_that_never_answers() {
    let dropped = Arc::new(AtomicU64::new(0));
    let (builder, sent) = played(|_, _| ok(GOOD));
    let builder = builder.credentials(Slow(dropped.clone())).total_timeout(Duration::from_millis(100));
    let client = builder.build().unwrap();
    for error in [list(&client).await.unwrap_err(), client.credentials().await.unwrap_err()] {
        let said = error.to_string();
        assert!(matches!(error, Error::Credentials(_)) && said.contains("within the 100ms"), "{said}");
    }
    assert_eq!((sent.load(Ordering::Relaxed), dropped.load(Ordering::Relaxed)), (0, 2));
}

/// Takes its time, and then gives credentials.
struct Dawdling(Duration);

impl Provider for Dawdling {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(Credentials::new("AKIDEXAMPLE", "secret"))
        })
    }
}

#[tokio::test]
async fn what_a_provider_takes_is_taken_from_the_call() {
    let hanging = Hanging::default();
    let total = Duration::from_secs(1);
    let (took, began) = (Duration::from_millis(700), Instant::now());
    let client = builder()
        .transport(hanging.clone())
        .credentials(Dawdling(took))
        .total_timeout(total)
        .build()
        .unwrap();
    assert!(list(&client).await.is_err());
    let limits = hanging.0.lock().unwrap().clone();
    assert!(!limits.is_empty() && limits[0].total <= total - took, "{limits:?} after {:?}", began.elapsed());
}

#[tokio::test]
async fn a_bucket_is_found_anew_after_it_has_moved_once_more() {
    // Where it is, by the number of the request: it moves twice.
    let (builder, sent) = played(|request, number| {
        let place = match number {
            0..4 => "eu-central-1",
            4..7 => "ap-south-1",
            _ => "eu-west-1",
        };
        match request.uri().host() == Some(&format!("bucket.s3.{place}.amazonaws.com")) {
            true => ok(GOOD),
            false => elsewhere(place),
        }
    });
    let client = builder.build().unwrap();
    // Redirected and learned; known; moved, and learned anew; known; moved back; known.
    for expected in [2, 3, 4, 6, 7, 9, 10] {
        list(&client).await.unwrap();
        assert_eq!(sent.load(Ordering::Relaxed), expected);
    }
}

/// Bucket names are unique within a partition only
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
#[tokio::test]
async fn what_was_learned_of_a_bucket_says_nothing_about_one_of_its_name_in_another_partition() {
    let (builder, _) = played(|request, _| match request.uri().host() {
        Some("bucket.s3.eu-central-1.amazonaws.com" | "bucket.s3.cn-north-1.amazonaws.com.cn") => ok(GOOD),
        Some("bucket.s3.eu-west-1.amazonaws.com") => elsewhere("eu-central-1"),
        other => panic!("{other:?} is asked"),
    });
    let client = builder.build().unwrap();
    let china = client.with_region(Region::new("cn-north-1").unwrap());
    for client in [&client, &china, &client] {
        list(client).await.unwrap();
        let url = client.presign(&GetObject::new("bucket", "k"), Duration::from_secs(1)).await.unwrap();
        let place = if std::ptr::eq(client, &china) { "cn-north-1" } else { "eu-central-1" };
        assert!(url.as_str().contains(place), "{}", url.as_str());
    }
}

#[tokio::test]
async fn a_region_that_leads_nowhere_is_forgotten() {
    let (builder, sent) = played(|request, number| match (number, request.uri().host()) {
        // A loop, and later the bucket is where we are.
        (0, _) => elsewhere("eu-central-1"),
        (1, _) => elsewhere("eu-north-1"),
        (_, Some("bucket.s3.eu-west-1.amazonaws.com")) => ok(GOOD),
        _ => refusal(404, "<Error><Code>NoSuchBucket</Code></Error>"),
    });
    let client = builder.build().unwrap();
    assert_eq!(list(&client).await.unwrap_err().as_service_error().unwrap().code, "PermanentRedirect");
    list(&client).await.unwrap();
    assert_eq!(sent.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_observer_is_told_of_every_request_and_of_what_led_to_it() {
    let (builder, sent) = played(|_, number| match number {
        0 => elsewhere("eu-central-1"),
        1 => Ok(http::Response::builder()
            .status(403)
            .header("date", "Tue, 24 Nov 2099 12:00:00 GMT")
            .body(b"<Error><Code>RequestTimeTooSkewed</Code></Error>".to_vec())
            .unwrap()),
        2 => Err(TransportError::new(TransportErrorKind::Interrupted, "host", "gone\u{1b}[2J")),
        _ => ok(GOOD),
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let written = told.clone();
    let builder = builder.observer(move |event: &Event<'_>| {
        let kind = match event {
            Event::Sent { attempt, .. } => format!("sent {attempt}"),
            Event::Answered { status, .. } => format!("answered {status}"),
            Event::Unanswered { .. } => "unanswered".into(),
            Event::Retrying { attempts, .. } => format!("retrying after {attempts}"),
            Event::Redirected { bucket, region, .. } => format!("{bucket} is in {region}"),
            Event::ClockCorrected { .. } => "clock".into(),
            _ => "new".into(),
        };
        written.lock().unwrap().push((kind, event.to_string()));
    });
    list(&builder.build().unwrap()).await.unwrap();
    let told = told.lock().unwrap();
    let kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "sent 1",
            "answered 301",
            "bucket is in eu-central-1",
            "sent 2",
            "answered 403",
            "clock",
            "sent 3",
            "unanswered",
            "retrying after 3",
            "sent 4",
            "answered 200"
        ]
    );
    assert_eq!(sent.load(Ordering::Relaxed), 4);
    assert!(
        told.iter().all(|(_, line)| line.starts_with("ListObjectsV2: ") && !line.contains(char::is_control))
    );
}

/// Counts, which is as unpredictable as a test needs it.
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), Error> {
        buffer.fill(0);
        buffer[0] = u8::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap();
        Ok(())
    }
}

/// The pauses of some calls that fail once.
async fn pauses(random: Option<Counting>) -> Vec<Duration> {
    let (mut builder, _) = played(|_, number| match number % 2 {
        0 => refusal(500, "<Error><Code>InternalError</Code></Error>"),
        _ => ok(GOOD),
    });
    if let Some(random) = random {
        builder = builder.random(random);
    }
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let written = pauses.clone();
    let client = builder.observer(move |event: &Event<'_>| {
        if let Event::Retrying { delay, .. } = event {
            written.lock().unwrap().push(*delay);
        }
    });
    let client = client.build().unwrap();
    for _ in 0..5 {
        list(&client).await.unwrap();
    }
    pauses.lock().unwrap().clone()
}

#[tokio::test]
async fn jitter_comes_from_the_source_of_randomness_and_no_two_programs_share_it() {
    let counted = pauses(Some(Counting(AtomicU64::new(0)))).await;
    assert_eq!(counted, pauses(Some(Counting(AtomicU64::new(0)))).await);
    assert_eq!(counted.iter().collect::<BTreeSet<_>>().len(), 5);
    assert_ne!(pauses(None).await, pauses(None).await);
}

/// One cache for two clients, as the documentation has it: the source is asked once.
#[tokio::test]
async fn a_cache_that_two_clients_share_asks_once_for_both() {
    struct Numbered(AtomicU64);
    impl Provider for Numbered {
        fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let end = caller.sts_now() + Duration::from_secs(3600);
            Box::pin(async move { Ok(Credentials::new(format!("KEY{number}"), "s").with_expiration(end)) })
        }
    }
    let shared = Arc::new(Refreshing::new(Numbered(AtomicU64::new(0))));
    let client = || builder().credentials(shared.clone()).build().unwrap();
    for client in [client(), client()] {
        assert_eq!(client.credentials().await.unwrap().unwrap().access_key_id(), "KEY1");
    }
}
