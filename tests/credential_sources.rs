//! Which credentials a home directory and an environment give, and which calls that takes, beside botocore
//! (`fixtures/credentials`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::Deserialize;
use sts3::{
    Client, Error, TransportError,
    endpoint::Service,
    http,
    providers::{ChainProvider, Environment, MfaCode, SharedFiles},
    runtime::{BoxFuture, Limits, Transport},
    sigv4::percent_decode,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

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
    /// What the machine's metadata services and the SSO portal say: status and body by `METHOD /path`.
    answers: BTreeMap<String, (u16, String)>,
    /// What sign-ins have left, by the name of its file.
    tokens: BTreeMap<String, serde_json::Value>,
    expected: E,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Outcome {
    Found {
        access_key_id: String,
        calls: Vec<Call>,
        requests: Vec<Asked>,
        tokens: BTreeMap<String, BTreeMap<String, Option<String>>>,
    },
    Failed {
        error: String,
    },
}

#[derive(Deserialize, Clone, Debug, PartialEq)]
struct Call {
    signer: Option<String>,
    parameters: BTreeMap<String, String>,
}

/// A request to a metadata service or the SSO portal.
#[derive(Deserialize, Clone, Debug, PartialEq)]
struct Asked {
    request: String,
    headers: BTreeMap<String, String>,
    body: Option<serde_json::Value>,
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
const MESSAGES: [(&str, &[&str]); 28] = [
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
    ("sso-without-a-sign-in", &["sign in first", "aws sso login --sso-session corp"]),
    ("sso-whose-sign-in-is-another-s", &["`corp` has not taken place"]),
    ("sso-ended", &["has ended", "sign in first"]),
    ("sso-of-an-older-profile-ended", &["https://corp.example/start has ended", "sign in first"]),
    ("sso-not-renewed-and-ended", &["was not renewed", "sign in first"]),
    ("sso-that-the-portal-refuses", &["was refused", "sign in first"]),
    ("sso-session-that-does-not-exist", &["no section [sso-session corp]"]),
    ("sso-session-without-a-region", &["has no sso_region"]),
    ("sso-session-that-contradicts-its-profile", &["another sso_region than its sso-session"]),
    ("sso-profile-without-a-role", &["has no sso_role_name"]),
];

/// Where the metadata services and the SSO portal are.
const METADATA: &str = "127.0.0.1:1";

/// STS, the SSO portal and the metadata services, which answer and remember.
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
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        if limits.direct {
            assert_eq!(request.uri().authority().unwrap(), METADATA);
            return self.answer(request);
        }
        if request.uri().authority().is_some_and(|authority| authority == METADATA) {
            return self.answer(request);
        }
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
}

impl Services {
    fn answer(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let headers = request
            .headers()
            .iter()
            .filter(|(name, _)| !["accept", "content-type", "host"].contains(&name.as_str()));
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let body = (!request.body().is_empty()).then(|| serde_json::from_slice(request.body()).unwrap());
        let request = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
        let (status, answer) = self.answers.get(&request).cloned().unwrap_or((404, String::new()));
        self.requests.lock().unwrap().push(Asked { request, headers, body });
        let answer = http::Response::builder().status(status).body(answer.into_bytes()).unwrap();
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
    let soon = OffsetDateTime::now_utc() + Duration::from_secs(600);
    let soon = soon.replace_nanosecond(0).unwrap().format(&Rfc3339).unwrap();
    let place = |text: &str| {
        let text = text.replace("$DIR", folder.to_str().unwrap()).replace("$SOON", &soon);
        text.replace("$URL", &format!("http://{METADATA}"))
    };
    let cache = sign_ins(folder);
    if cache.exists() {
        std::fs::remove_dir_all(&cache).unwrap();
    }
    std::fs::create_dir_all(&cache).unwrap();
    for (name, token) in &case.tokens {
        std::fs::write(cache.join(name).with_extension("json"), place(&token.to_string())).unwrap();
    }
    std::fs::write(folder.join("config"), place(&case.config)).unwrap();
    std::fs::write(folder.join("credentials"), place(&case.credentials)).unwrap();
    let files = [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    let files = files.map(|(name, file)| (name.to_owned(), folder.join(file).display().to_string()));
    let own = case.env.iter().map(|(name, value)| (name.clone(), place(value)));
    let home = ("HOME".to_owned(), folder.display().to_string());
    files.into_iter().chain([home]).chain(own).collect()
}

fn sign_ins(folder: &Path) -> PathBuf {
    folder.join(".aws/sso/cache")
}

/// The tokens that sign-ins have, as they are afterwards.
fn tokens(folder: &Path) -> BTreeMap<String, BTreeMap<String, Option<String>>> {
    let read = |path: PathBuf| {
        let token: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let member = |name: &str| (name.to_owned(), token[name].as_str().map(str::to_owned));
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, ["accessToken", "refreshToken"].map(member).into())
    };
    std::fs::read_dir(sign_ins(folder)).unwrap().map(|entry| read(entry.unwrap().path())).collect()
}

async fn outcome(case: &Case, folder: &Path) -> (Outcome, Option<Error>) {
    let environment = enter(case, folder);
    let mut chain = ChainProvider::new(environment.clone());
    if let Some(name) = &case.profile {
        chain = chain.profile(name);
    }
    if case.config.contains("mfa_serial") {
        chain = chain.mfa_code(MfaCode::given("123456"));
    }
    let services = Services { answers: case.answers.clone(), ..Services::default() };
    let client = Client::builder().settings(&environment, None).unwrap().region("us-east-1");
    let client = client.transport(services.clone());
    let client = client.credentials(chain).build().unwrap();
    match client.credentials().await {
        Ok(found) => {
            let access_key_id = found.unwrap().access_key_id().to_owned();
            let calls = services.calls.lock().unwrap().clone();
            let requests = services.requests.lock().unwrap().clone();
            (Outcome::Found { access_key_id, calls, requests, tokens: tokens(folder) }, None)
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
    assert!(fixture.cases.len() >= 97);
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
    let client = client.anonymous().build()?;
    let url = |service| client.caller().endpoint().target(service, None).unwrap().url.to_string();
    Ok([("sts".to_owned(), url(Service::Sts)), ("s3".to_owned(), url(Service::S3))].into())
}

#[test]
fn requests_go_where_botocore_sends_them() {
    let text = std::fs::read_to_string("fixtures/credentials/endpoints.json").unwrap();
    let cases: Vec<Case<BTreeMap<String, String>>> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 14);
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
