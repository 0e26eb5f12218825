//! Credentials that end during a run are renewed: once, before they expire, for everybody who waits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use sts3::{providers::AssumeRoleProvider, s3::ListObjectsV2};
use sts3_sandbox::{BucketSpec, Distribution, Sandbox};
use support::{READER, client, outcomes, start, user};

#[tokio::test]
async fn a_listing_outlives_its_sessions() {
    let builder = Sandbox::builder()
        .bucket(BucketSpec::synthetic("big", Distribution::FlatUuid, 60_000))
        .latency(Duration::from_millis(50))
        .session_lifetime(Duration::from_secs(1));
    let sandbox = start(builder).await;
    let client =
        client(&sandbox).credentials(AssumeRoleProvider::new(READER, "test").source(user())).build().unwrap();
    let mut pages = client.pages(ListObjectsV2::new("big"));
    let mut keys = 0;
    while let Some(page) = pages.next().await.unwrap() {
        keys += page.objects().len();
    }
    assert_eq!(keys, 60_000);
    // 60 pages of 50 ms need several one-second sessions, none of which was used past its end.
    assert!(sandbox.count("AssumeRole") >= 3, "{:?}", sandbox.counts());
    assert_eq!(outcomes(&sandbox, "ListObjectsV2"), [("OK".to_owned(), 60)].into());
}

#[tokio::test]
async fn a_thousand_tasks_make_one_call_for_credentials() {
    let builder = Sandbox::builder().bucket(BucketSpec::empty("empty")).latency(Duration::from_millis(20));
    let sandbox = start(builder).await;
    let client =
        client(&sandbox).credentials(AssumeRoleProvider::new(READER, "test").source(user())).build().unwrap();
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.credentials().await.unwrap().unwrap() })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for task in tasks {
        ids.insert(task.await.unwrap().access_key_id().to_owned());
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(sandbox.count("AssumeRole"), 1);
}

#[tokio::test]
async fn a_refused_session_is_renewed_once_and_the_call_repeated() {
    let sandbox =
        start(Sandbox::builder().bucket(BucketSpec::demo("demo")).session_lifetime(Duration::from_secs(2)))
            .await;
    let client = client(&sandbox)
        .credentials(Forgetful(AssumeRoleProvider::new(READER, "test").source(user())))
        .build()
        .unwrap();
    client.list_objects_v2("demo").send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    client.list_objects_v2("demo").send().await.unwrap();
    assert_eq!(
        outcomes(&sandbox, "ListObjectsV2"),
        [("ExpiredToken".to_owned(), 1), ("OK".to_owned(), 2)].into()
    );
    assert_eq!(sandbox.count("AssumeRole"), 2);
}

/// Hides when credentials end, as a source that does not know would.
struct Forgetful(AssumeRoleProvider);

impl sts3::providers::Provider for Forgetful {
    fn credentials<'a>(
        &'a self,
        caller: &'a sts3::runtime::Caller,
    ) -> sts3::runtime::BoxFuture<'a, Result<sts3::Credentials, sts3::Error>> {
        Box::pin(async {
            let known = self.0.credentials(caller).await?;
            let blind = sts3::Credentials::new(known.access_key_id(), known.secret_access_key().expose());
            Ok(blind.with_session_token(known.session_token().unwrap().expose()))
        })
    }
}
