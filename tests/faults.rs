//! A bad day: throttling, wrong clocks, latency. Every key is still listed once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use sandbox::{BucketSpec, Distribution, Sandbox};
use sts3::{Client, credentials::AssumeRole, s3::ListObjectsV2};
use support::{READER, client, outcomes, start, user};

async fn count(client: &Client, bucket: &str) -> Result<usize, sts3::Error> {
    let mut pages = client.pages(ListObjectsV2::new(bucket).max_keys(100));
    let mut keys = 0;
    while let Some(page) = pages.next().await? {
        keys += page.objects().len();
    }
    Ok(keys)
}

fn numbers() -> sandbox::SandboxBuilder {
    Sandbox::builder().bucket(BucketSpec::synthetic("numbers", Distribution::Numeric, 1_000))
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_corrected_once() {
    for skew in [3600, -3600] {
        let sandbox = start(numbers().clock_skew(skew)).await;
        let role = AssumeRole::new(READER, "test").source(user());
        let client = client(&sandbox).credentials(role).build().unwrap();
        assert_eq!(count(&client, "numbers").await.unwrap(), 1_000, "{skew}");
        // One refusal at STS and one at S3, then the offset is known.
        assert_eq!(
            outcomes(&sandbox, "AssumeRole"),
            [("OK".to_owned(), 1), ("SignatureDoesNotMatch".to_owned(), 1)].into()
        );
        assert_eq!(
            outcomes(&sandbox, "ListObjectsV2"),
            [("OK".to_owned(), 10), ("RequestTimeTooSkewed".to_owned(), 1)].into()
        );
    }
}

#[tokio::test]
async fn throttling_slows_a_listing_down_but_does_not_shorten_it() {
    let sandbox = start(numbers().slowdown_rps(6)).await;
    let client = client(&sandbox).credentials(user()).max_attempts(10).build().unwrap();
    assert_eq!(count(&client, "numbers").await.unwrap(), 1_000);
    assert!(outcomes(&sandbox, "ListObjectsV2")["SlowDown"] > 0, "{:?}", sandbox.counts());
}

#[tokio::test]
async fn attempts_end() {
    let sandbox = start(numbers().error_rate(1.0)).await;
    let client = client(&sandbox).credentials(user()).max_attempts(3).build().unwrap();
    let error = count(&client, "numbers").await.unwrap_err();
    assert_eq!(error.as_service_error().unwrap().code, "InternalError");
    assert_eq!(sandbox.count("ListObjectsV2"), 3);
}
