//! Read-only calls to AWS with the caller's own keys and bucket, each compared with what AWS documents: only if asked for.
//!
//! `STS3_LIVE=1 STS3_LIVE_BUCKET=name cargo test --test live` prints one line for each: it agreed, it differs, or it could not be
//! tried here. The environment and the shared files say who calls, and where (`AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL`).
//! More variables: `STS3_LIVE_ROLE_ARN`, a role to assume; `STS3_LIVE_FOREIGN_BUCKET`, a bucket of somebody else (`test`,
//! on AWS); `STS3_LIVE_LIMIT`, how many keys are listed at most (5,000).
//!
//! Nothing is written or deleted, and what is sent is watched for that (`asked`). Sessions that are made end by themselves
//! after 15 minutes. `report` collects the lines; `account`, `buckets`, `listing` and `refusals` make them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod account;
mod asked;
mod buckets;
mod listing;
mod refusals;
mod report;

use std::{
    env,
    io::{Write, stdout},
};

use asked::Asked;
use report::Report;
use sts3::{
    Client, ClientBuilder, Credentials, Error, Region,
    endpoint::{AwsHost, Service},
};

/// What every line is about.
struct Live {
    /// With credentials that stay the same, so that a refusal is not renewed away.
    client: Client,
    credentials: Credentials,
    bucket: String,
    role: Option<String>,
    foreign_bucket: Option<String>,
    /// At most this many keys are listed.
    limit: usize,
    /// Whether AWS answers, or another server that is to be like it.
    is_aws: bool,
    asked: Asked,
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Seen without `--nocapture`: the report is what this is run for.
fn say(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}

impl Live {
    /// # Errors
    /// Nobody calls: there are no credentials, or no region.
    async fn from_environment(bucket: String) -> Result<Self, Error> {
        let credentials =
            ClientBuilder::from_environment()?.or_global_region().build()?.credentials().await?;
        let credentials = credentials.expect("the default chain gives credentials or says why not");
        // Without the time when they end: a clock that is wrong on purpose must not end them.
        let token = credentials.session_token().map(|token| token.expose());
        let lasting =
            Credentials::new(credentials.access_key_id(), credentials.secret_access_key().expose());
        let credentials = token.into_iter().fold(lasting, Credentials::with_session_token);
        let asked = Asked::default();
        let client = Self::builder(&asked)?.credentials(credentials.clone()).build()?;
        let url = client.caller().endpoint().target(Service::S3, Some(&bucket))?.url.to_string();
        let host = url.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let is_aws = AwsHost::parse(host).is_some();
        Ok(Self {
            client,
            credentials,
            bucket,
            role: set("STS3_LIVE_ROLE_ARN"),
            foreign_bucket: set("STS3_LIVE_FOREIGN_BUCKET").or(is_aws.then(|| "test".to_owned())),
            limit: set("STS3_LIVE_LIMIT")
                .map_or(5_000, |text| text.parse().expect("STS3_LIVE_LIMIT is a number")),
            is_aws,
            asked,
        })
    }

    /// The settings of the environment, watched.
    fn builder(asked: &Asked) -> Result<ClientBuilder, Error> {
        Ok(ClientBuilder::from_environment()?.or_global_region().observer(asked.clone()))
    }

    /// Another region than this one.
    fn wrong_region(region: &str) -> Region {
        Region::new(if region == "us-west-2" { "eu-west-1" } else { "us-west-2" }).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_answers_is_what_it_documents() {
    if set("STS3_LIVE").is_none() {
        say("live: nothing was done; STS3_LIVE=1 and STS3_LIVE_BUCKET=name ask for read-only calls to AWS");
        return;
    }
    let bucket = set("STS3_LIVE_BUCKET").expect("STS3_LIVE_BUCKET names a bucket to list");
    let live = Live::from_environment(bucket).await.unwrap_or_else(|error| panic!("nobody calls: {error}"));
    let mut report = Report::new(if live.is_aws {
        "AWS".to_owned()
    } else {
        let url = live.client.caller().endpoint().target(Service::S3, None).unwrap().url;
        format!("{url}, which is not AWS: what agrees, agrees with that server")
    });
    account::check(&live, &mut report).await;
    buckets::check(&live, &mut report).await;
    listing::check(&live, &mut report).await;
    refusals::check(&live, &mut report).await;
    live.asked.check(&mut report);
    let (differing, text) = report.finish();
    say(&text);
    assert_eq!(differing, 0, "some answers differ from what is documented: see the report");
}
