//! Listing: every key once, in order, whatever the page size, the version or the names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use sts3::{
    Client,
    s3::{ListBuckets, ListObjects, ListObjectsV2, Page, Paged},
};
use sts3_sandbox::{BucketSpec, Distribution, Sandbox, SyntheticKeys};
use support::{client, code, start, user};

async fn signed(builder: sts3_sandbox::SandboxBuilder) -> (Sandbox, Client) {
    let sandbox = start(builder).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    (sandbox, client)
}

async fn walk<O: Paged<Output = Page>>(client: &Client, operation: O) -> (Vec<String>, Vec<String>, usize) {
    let (mut keys, mut prefixes, mut pages) = (Vec::new(), Vec::new(), 0);
    let mut walk = client.pages(operation);
    while let Some(page) = walk.next().await.unwrap() {
        keys.extend(page.keys().map(str::to_owned));
        prefixes.extend(page.common_prefixes().map(str::to_owned));
        pages += 1;
    }
    (keys, prefixes, pages)
}

#[tokio::test]
async fn every_distribution_is_listed_completely_by_both_versions() {
    let builder = Distribution::ALL.into_iter().fold(Sandbox::builder(), |builder, distribution| {
        builder.bucket(BucketSpec::synthetic(distribution.name(), distribution, 2_500))
    });
    let (_sandbox, client) = signed(builder).await;
    for distribution in Distribution::ALL {
        let keys = SyntheticKeys::new(distribution, 2_500);
        let expected: Vec<String> = (0..2_500).map(|rank| keys.key(rank).unwrap()).collect();
        let (v2, _, pages) = walk(&client, ListObjectsV2::new(distribution.name())).await;
        assert_eq!((v2 == expected, pages), (true, 3), "{distribution}");
        let (v1, _, _) = walk(&client, ListObjects::new(distribution.name()).max_keys(700)).await;
        assert!(v1 == expected, "{distribution}");
        let middle = &expected[1_234];
        let (rest, _, _) = walk(&client, ListObjectsV2::new(distribution.name()).start_after(middle)).await;
        assert!(rest == expected[1_235..], "{distribution}");
    }
}

#[tokio::test]
async fn hostile_names_survive_in_every_position() {
    let (_sandbox, client) = signed(Sandbox::builder().bucket(BucketSpec::demo("demo"))).await;
    let (all, _, _) = walk(&client, ListObjectsV2::new("demo")).await;
    assert_eq!(all.len(), 24);
    assert!(all.windows(2).all(|pair| pair[0].as_bytes() < pair[1].as_bytes()));
    for name in [
        "control/escape-\u{1b}[31m-and-tab-\t.txt",
        "control/line\nbreak\r.txt",
        "plus+sign/a+b.txt",
        "trailing-space .txt",
    ] {
        assert!(all.iter().any(|key| key == name), "{name:?}");
    }
    for (at, key) in all.iter().enumerate() {
        let by_prefix = client.list_objects_v2("demo").prefix(key).send().await.unwrap();
        assert_eq!(by_prefix.keys().next(), Some(key.as_str()));
        assert_eq!(by_prefix.prefix, *key);
        let (rest, _, _) = walk(&client, ListObjectsV2::new("demo").start_after(key)).await;
        assert_eq!(rest, all[at + 1..], "{key:?}");
        let (rest, _, _) = walk(&client, ListObjects::new("demo").marker(key).max_keys(1)).await;
        assert_eq!(rest, all[at + 1..], "{key:?}");
    }
}

#[tokio::test]
async fn one_level_is_the_same_for_every_page_size() {
    let (_sandbox, client) = signed(Sandbox::builder().bucket(BucketSpec::demo("demo"))).await;
    let whole = walk(&client, ListObjectsV2::new("demo").delimiter("/")).await;
    assert!(whole.1.contains(&"logs/".to_owned()) && whole.1.contains(&"/".to_owned()), "{:?}", whole.1);
    for size in [1, 2, 7] {
        let (keys, prefixes, pages) =
            walk(&client, ListObjectsV2::new("demo").delimiter("/").max_keys(size)).await;
        assert_eq!((&keys, &prefixes), (&whole.0, &whole.1), "{size}");
        assert_eq!(pages, (whole.0.len() + whole.1.len()).div_ceil(size as usize), "{size}");
        let (keys, prefixes, _) = walk(&client, ListObjects::new("demo").delimiter("/").max_keys(size)).await;
        assert_eq!((&keys, &prefixes), (&whole.0, &whole.1), "{size}");
    }
}

