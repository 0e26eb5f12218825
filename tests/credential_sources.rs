//! Which credentials a home directory and an environment give, and which calls that takes, beside botocore
//! (`fixtures/credentials`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use serde::Deserialize;
use sts3::{
    Client, Error, TransportError,
    credentials::{BoxFuture, Chain, Environment, SharedFiles},
    endpoint::Service,
    http,
    sigv4::percent_decode,
    transport::Transport,
};

#[derive(Deserialize)]
struct Fixture {
    files: BTreeMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case<E = Outcome> {
    name: String,
    config: String,
    credentials: String,
    env: BTreeMap<String, String>,
    profile: Option<String>,
    /// What the machine's metadata services say: status and body by `METHOD /path`.
    answers: BTreeMap<String, (u16, String)>,
    expected: E,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Outcome {
    Found { access_key_id: String, calls: Vec<Call>, requests: Vec<Asked> },
    Failed { error: String },
}

#[derive(Deserialize, Clone, Debug, PartialEq)]
struct Call {
    signer: Option<String>,
    parameters: BTreeMap<String, String>,
}

/// A request to a metadata service.
#[derive(Deserialize, Clone, Debug, PartialEq)]
struct Asked {
    request: String,
    headers: BTreeMap<String, String>,
}

/// Where we differ from botocore on purpose: the case, what is in our outcome, and the rule that decides it.
const DIFFERENCES: [(&str, &str, &str); 3] = [
    (
        "instance-of-version-1",
        "HTTP 404 to /latest/api/token",
        "version 1 gives credentials to whoever can make a server fetch a URL: only version 2 is spoken",
    ),
    (
        "duration-that-is-no-number",
        "a number of seconds is needed",
        "botocore leaves out what it cannot read; asking for another duration than the user wrote hides a mistake",
    ),
    (
        "profile-s-role-before-web-identity-in-the-environment",
        "role/env",
        "the SDK reference guide: an environment's settings count before a shared file's",
    ),
];

/// What each kind of failure has to say, by botocore's name for it.
const MESSAGES: [(&str, &[&str]); 18] = [
    ("nothing", &["environment", "web identity", "profile `default`"]),
    ("container-without-its-token-file", &["missing", "cannot be read"]),
    ("container-that-refuses", &["HTTP 404"]),
    ("container-whose-answer-lacks-the-secret", &["no `SecretAccessKey`"]),
    ("container-on-a-forbidden-host", &["`example.invalid` may not"]),
    ("instance-without-a-role", &["environment", "profile `default`", "container", "no role is attached"]),
    ("instance-that-refuses", &["AssumeRoleUnauthorizedAccess"]),
    ("half-a-key-in-the-environment", &["AWS_SECRET_ACCESS_KEY is not"]),
    ("half-a-key-in-the-credentials-file", &["aws_secret_access_key is not"]),
    ("process-that-fails", &["`false` failed"]),
    ("process-of-another-version", &["`Version` 2, not 1"]),
    ("circle-of-two", &["a → b → a"]),
    ("circle-behind-the-first", &["a → b → c → b"]),
    ("source-that-does-not-exist", &["`reader` has source_profile `nobody`", "no such profile"]),
    ("both-sources", &["both source_profile and credential_source"]),
    ("no-source", &["neither source_profile nor credential_source"]),
    ("web-identity-without-its-file", &["missing", "cannot be read"]),
    ("profile-that-does-not-exist", &["profile `nobody`", "not in"]),
];

/// STS and the metadata services, which answer and remember.
#[derive(Clone, Default)]
struct Services {
    calls: Arc<Mutex<Vec<Call>>>,
    requests: Arc<Mutex<Vec<Asked>>>,
    answers: BTreeMap<String, (u16, String)>,
}

impl Transport for Services {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let call = Call { signer: signer(&request), parameters: parameters(request.body()) };
        let mut calls = self.calls.lock().unwrap();
        calls.push(call);
        let number = calls.len();
        let operation = if calls[number - 1].parameters.contains_key("WebIdentityToken") {
            "AssumeRoleWithWebIdentity"
        } else {
            "AssumeRole"
        };
        let body = format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result><Credentials>\
             <AccessKeyId>CALL{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>\
             <Arn>arn:aws:sts::123456789012:assumed-role/x/y</Arn></AssumedRoleUser></{operation}Result></{operation}Response>"
        );
        Box::pin(async { Ok(http::Response::new(body.into_bytes())) })
    }

    fn send_directly(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        assert_eq!(request.uri().authority().unwrap(), "127.0.0.1:1");
        let headers = request.headers().iter().filter(|(name, _)| *name != "accept");
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let request = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
        let (status, body) = self.answers.get(&request).cloned().unwrap_or((404, String::new()));
        self.requests.lock().unwrap().push(Asked { request, headers });
        let answer = http::Response::builder().status(status).body(body.into_bytes()).unwrap();
        Box::pin(async { Ok(answer) })
    }
}

fn signer(request: &http::Request<Vec<u8>>) -> Option<String> {
    let header = request.headers().get("authorization")?.to_str().unwrap();
    let (_, rest) = header.split_once("Credential=").unwrap();
    Some(rest.split('/').next().unwrap().to_owned())
}

/// The form's fields without those that every call has; our default session name as botocore's is written.
fn parameters(body: &[u8]) -> BTreeMap<String, String> {
    let decode = |text: &str| String::from_utf8(percent_decode(text).into_owned()).unwrap();
    let pairs = std::str::from_utf8(body).unwrap().split('&').map(|pair| pair.split_once('=').unwrap());
    let pairs = pairs.filter(|(name, _)| !["Action", "Version"].contains(name));
    pairs
        .map(|(name, value)| match (decode(name), decode(value)) {
            (name, value) if name == "RoleSessionName" && value.starts_with("sts3-") => {
                (name, "(default)".into())
            }
            pair => pair,
        })
        .collect()
}

/// Make the case's files, and the environment that names them.
fn enter<E>(case: &Case<E>, folder: &Path) -> Environment {
    let place =
        |text: &str| text.replace("$DIR", folder.to_str().unwrap()).replace("$URL", "http://127.0.0.1:1");
    std::fs::write(folder.join("config"), place(&case.config)).unwrap();
    std::fs::write(folder.join("credentials"), place(&case.credentials)).unwrap();
    let files = [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    let files = files.map(|(name, file)| (name.to_owned(), folder.join(file).display().to_string()));
    let own = case.env.iter().map(|(name, value)| (name.clone(), place(value)));
    files.into_iter().chain(own).collect()
}

async fn outcome(case: &Case, folder: &Path) -> (Outcome, Option<Error>) {
    let environment = enter(case, folder);
    let mut chain = Chain::new(environment);
    if let Some(name) = &case.profile {
        chain = chain.profile(name);
    }
    if case.config.contains("mfa_serial") {
        chain = chain.mfa_code("123456");
    }
    let services = Services { answers: case.answers.clone(), ..Services::default() };
    let client = Client::builder().region("us-east-1").transport(services.clone());
    let client = client.credentials(chain).build().unwrap();
    match client.credentials().await {
        Ok(found) => {
            let access_key_id = found.unwrap().access_key_id().to_owned();
            let calls = services.calls.lock().unwrap().clone();
            let requests = services.requests.lock().unwrap().clone();
            (Outcome::Found { access_key_id, calls, requests }, None)
        }
        Err(error) => (Outcome::Failed { error: error.to_string() }, Some(error)),
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sts3-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left in the temporary folder, it harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn credentials_are_found_where_botocore_finds_them() {
    let text = std::fs::read_to_string("fixtures/credentials/expected.json").unwrap();
    let fixture: Fixture = serde_json::from_str(&text).unwrap();
    assert!(fixture.cases.len() >= 78);
    let folder = Folder::new("credential-sources");
    for (name, content) in &fixture.files {
        std::fs::write(folder.0.join(name), content).unwrap();
    }
    let mut problems = Vec::new();
    for case in &fixture.cases {
        // botocore runs `printf` and `false`, which Windows has not.
        if cfg!(windows) && case.config.contains("credential_process") {
            continue;
        }
        let (ours, error) = outcome(case, &folder.0).await;
        let difference = DIFFERENCES.iter().find(|(name, ..)| *name == case.name);
        let mut said = MESSAGES.iter().filter(|(name, _)| *name == case.name).flat_map(|(_, parts)| *parts);
        let agrees = match (&ours, &case.expected, difference) {
            (ours, expected, Some((_, part, _))) => ours != expected && format!("{ours:?}").contains(part),
            (Outcome::Failed { error }, Outcome::Failed { .. }, None) => {
                said.all(|part| error.contains(part))
            }
            (ours, expected, None) => ours == expected,
        };
        // Whatever is wrong here is wrong on our side, never the service's.
        let is_ours = error.is_none_or(|error| matches!(error, Error::Credentials(_)));
        if !agrees || !is_ours {
            problems.push(format!("{}: ours {ours:?}, botocore's {:?}", case.name, case.expected));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Where a client sends its requests, or what is wrong with the settings.
fn places(case: &Case<BTreeMap<String, String>>, folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let environment = enter(case, folder);
    let files = SharedFiles::load(&environment)?;
    let profile = case.profile.as_deref().and_then(|name| files.profile(name));
    let client = Client::builder().region("eu-west-1").settings(&environment, profile)?.region("eu-west-1");
    let client = client.build()?;
    let url = |service| client.caller().endpoint().target(service, None).unwrap().url.to_string();
    Ok([("sts".to_owned(), url(Service::Sts)), ("s3".to_owned(), url(Service::S3))].into())
}

#[test]
fn requests_go_where_botocore_sends_them() {
    let text = std::fs::read_to_string("fixtures/credentials/endpoints.json").unwrap();
    let cases: Vec<Case<BTreeMap<String, String>>> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 10);
    let folder = Folder::new("endpoint-sources");
    for case in &cases {
        match places(case, &folder.0) {
            Ok(ours) => assert_eq!(ours, case.expected, "{}", case.name),
            Err(error) => {
                assert!(case.expected.contains_key("error"), "{}: {error}", case.name);
                assert!(error.to_string().contains("[services nowhere]"), "{error}");
            }
        }
    }
}
