//! What the test tables of the AWS SDKs say of credentials (`fixtures/sdk_tables`): each row agrees, or says who decides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/memory_files.rs"]
mod memory_files;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use memory_files::MemoryFiles;
use serde::{Deserialize, de::DeserializeOwned};
use sts3::{
    Client, ClientBuilder, Error, TransportError,
    call::MonotonicTime,
    endpoint::Service,
    http,
    providers::{ChainProvider, Environment, SharedFiles},
    runtime::{BoxFuture, Clock, Limits, Transport},
    sigv4::percent_decode,
};
use time::{OffsetDateTime, macros::datetime};

/// By `METHOD URL`: status and body, one after the other; the last one stays.
type Answers = BTreeMap<String, VecDeque<(u16, String)>>;

#[derive(Deserialize)]
struct Row {
    from: String,
    variables: BTreeMap<String, String>,
    config: String,
    credentials: String,
    files: BTreeMap<String, String>,
    answers: Answers,
    profile: Option<String>,
    key: Option<String>,
    account: Option<String>,
    asked: Option<Vec<String>>,
    error: Option<Vec<String>>,
}

fn table<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/fixtures/sdk_tables/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Services that answer as a row says, STS by itself, and remember what they were asked.
#[derive(Clone, Default)]
struct Played {
    answers: Arc<Mutex<Answers>>,
    asked: Arc<Mutex<Vec<String>>>,
    authorization: Arc<Mutex<Option<String>>>,
    sts_calls: Arc<Mutex<usize>>,
}

impl Transport for Played {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let url = format!("{} {}", request.method(), request.uri());
        let planned = self.answers.lock().unwrap().get_mut(&url).and_then(|answers| {
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
        });
        let header = request.headers().get("authorization");
        *self.authorization.lock().unwrap() = header.map(|value| value.to_str().unwrap().to_owned());
        let by_itself = sts_answer(&request).map(|(asked, answer)| {
            let mut number = self.sts_calls.lock().unwrap();
            *number += 1;
            (asked, answer.replace("ROLE", &format!("ROLE{number}")))
        });
        let (asked, answer) = by_itself.unwrap_or((url, String::new()));
        self.asked.lock().unwrap().push(asked);
        // Status 0: what STS says by itself.
        let (status, body) = match planned {
            Some((status, body)) if status > 0 => (status, body),
            _ if answer.is_empty() => (404, answer),
            _ => (200, answer),
        };
        let answer = http::Response::builder().status(status).body(body.into_bytes()).unwrap();
        Box::pin(async { Ok(answer) })
    }
}

/// A call of STS in words, and its answer.
fn sts_answer(request: &http::Request<Vec<u8>>) -> Option<(String, String)> {
    let form: BTreeMap<String, String> = std::str::from_utf8(request.body())
        .unwrap()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            (name.to_owned(), String::from_utf8(percent_decode(value).into_owned()).unwrap())
        })
        .collect();
    let (action, role) = (form.get("Action")?, form.get("RoleArn")?);
    let (_, name) = role.rsplit_once('/').unwrap();
    let account = role.split(':').nth(4).unwrap();
    let session = form.get("RoleSessionName").filter(|name| !name.starts_with("sts3-"));
    let session = session.map(|name| format!(" as {name}")).unwrap_or_default();
    let id = form.get("ExternalId").map(|id| format!(" for {id}")).unwrap_or_default();
    let header = request.headers().get("authorization").map(|value| value.to_str().unwrap());
    let signer =
        header.and_then(|header| header.split_once("Credential=")?.1.split('/').next()).unwrap_or("nobody");
    let asked = format!("{action} {name}{session}{id} by {signer} at {}", request.uri());
    let answer = format!(
        "<{action}Response><{action}Result><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser>\
         <AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/{name}/s</Arn></AssumedRoleUser>\
         </{action}Result></{action}Response>"
    );
    Some((asked, answer))
}

/// A clock on which no pause takes any time.
struct Impatient;

impl Clock for Impatient {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-11-24 12:00 UTC)
    }

    fn monotonic(&self) -> MonotonicTime {
        MonotonicTime::since_origin(Duration::ZERO)
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        // What is a limit, and no pause, never comes.
        let is_pause = deadline < MonotonicTime::since_origin(Duration::from_secs(10));
        Box::pin(async move {
            if !is_pause {
                std::future::pending::<()>().await;
            }
        })
    }
}

struct World {
    environment: Environment,
    files: MemoryFiles,
}

impl World {
    fn new(
        variables: &BTreeMap<String, String>,
        config: &str,
        credentials: &str,
        files: &BTreeMap<String, String>,
    ) -> Self {
        let home = [("HOME".to_owned(), "/home".to_owned())];
        let own = [("/home/.aws/config", config), ("/home/.aws/credentials", credentials)];
        let own = own.into_iter().filter(|(_, text)| !text.is_empty());
        let own = own.map(|(path, text)| (path.to_owned(), text.to_owned()));
        Self {
            environment: home.into_iter().chain(variables.clone()).collect(),
            files: MemoryFiles::new(own.chain(files.clone())),
        }
    }

    /// As the program sets a client up.
    fn client(&self, profile: Option<&str>) -> Result<ClientBuilder, Error> {
        let files = SharedFiles::load_from(&self.files, &self.environment)?;
        let name = profile.or(self.environment.profile()).unwrap_or("default");
        let client = Client::builder().settings(&self.environment, files.profile(name))?;
        let client = if client.has_region() { client } else { client.region("us-east-1") };
        Ok(client.files(self.files.clone()).clock(Impatient))
    }

    fn chain(&self, profile: Option<&str>) -> ChainProvider {
        let chain = ChainProvider::new(self.environment.clone());
        profile.map_or(chain.clone(), |name| chain.profile(name))
    }
}

