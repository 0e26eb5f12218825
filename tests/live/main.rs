//! Read-only calls to AWS with the caller's own keys and bucket, each compared with what AWS documents: only if asked for.
//!
//! `STS3_LIVE=1 STS3_LIVE_BUCKET=name cargo test --test live` prints one line for each: it agreed, it differs, or it could not be
//! tried here. The environment and the shared files say who calls, and where (`AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL`).
//! More variables: `STS3_LIVE_ROLE_ARN`, a role to assume; `STS3_LIVE_FOREIGN_BUCKET`, a bucket of somebody else (`test`,
//! on AWS); `STS3_LIVE_LIMIT`, how many keys are listed at most (5,000).
//!
//! Nothing is written or deleted, and what is sent is watched for that (`asked`). Sessions that are made end by themselves
//! after 15 minutes. `report` collects the lines; `account`, `buckets`, `listing` and `refusals` make them.
//! `rehearsal` runs all of it against the sandbox, whenever tests are run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod account;
mod asked;
mod buckets;
mod listing;
mod refusals;
mod rehearsal;
mod report;

use std::{
    env,
    io::{Write, stdout},
    sync::Arc,
};

use asked::Asked;
use report::Report;
use sts3::{
    Client, ClientBuilder, Credentials, Error, Region,
    endpoint::{AwsHost, Service},
    s3::ListBuckets,
};

/// Who calls whom.
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
    settings: Settings,
}

/// Clients to be, without credentials of their own choice.
type Settings = Arc<dyn Fn() -> Result<ClientBuilder, Error> + Send + Sync>;

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Seen without `--nocapture`: the report is what this is run for.
fn say(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}

impl Live {
    /// As these settings say, which make the clients. The bucket is listed up to this many keys.
    ///
    /// # Errors
    /// Nobody calls: there are no credentials.
    async fn new(settings: Settings, bucket: &str, limit: usize) -> Result<Self, Error> {
        let found = settings()?.build()?.credentials().await?;
        let found = found.expect("the settings name a source of credentials");
        // Without the time when they end: a clock that is wrong on purpose must not end them.
        let token = found.session_token().map(|token| token.expose());
        let lasting = Credentials::new(found.access_key_id(), found.secret_access_key().expose());
        let credentials = token.into_iter().fold(lasting, Credentials::with_session_token);
        let asked = Asked::default();
        let client = settings()?.observer(asked.clone()).credentials(credentials.clone()).build()?;
        let url = client.caller().endpoint().target(Service::S3, Some(bucket))?.url.to_string();
        let host = url.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let is_aws = AwsHost::parse(host).is_some();
        let bucket = bucket.to_owned();
        let (role, foreign_bucket) = (None, None);
        Ok(Self { client, credentials, bucket, role, foreign_bucket, limit, is_aws, asked, settings })
    }

    /// # Errors
    /// There are no credentials, or a setting cannot be read.
    async fn from_environment() -> Result<Self, Error> {
        let bucket = set("STS3_LIVE_BUCKET").expect("STS3_LIVE_BUCKET names a bucket to list");
        let limit = set("STS3_LIVE_LIMIT")
            .map_or(5_000, |text| text.parse().expect("STS3_LIVE_LIMIT is a number of keys"));
        let settings = Arc::new(|| Ok(ClientBuilder::from_environment()?.or_global_region()));
        let mut live = Self::new(settings, &bucket, limit).await?;
        live.role = set("STS3_LIVE_ROLE_ARN");
        live.foreign_bucket =
            set("STS3_LIVE_FOREIGN_BUCKET").or_else(|| live.is_aws.then(|| "test".to_owned()));
        Ok(live)
    }

    /// The settings, watched, with the same credentials.
    fn builder(&self) -> Result<ClientBuilder, Error> {
        Ok((self.settings)()?.observer(self.asked.clone()).credentials(self.credentials.clone()))
    }

    /// The bucket exists, as far as the caller may know: without it most lines would say nothing.
    async fn check_bucket(&self) {
        if matches!(self.client.head_bucket(&self.bucket).await, Ok(None)) {
            let buckets = self.client.send(&ListBuckets::new()).await.unwrap_or_default();
            let similar = buckets.similar(&self.bucket).map(|name| format!("; did you mean `{name}`?"));
            panic!("STS3_LIVE_BUCKET: there is no bucket `{}`{}", self.bucket, similar.unwrap_or_default());
        }
    }

    /// Everything, in order.
    async fn report(&self) -> Report {
        let mut report = Report::new(if self.is_aws {
            "AWS".to_owned()
        } else {
            let url = self.client.caller().endpoint().target(Service::S3, None).unwrap().url;
            format!("{url}, which is not AWS: what agrees, agrees with that server")
        });
        account::check(self, &mut report).await;
        buckets::check(self, &mut report).await;
        listing::check(self, &mut report).await;
        refusals::check(self, &mut report).await;
        self.asked.check(&mut report);
        report
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
    let live = Live::from_environment().await.unwrap_or_else(|error| panic!("nobody calls: {error}"));
    live.check_bucket().await;
    let report = live.report().await;
    say(&report.to_string());
    assert_eq!(report.differing(), 0, "some answers differ from what is documented: see the report");
}
