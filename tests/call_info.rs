//! What a success took: attempts, retries, the service's names for the answer, what was corrected.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/world.rs"]
mod world;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sts3::{
    Client, Credentials, Error, Region, TransportError,
    call::CallInfo,
    http,
    providers::Provider,
    runtime::{BoxFuture, Caller, Clock, Limits, Transport},
    s3::ListObjectsV2,
    sts::GetCallerIdentity,
};
use time::format_description::well_known::Rfc2822;
use world::World;

/// Status, headers and body.
type Answer = (u16, Vec<(&'static str, String)>, &'static str);

/// Answers one after the other; the last one again and again.
#[derive(Clone)]
struct Answers(Vec<Answer>, Arc<AtomicU64>);

impl Transport for Answers {
    fn send(
        &self,
        _request: http::Request<Vec<u8>>,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let number = usize::try_from(self.1.fetch_add(1, Ordering::Relaxed)).unwrap();
        let (status, headers, body) = self.0.get(number).or(self.0.last()).unwrap();
        let mut answer = http::Response::builder().status(*status);
        for (name, value) in headers {
            answer = answer.header(*name, value);
        }
        let answer = answer.body(body.as_bytes().to_vec()).unwrap();
        Box::pin(async { Ok(answer) })
    }
}

const EMPTY: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a</Arn>\
    <UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// As S3 names its answers: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/get-request-ids.html>.
fn s3(number: u32) -> Vec<(&'static str, String)> {
    vec![("x-amz-request-id", format!("REQUEST{number}")), ("x-amz-id-2", format!("HOST{number}"))]
}

struct Bench {
    world: World,
    client: Client,
}

fn bench(answers: Vec<Answer>) -> Bench {
    let world = World::default();
    // A name of each session: the first one is refused.
    let given = AtomicU64::new(0);
    let client = Client::builder()
        .region("eu-west-1")
        .credentials(Numbered(given))
        .transport(Answers(answers, Arc::default()))
        .clock(world.clone())
        .build()
        .unwrap();
    Bench { world, client }
}

impl Bench {
    fn list(&self) -> CallInfo {
        self.world.run(self.client.send_with_info(&ListObjectsV2::new("bucket"))).unwrap().1
    }
}

struct Numbered(AtomicU64);

impl Provider for Numbered {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let keys = Credentials::new(format!("ASIA{number}"), "secret").with_session_token("token");
        Box::pin(async { Ok(keys) })
    }
}

#[test]
fn retries_are_told_with_the_name_of_the_answer_that_counted() {
    let slow = "<Error><Code>SlowDown</Code></Error>";
    let bench =
        bench(vec![(503, s3(1), slow), (503, s3(2), slow), (200, s3(3), EMPTY), (200, vec![], EMPTY)]);
    let info = bench.list();
    assert_eq!((info.attempts, info.retries), (3, 2));
    assert_eq!((info.request_id.as_deref(), info.host_id.as_deref()), (Some("REQUEST3"), Some("HOST3")));
    assert_eq!((info.corrected_region, info.clock_offset), (None, 0));
    let info = bench.list();
    assert_eq!((info.attempts, info.retries, info.request_id, info.host_id), (1, 0, None, None));
}

#[test]
fn a_corrected_region_is_told_and_no_retry() {
    let elsewhere =
        "<Error><Code>PermanentRedirect</Code><Message>no</Message><Region>us-west-2</Region></Error>";
    let bench = bench(vec![(301, s3(1), elsewhere), (200, s3(2), EMPTY)]);
    for attempts in [2, 1] {
        let info = bench.list();
        assert_eq!((info.attempts, info.retries), (attempts, 0));
        assert_eq!(info.corrected_region, Some(Region::new("us-west-2").unwrap()));
    }
}

#[test]
fn a_corrected_clock_is_told_and_no_retry() {
    let world = World::default();
    let date = (world.now() + Duration::from_secs(3600)).format(&Rfc2822).unwrap().replace("+0000", "GMT");
    let skewed = "<Error><Code>RequestTimeTooSkewed</Code><Message>no</Message></Error>";
    let bench = bench(vec![(403, vec![("date", date)], skewed), (200, vec![], EMPTY)]);
    let info = bench.list();
    assert_eq!((info.attempts, info.retries, info.clock_offset), (2, 0, 3600));
}

#[test]
fn a_call_that_is_repeated_with_renewed_credentials_tells_of_both() {
    let expired = "<Error><Code>ExpiredToken</Code><Message>no</Message></Error>";
    let bench = bench(vec![(400, s3(1), expired), (200, s3(2), EMPTY)]);
    let info = bench.list();
    assert_eq!((info.attempts, info.retries, info.request_id.as_deref()), (2, 0, Some("REQUEST2")));
}

/// STS and IAM have a header of their own, as `fixtures/xml/moto/sts-GetCallerIdentity.http` has it.
#[test]
fn the_names_that_sts_gives_are_told_too() {
    let id = "4efb4aef-7bd8-4d17-b9a0-0f2f4a6b7c8d".to_owned();
    let bench = bench(vec![(200, vec![("x-amzn-RequestId", id.clone())], IDENTITY)]);
    let sent = bench.world.run(bench.client.send_with_info(&GetCallerIdentity::new()));
    let (identity, info) = sent.unwrap();
    assert_eq!((identity.account.as_str(), info.request_id), ("123456789012", Some(id)));
}