/// In what a row's outcome is another than ours.
async fn disagreement(row: &Row) -> Option<String> {
    let world = World::new(&row.variables, &row.config, &row.credentials, &row.files);
    let played = Played { answers: Arc::new(Mutex::new(row.answers.clone())), ..Played::default() };
    let profile = row.profile.as_deref();
    let found = async {
        let client =
            world.client(profile)?.transport(played.clone()).credentials(world.chain(profile)).build()?;
        Ok::<_, Error>(client.credentials().await?.unwrap())
    };
    let found = found.await;
    let asked = played.asked.lock().unwrap().clone();
    let agrees = match (&found, &row.error) {
        (Err(error), Some(parts)) => parts.iter().all(|part| error.to_string().contains(part.as_str())),
        (Ok(found), None) => {
            let wanted = row.asked.as_ref().unwrap();
            let is_same = |(ours, theirs): (&String, &String)| {
                // Where a call of STS goes counts only where the row says so.
                ours == theirs
                    || !theirs.contains(" at ") && ours.split(" at ").next() == Some(theirs.as_str())
            };
            found.access_key_id() == row.key.as_deref().unwrap()
                && row.account.as_deref().is_none_or(|account| found.account_id() == Some(account))
                && asked.len() == wanted.len()
                && asked.iter().zip(wanted).all(is_same)
        }
        _ => false,
    };
    (!agrees).then(|| {
        let ours = found.map(|keys| format!("{keys:?}")).unwrap_or_else(|error| error.to_string());
        let theirs = (&row.key, &row.account, &row.asked, &row.error);
        format!("{}:\n   ours {ours}, asked {asked:?}\n theirs {theirs:?}", row.from)
    })
}

async fn hold(name: &str, least: usize) {
    let rows: BTreeMap<String, Row> = table(name);
    assert!(rows.len() >= least, "{}", rows.len());
    let mut problems = Vec::new();
    for (name, row) in rows {
        // Windows has no `echo` that would be a program.
        if cfg!(windows) && row.config.contains("credential_process") {
            continue;
        }
        problems.extend(disagreement(&row).await.map(|problem| format!("{name} ({problem})")));
    }
    assert!(problems.is_empty(), "{} disagree:\n{}", problems.len(), problems.join("\n"));
}

#[tokio::test]
async fn the_chain_finds_what_the_sdk_for_rust_finds() {
    hold("chain", 51).await;
}

#[tokio::test]
async fn roles_are_assumed_as_the_sdks_for_rust_go_and_javascript_assume_them() {
    hold("roles", 51).await;
}

#[derive(Deserialize)]
struct Place {
    from: String,
    variables: BTreeMap<String, String>,
    #[serde(default)]
    config: String,
    url: Option<String>,
    error: Option<String>,
    authorization: Option<String>,
    code: Option<String>,
    #[serde(default)]
    service: String,
}

/// The first request of the chain, and what is in the error that follows, for nobody answers.
async fn first_request(place: &Place, more: &[(&str, &str)]) -> (Option<String>, Option<String>, String) {
    let mut variables = place.variables.clone();
    variables.extend(more.iter().map(|(name, value)| (name.to_string(), value.to_string())));
    let token = [("/token".to_owned(), "header.payload.signature".to_owned())].into();
    let world = World::new(&variables, &place.config, "", &token);
    let played = Played::default();
    let client =
        world.client(None).unwrap().transport(played.clone()).credentials(world.chain(None)).build().unwrap();
    let error = client.credentials().await.unwrap_err().to_string();
    let asked = played.asked.lock().unwrap().first().cloned();
    let authorization = played.authorization.lock().unwrap().clone();
    (asked, authorization, error)
}

#[tokio::test]
async fn a_container_s_credentials_come_from_where_the_sdks_take_them() {
    let rows: Vec<Place> = table("container");
    assert!(rows.len() >= 30);
    for row in rows {
        let (asked, authorization, error) =
            first_request(&row, &[("AWS_EC2_METADATA_DISABLED", "true")]).await;
        assert_eq!(asked, row.url.as_ref().map(|url| format!("GET {url}")), "{}: {error}", row.from);
        assert_eq!(authorization, row.authorization, "{}", row.from);
        assert!(row.error.as_ref().is_none_or(|part| error.contains(part)), "{}: {error}", row.from);
    }
}

#[tokio::test]
async fn the_metadata_service_is_where_the_sdk_for_rust_finds_it() {
    let rows: Vec<Place> = table("metadata");
    assert!(rows.len() >= 14);
    for row in rows {
        let (asked, _, error) = first_request(&row, &[]).await;
        assert_eq!(
            asked,
            row.url.as_ref().map(|url| format!("PUT {url}/latest/api/token")),
            "{}: {error}",
            row.from
        );
        assert!(row.error.as_ref().is_none_or(|part| error.contains(part)), "{}: {error}", row.from);
    }
}

#[test]
fn configured_endpoints_count_as_they_do_for_the_aws_cli() {
    let rows: Vec<Place> = table("endpoints");
    assert!(rows.len() >= 37);
    for row in rows {
        let world = World::new(&row.variables, &row.config, "", &BTreeMap::new());
        let client = world.client(Some("p")).unwrap();
        let client = match &row.code {
            Some(url) => client.only_endpoint_url(url),
            None => client,
        };
        let service = if row.service == "sts" { Service::Sts } else { Service::S3 };
        let client = client.anonymous().build().unwrap();
        let target = client.caller().endpoint().target(service, None).unwrap();
        let url = target.url.to_string();
        assert_eq!(Some(url.trim_end_matches('/')), row.url.as_deref(), "{}", row.from);
    }
}
