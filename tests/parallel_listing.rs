//! Many requests at once give what one after the other gives, whatever the server does meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sts3::{
    Client, Concurrency, Error, ParallelPages, TransportError,
    call::MonotonicTime,
    http,
    providers::AssumeRoleProvider,
    runtime::{BoxFuture, Clock, Limits, SystemClock, Transport},
    sigv4::percent_decode,
};
use sts3_sandbox::{BucketSpec, Distribution, Sandbox, SyntheticKeys};
use support::{READER, client, outcomes, start, user};
use time::OffsetDateTime;

/// A bucket of each distribution, named after it.
fn buckets(count: u64) -> sts3_sandbox::SandboxBuilder {
    let bucket = |distribution: Distribution| BucketSpec::synthetic(distribution.name(), distribution, count);
    Distribution::ALL
        .into_iter()
        .fold(Sandbox::builder(), |builder, distribution| builder.bucket(bucket(distribution)))
}

async fn keys(mut pages: ParallelPages) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await? {
        keys.extend(page.keys().map(str::to_owned));
    }
    Ok(keys)
}

fn all(distribution: Distribution, count: u64) -> Vec<String> {
    let keys = SyntheticKeys::new(distribution, count);
    (0..count).map(|rank| keys.key(rank).unwrap()).collect()
}

const MANY: Concurrency = Concurrency::Requests(16);

