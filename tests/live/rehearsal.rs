//! The same against the sandbox, so that it works when somebody has keys; and against servers that are wrong in one place,
//! which the report has to name.

use std::sync::Arc;

use sts3::{
    Client, Credentials, TransportError,
    http::{Request, Response},
    runtime::{BoxFuture, HttpClient, Limits, Transport},
};
use sts3_sandbox::{ACCESS_KEY_ID, BucketSpec, Distribution, SECRET_ACCESS_KEY, Sandbox};

use crate::{
    Live, Settings,
    report::{AGREED, DIFFERS, NOT_HERE, Report},
};

const READER: &str = "arn:aws:iam::123456789012:role/reader";

/// In answers to requests that have the first text in their URL, the second one becomes the third.
type Fault = [&'static str; 3];

struct Faulty {
    client: HttpClient,
    fault: Fault,
}

impl Transport for Faulty {
    fn send(
        &self,
        request: Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, TransportError>> {
        let [of, right, wrong] = self.fault;
        let is_meant = request.uri().to_string().contains(of);
        Box::pin(async move {
            let answer = self.client.send(request, limits).await?;
            let replaced = |body: Vec<u8>| String::from_utf8_lossy(&body).replace(right, wrong).into_bytes();
            Ok(if is_meant { answer.map(replaced) } else { answer })
        })
    }
}

/// Nothing of the environment: only what is given.
fn settings(sandbox: &Sandbox, fault: Option<Fault>) -> Settings {
    let url = sandbox.url();
    Arc::new(move || {
        let builder = Client::builder().region("us-east-1").endpoint_url(&url);
        let builder = builder.credentials(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        let Some(fault) = fault else { return Ok(builder) };
        Ok(builder.transport(Faulty { client: HttpClient::builder().build()?, fault }))
    })
}

async fn sandbox() -> Sandbox {
    let names = BucketSpec::synthetic("names", Distribution::Unicode, 2_500);
    Sandbox::builder().bucket(BucketSpec::demo("demo")).bucket(names).start().await.unwrap()
}

/// What was expected by the lines that have this word.
fn with<'a>(report: &'a Report, word: &str) -> Vec<&'a str> {
    report.lines.iter().filter(|line| line.0 == word).map(|line| line.1.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn against_the_sandbox_nothing_differs_and_what_it_has_not_is_not_called_agreed() {
    let sandbox = sandbox().await;
    for (bucket, limit) in [("demo", 5_000), ("names", 5_000), ("names", 1_500)] {
        let mut live = Live::new(settings(&sandbox, None), bucket, limit).await.unwrap();
        live.role = Some(READER.to_owned());
        let report = live.report().await;
        assert_eq!(with(&report, DIFFERS), [""; 0], "{report}");
        // It has one account: no bucket is somebody else's.
        assert_eq!(with(&report, NOT_HERE), ["HeadBucket of a bucket of somebody else: 403"], "{report}");
        assert_eq!(with(&report, AGREED).len(), 23, "{report}");
        for secret in [SECRET_ACCESS_KEY, "X-Amz-Signature"] {
            assert!(!report.to_string().contains(secret), "{report}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_wrong_in_one_place_is_named_there() {
    let sandbox = sandbox().await;
    let faults: [(Fault, &[&str]); 8] = [
        (["", "<Account>123456789012", "<Account>12"], &["GetCallerIdentity"]),
        (["", "<AccessKeyId>ASIA", "<AccessKeyId>AKIA"], &["GetSessionToken, and a call by its session"]),
        (["continuation-token", "<Name>names", "<Name>other"], &["ListBuckets, and page by page"]),
        (["delimiter=", "<Prefix>logs/", "<Prefix>lags/"], &["one level has what the whole has there"]),
        (["start-after=", "<Key>", "<Key>z"], &["start-after"]),
        (["prefix=logs", "<Key>logs/2026", "<Key>logs/2027"], &["prefix"]),
        (
            ["list-type", "<CanonicalRequest>GET", "<CanonicalRequest>PUT"],
            &["S3: of a wrong secret's refusal it is said that only the secret differs"],
        ),
        (["", "InvalidToken", "Strange"], &["S3: the code of a wrong session token"]),
    ];
    for (fault, expected) in faults {
        let live = Live::new(settings(&sandbox, Some(fault)), "demo", 5_000).await.unwrap();
        let report = live.report().await;
        let differing = with(&report, DIFFERS);
        assert!(!differing.is_empty(), "{fault:?}: {report}");
        assert!(expected.iter().all(|line| differing.contains(line)), "{fault:?}: {report}");
    }
}

/// With leave to list one bucket and nothing else, most can still be tried, and nothing is called wrong.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_caller_may_not_do_could_not_be_tried() {
    let sandbox = sandbox().await;
    let user = Live::new(settings(&sandbox, None), "demo", 5_000).await.unwrap();
    let role = sts3::sts::AssumeRole::new("arn:aws:iam::123456789012:role/limited", "live");
    let session = user.client.send(&role).await.unwrap().credentials;
    let own = settings(&sandbox, None);
    let limited: Settings = Arc::new(move || Ok(own()?.credentials(session.clone())));
    let report = Live::new(limited, "demo", 5_000).await.unwrap().report().await;
    assert_eq!(with(&report, DIFFERS), [""; 0], "{report}");
    let untried = with(&report, NOT_HERE);
    for line in ["GetSessionToken, and a call by its session", "ListBuckets, and page by page"] {
        assert!(untried.contains(&line), "{report}");
    }
    assert!(with(&report, AGREED).contains(&"in parallel it has the same keys"), "{report}");
}