#[tokio::test]
async fn owners_come_when_asked_for() {
    let (_sandbox, client) = signed(Sandbox::builder().bucket(BucketSpec::demo("demo"))).await;
    let page = client.list_objects_v2("demo").fetch_owner(true).request_payer(true).send().await.unwrap();
    assert!(page.objects().all(|object| object.owner().is_some()));
    assert_eq!(page.request_charged.as_deref(), Some("requester"));
    let page = client.list_objects_v2("demo").send().await.unwrap();
    assert!(page.objects().all(|object| object.owner().is_none() && object.checksum_type().is_some()));
}

#[tokio::test]
async fn buckets_are_listed_page_by_page_and_filtered() {
    let builder = (0..25).fold(Sandbox::builder(), |builder, index| {
        let region = if index % 5 == 0 { "eu-west-1" } else { "us-east-1" };
        builder.bucket(BucketSpec::empty(format!("bucket-{index:02}")).region(region))
    });
    let (sandbox, client) = signed(builder).await;
    let names =
        |buckets: Vec<sts3::s3::Bucket>| buckets.into_iter().map(|bucket| bucket.name).collect::<Vec<_>>();
    let all = names(client.list_buckets().await.unwrap());
    assert_eq!(all.len(), 25);
    let mut pages = client.pages(ListBuckets::new().max_buckets(10).prefix("bucket-"));
    let mut paged = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        paged.extend(names(page.buckets));
    }
    assert_eq!(paged, all);
    assert_eq!(sandbox.count("ListBuckets"), 1 + 3);
    let filtered = ListBuckets::new().bucket_region(sts3::Region::new("eu-west-1").unwrap());
    assert_eq!(client.send(&filtered).await.unwrap().buckets.len(), 5);
}

#[tokio::test]
async fn a_bucket_of_another_region_is_found_once_and_remembered() {
    let builder = Sandbox::builder()
        .bucket(BucketSpec::synthetic("far", Distribution::Numeric, 1_500).region("ap-south-1"));
    let (sandbox, client) = signed(builder).await;
    assert_eq!(walk(&client, ListObjectsV2::new("far")).await.0.len(), 1_500);
    let outcomes = support::outcomes(&sandbox, "ListObjectsV2");
    assert_eq!(outcomes.get("AuthorizationHeaderMalformed"), Some(&1));
    assert_eq!(outcomes.get("OK"), Some(&2));
    assert_eq!(client.head_bucket("far").await.unwrap().unwrap().region.as_deref(), Some("ap-south-1"));
}

#[tokio::test]
async fn missing_and_foreign_buckets_are_told_apart() {
    let (_sandbox, client) = signed(Sandbox::builder().bucket(BucketSpec::empty("empty"))).await;
    assert_eq!(code(client.list_objects_v2("no-such-bucket").send().await), "NoSuchBucket");
    assert!(client.head_bucket("no-such-bucket").await.unwrap().is_none());
    assert!(client.list_objects_v2("empty").send().await.unwrap().objects().len() == 0);
    let foreign = client.list_objects_v2("empty").expected_bucket_owner("999999999999").send().await;
    assert_eq!(code(foreign), "AccessDenied");
    let own = client.list_objects_v2("empty").expected_bucket_owner(sts3_sandbox::ACCOUNT).send().await;
    assert!(own.is_ok());
}

#[tokio::test]
async fn transient_faults_do_not_shorten_a_listing() {
    let builder = Sandbox::builder()
        .bucket(BucketSpec::synthetic("logs", Distribution::Dated, 40_000))
        .error_rate(0.1)
        .truncate_rate(0.1);
    let sandbox = start(builder).await;
    let client = client(&sandbox).credentials(user()).max_attempts(10).build().unwrap();
    let (keys, _, pages) = walk(&client, ListObjectsV2::new("logs")).await;
    assert_eq!((keys.len(), pages), (40_000, 40));
    assert!(keys.windows(2).all(|pair| pair[0].as_bytes() < pair[1].as_bytes()));
    // Some pages were asked for again, or nothing was tested.
    assert!(sandbox.count("ListObjectsV2") > 42, "{:?}", sandbox.counts());
}