#[tokio::test(flavor = "multi_thread")]
async fn the_same_keys_in_the_same_order() {
    let sandbox = start(buckets(20_000).latency(Duration::from_millis(5))).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    for distribution in Distribution::ALL {
        let expected = all(distribution, 20_000);
        let listing = || client.list_objects_v2(distribution.name());
        assert!(keys(listing().parallel(MANY)).await.unwrap() == expected, "{distribution}");
        let mut unordered = keys(listing().parallel(MANY).unordered()).await.unwrap();
        unordered.sort();
        assert!(unordered == expected, "{distribution}");
        let slice = &expected[4_321..17_654];
        for concurrency in [MANY, Concurrency::Requests(1)] {
            let sliced =
                listing().start_after(&expected[4_320]).parallel(concurrency).stop_at(&expected[17_653]);
            assert!(keys(sliced).await.unwrap() == slice, "{distribution} {concurrency:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_server_is_asked_one_page_after_the_other() {
    let sandbox = start(buckets(5_000)).await;
    let client = client(&sandbox).credentials(user()).clock(NoTimePasses).build().unwrap();
    let listed = keys(client.list_objects_v2("numeric").parallel(Concurrency::Auto)).await.unwrap();
    assert_eq!(listed, all(Distribution::Numeric, 5_000));
    assert_eq!(sandbox.count("ListObjectsV2"), 5);
}

/// Every answer is there at once, however busy the machine is.
struct NoTimePasses;

impl Clock for NoTimePasses {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now()
    }

    fn monotonic(&self) -> MonotonicTime {
        MonotonicTime::since_origin(Duration::ZERO)
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(deadline.duration_since(self.monotonic())))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prefixes_page_sizes_and_delimiters_are_kept() {
    let sandbox = start(buckets(20_000).latency(Duration::from_millis(5))).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let dated = all(Distribution::Dated, 20_000);
    let expected: Vec<String> = dated.into_iter().filter(|key| key.starts_with("logs/2026/0")).collect();
    let listing = client.list_objects_v2("dated").prefix("logs/2026/0").max_keys(100);
    assert!(keys(listing.parallel(MANY)).await.unwrap() == expected);
    let mut one_level = client.list_objects_v2("dated").prefix("logs/").delimiter("/").parallel(MANY);
    let page = one_level.next().await.unwrap().unwrap();
    assert_eq!(page.common_prefixes().collect::<Vec<_>>(), ["logs/2025/", "logs/2026/"]);
    assert!(one_level.next().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_narrows_and_loses_nothing() {
    let sandbox = start(buckets(20_000).slowdown_rps(40).latency(Duration::from_millis(20))).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let listed = keys(client.list_objects_v2("flat-uuid").max_keys(100).parallel(Concurrency::Requests(64)))
        .await
        .unwrap();
    assert!(listed == all(Distribution::FlatUuid, 20_000));
    let outcomes = outcomes(&sandbox, "ListObjectsV2");
    assert!(outcomes["SlowDown"] > 0 && outcomes["SlowDown"] < 200, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_retried_and_lose_nothing() {
    let sandbox =
        start(buckets(20_000).error_rate(0.05).truncate_rate(0.05).latency(Duration::from_millis(5))).await;
    let client = client(&sandbox).credentials(user()).max_attempts(8).build().unwrap();
    let listed = keys(client.list_objects_v2("dated").parallel(MANY)).await.unwrap();
    assert!(listed == all(Distribution::Dated, 20_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_end_meanwhile_are_renewed_without_losing_a_page() {
    let builder =
        buckets(20_000).session_lifetime(Duration::from_secs(1)).latency(Duration::from_millis(150));
    let sandbox = start(builder).await;
    let role = AssumeRoleProvider::new(READER, "test").source(user());
    let client = client(&sandbox).credentials(role).build().unwrap();
    let listed = keys(client.list_objects_v2("unicode").parallel(Concurrency::Requests(2))).await.unwrap();
    assert!(listed == all(Distribution::Unicode, 20_000));
    assert!(sandbox.count("AssumeRole") >= 2, "{:?}", sandbox.counts());
}

/// A server of our own: pages of 100 among 2,000 keys.
#[derive(Clone)]
struct Odd {
    kind: Kind,
    requests: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Knows tokens only, as some compatible stores do.
    IgnoresStart,
    /// Sorts by size, or not at all.
    Unsorted,
    /// Fails from the fifth request on.
    Fails,
}

impl Transport for Odd {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let query = request.uri().query().unwrap().to_owned();
        let parameter = |name: &str| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
            Some(String::from_utf8(percent_decode(value).into_owned()).unwrap())
        };
        let mut keys: Vec<String> = (0..2_000).map(|number| format!("key-{number:05}")).collect();
        if self.kind == Kind::Unsorted {
            keys.sort_by_key(|key| key.bytes().rev().collect::<Vec<u8>>());
        }
        let start = parameter("start-after").filter(|_| self.kind == Kind::Fails);
        let from = match (parameter("continuation-token"), start) {
            (Some(token), _) => token.parse().unwrap(),
            (None, Some(start)) => keys.partition_point(|key| *key <= start),
            (None, None) => 0,
        };
        let to = (from + 100).min(keys.len());
        let contents: String = keys[from..to]
            .iter()
            .map(|key| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>"))
            .collect();
        let next = if to < keys.len() {
            format!("<NextContinuationToken>{to}</NextContinuationToken>")
        } else {
            String::new()
        };
        let body = format!(
            "<ListBucketResult><IsTruncated>{}</IsTruncated>{next}{contents}</ListBucketResult>",
            to < keys.len()
        );
        let (status, body) = match self.kind {
            Kind::Fails if number >= 5 => (403, "<Error><Code>AccessDenied</Code></Error>".to_owned()),
            _ => (200, body),
        };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(http::Response::builder().status(status).body(body.into_bytes()).unwrap())
        })
    }
}

fn odd(kind: Kind) -> (Client, Odd) {
    let server = Odd { kind, requests: Arc::default() };
    let builder = Client::builder().region("us-east-1").endpoint_url("https://odd.test").credentials(user());
    (builder.transport(server.clone()).build().unwrap(), server)
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_ignore_the_start_or_do_not_sort_are_listed_in_sequence_and_whole() {
    for kind in [Kind::IgnoresStart, Kind::Unsorted] {
        let (client, _) = odd(kind);
        let mut listed = keys(client.list_objects_v2("bucket").parallel(MANY)).await.unwrap();
        listed.sort();
        let expected: Vec<String> = (0..2_000).map(|number| format!("key-{number:05}")).collect();
        assert!(listed == expected, "{kind:?}: {} keys", listed.len());
    }
}

/// Directory buckets have no order, and say so by their name.
#[tokio::test(flavor = "multi_thread")]
async fn directory_buckets_are_listed_in_sequence() {
    let (client, server) = odd(Kind::Unsorted);
    let listed = keys(client.list_objects_v2("bucket--use1-az4--x-s3").parallel(MANY)).await.unwrap();
    assert_eq!((listed.len(), server.requests.load(Ordering::Relaxed)), (2_000, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_ends_the_listing_and_what_came_before_it_was_handed_out() {
    let (client, _) = odd(Kind::Fails);
    let mut pages = client.list_objects_v2("bucket").max_keys(100).parallel(Concurrency::Requests(2));
    let mut listed = Vec::new();
    let error = loop {
        match pages.next().await {
            Ok(Some(page)) => listed.extend(page.keys().map(str::to_owned)),
            Ok(None) => panic!("a shorter listing"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.as_service_error().unwrap().code, "AccessDenied");
    assert!(!listed.is_empty() && listed.is_sorted(), "{listed:?}");
    assert_eq!(listed[0], "key-00000");
}

#[tokio::test]
async fn a_number_of_requests_that_is_out_of_limits_is_refused_and_nothing_is_sent() {
    let sandbox = start(buckets(10)).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    for (number, is_refused) in [(0, true), (1, false), (256, false), (257, true), (100_000, true)] {
        let before = sandbox.count("ListObjectsV2");
        let listed = keys(client.list_objects_v2("numeric").parallel(Concurrency::Requests(number))).await;
        assert_eq!(listed.is_err(), is_refused, "{number}");
        assert_eq!(sandbox.count("ListObjectsV2") == before, is_refused, "{number}");
    }
}

#[tokio::test]
async fn a_listing_with_a_limit_ends_with_the_page_that_has_the_last_entry() {
    let sandbox = start(buckets(5_000)).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    // In pages of 100: the limit, and the whole pages that hold it.
    for (limit, expected) in [(0, 0), (1, 100), (100, 100), (101, 200), (5_000, 5_000), (u64::MAX, 5_000)] {
        for concurrency in [Concurrency::Requests(1), MANY] {
            let before = sandbox.count("ListObjectsV2");
            let listing = client.list_objects_v2("numeric").max_keys(100);
            let listed = keys(listing.parallel(concurrency).limit(limit)).await.unwrap();
            // A page at a seam of two ranges may be shorter.
            let is_whole = expected == 5_000 || concurrency == Concurrency::Requests(1);
            let is_right = if is_whole {
                listed.len() == expected
            } else {
                (limit as usize..=expected).contains(&listed.len())
            };
            assert!(is_right && listed.is_sorted(), "{limit} {concurrency:?}: {}", listed.len());
            let requests = sandbox.count("ListObjectsV2") - before;
            assert!(
                concurrency != Concurrency::Requests(1) || requests <= (expected as u64).div_ceil(100) + 1
            );
            assert!(limit > 0 || requests == 0, "nothing is wanted: {requests}");
        }
    }
}

/// More parts than a bucket has keys, up to the largest number there is: each key is in one of them.
#[tokio::test]
async fn a_bucket_may_be_cut_into_any_number_of_parts() {
    let sandbox = start(buckets(2_500)).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    for number in [1, 10_000, usize::MAX] {
        let parts = client.list_objects_v2("numeric").split(number).await.unwrap().parts;
        let mut listed = 0;
        for part in parts {
            let mut listing = client.list_objects_v2("numeric");
            if !part.start_after.is_empty() {
                listing = listing.start_after(part.start_after);
            }
            let mut pages = listing.parallel(Concurrency::Requests(1));
            if let Some(key) = part.stop_at {
                pages = pages.stop_at(key);
            }
            listed += keys(pages).await.unwrap().len();
        }
        assert_eq!(listed, 2_500, "{number}");
    }
}
