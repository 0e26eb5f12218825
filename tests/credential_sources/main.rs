//! Which credentials a home directory and an environment give, and which calls that takes, beside botocore
//! (`fixtures/credentials`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod homes;
#[path = "../support/memory_files.rs"]
mod memory_files;
mod services;

use std::{collections::BTreeMap, path::Path};

use homes::{Case, Fixture, Folder, Outcome, enter, sign_ins, write};
use memory_files::MemoryFiles;
use services::Services;
use sts3::{
    Client, ClientBuilder, Error,
    endpoint::Service,
    providers::{ChainProvider, Environment, MfaCode, SharedFiles},
};

/// Where we differ from botocore on purpose: the case, what is in our outcome, and the rule that decides it.
const DIFFERENCES: [(&str, &str, &str); 2] = [
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
    ("both-sources", &["both source_profile and credential_source", "config line 3", "config line 4"]),
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
    (
        "sso-session-that-contradicts-its-profile",
        &["another sso_region", "config line 5", "than its sso-session"],
    ),
    ("sso-profile-without-a-role", &["has no sso_role_name"]),
];

/// The tokens that sign-ins have, as they are afterwards.
fn tokens(folder: &Path) -> BTreeMap<String, BTreeMap<String, Option<String>>> {
    let paths = std::fs::read_dir(sign_ins(folder)).unwrap().map(|entry| entry.unwrap().path());
    // Beside them are the locks of those that were renewed.
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.map(|path| token(&path, &std::fs::read(&path).unwrap())).collect()
}

fn token(path: &Path, content: &[u8]) -> (String, BTreeMap<String, Option<String>>) {
    let token: serde_json::Value = serde_json::from_slice(content).unwrap();
    let member = |name: &str| (name.to_owned(), token[name].as_str().map(str::to_owned));
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    (name, ["accessToken", "refreshToken"].map(member).into())
}

async fn on_disk(case: &Case, folder: &Path) -> (Outcome, Option<Error>) {
    let (environment, files) = enter(case, folder);
    write(&files, &case.folders, folder);
    outcome(case, environment, Client::builder(), || tokens(folder)).await
}

/// A folder that is on no disk.
const NOWHERE: &str = "/nowhere/in-memory";

async fn in_memory(case: &Case, others: &BTreeMap<String, String>) -> (Outcome, Option<Error>) {
    let folder = Path::new(NOWHERE);
    let (environment, mut files) = enter(case, folder);
    files.extend(others.iter().map(|(name, text)| (folder.join(name), text.clone().into_bytes())));
    let files = MemoryFiles::of_bytes(files);
    let tokens = || {
        let all = files.all();
        let tokens = all.iter().filter(|(path, _)| path.starts_with(sign_ins(folder)));
        tokens.map(|(path, content)| token(path, content)).collect()
    };
    outcome(case, environment, Client::builder().files(files.clone()), tokens).await
}

async fn outcome(
    case: &Case,
    environment: Environment,
    client: ClientBuilder,
    tokens: impl Fn() -> BTreeMap<String, BTreeMap<String, Option<String>>>,
) -> (Outcome, Option<Error>) {
    let mut chain = ChainProvider::new(environment.clone());
    if let Some(name) = &case.profile {
        chain = chain.profile(name);
    }
    if case.config.as_ref().is_some_and(|config| config.contains("mfa_serial")) {
        chain = chain.mfa_code(MfaCode::given("123456"));
    }
    let services = Services { answers: case.answers.clone(), ..Services::default() };
    let client = client.settings(&environment, None).unwrap().region("us-east-1");
    let client = client.transport(services.clone());
    let client = client.credentials(chain).build().unwrap();
    match client.credentials().await {
        Ok(found) => {
            let access_key_id = found.unwrap().access_key_id().to_owned();
            let calls = services.calls.lock().unwrap().clone();
            let requests = services.requests.lock().unwrap().clone();
            (Outcome::Found { access_key_id, calls, requests, tokens: tokens() }, None)
        }
        Err(error) => (Outcome::Failed { error: error.to_string() }, Some(error)),
    }
}

fn fixture() -> Fixture {
    let text = std::fs::read_to_string("fixtures/credentials/expected.json").unwrap();
    let mut fixture: Fixture = serde_json::from_str(&text).unwrap();
    assert!(fixture.cases.len() >= 243);
    // botocore runs `printf` and `false`, which Windows has not.
    let has_process =
        |case: &Case| case.config.as_ref().is_some_and(|config| config.contains("credential_process"));
    fixture.cases.retain(|case| cfg!(not(windows)) || !has_process(case));
    fixture
}

/// In what our outcome is not botocore's, but for the differences that are meant.
fn disagreement(case: &Case, (ours, error): (Outcome, Option<Error>)) -> Option<String> {
    assert_eq!(case.because.is_some(), case.shows.is_some(), "{}", case.name);
    let difference = DIFFERENCES.iter().find(|(name, ..)| *name == case.name).map(|(_, part, _)| *part);
    let difference = difference.or(case.shows.as_deref());
    let said =
        MESSAGES.iter().filter(|(name, _)| *name == case.name).flat_map(|(_, parts)| parts.iter().copied());
    let mut said = said.chain(case.says.iter().map(String::as_str));
    let agrees = match (&ours, &case.expected, difference) {
        (Outcome::Failed { error }, Outcome::Failed { .. }, None) => said.all(|part| error.contains(part)),
        (Outcome::Failed { error }, _, Some(part)) => {
            error.contains(part) && said.all(|part| error.contains(part))
        }
        (ours, expected, Some(part)) => ours != expected && format!("{ours:?}").contains(part),
        (ours, expected, None) => ours == expected && said.next().is_none(),
    };
    // Whatever is wrong here is wrong on our side, never the service's.
    let is_ours = error.is_none_or(|error| matches!(error, Error::Credentials(_)));
    let agrees = agrees && is_ours;
    (!agrees).then(|| format!("{}: ours {ours:?}, botocore's {:?}", case.name, case.expected))
}

#[tokio::test]
async fn credentials_are_found_where_botocore_finds_them() {
    let fixture = fixture();
    let folder = Folder::new("credential-sources");
    for (name, content) in &fixture.files {
        std::fs::write(folder.0.join(name), content).unwrap();
    }
    let mut problems = Vec::new();
    for case in &fixture.cases {
        problems.extend(disagreement(case, on_disk(case, &folder.0).await));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn credentials_are_found_in_files_that_are_in_memory_only() {
    let fixture = fixture();
    let mut problems = Vec::new();
    for case in fixture.cases.iter().filter(|case| case.folders.is_empty()) {
        problems.extend(disagreement(case, in_memory(case, &fixture.files).await));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(!Path::new(NOWHERE).exists());
}

/// Where a client sends its requests, or what is wrong with the settings. Most cases are not about the region.
fn places(case: &Case<BTreeMap<String, String>>, folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let (environment, files) = enter(case, folder);
    write(&files, &case.folders, folder);
    let files = SharedFiles::load(&environment)?;
    let profile = files.used_profile(case.profile.as_deref(), &environment)?;
    let client = Client::builder().settings(&environment, profile)?;
    let client = if case.own_region { client.or_global_region() } else { client.region("eu-west-1") };
    let client = client.anonymous().build()?;
    let url = |service| client.caller().endpoint().target(service, None).unwrap().url.to_string();
    Ok([("sts".to_owned(), url(Service::Sts)), ("s3".to_owned(), url(Service::S3))].into())
}

#[test]
fn requests_go_where_botocore_sends_them() {
    let text = std::fs::read_to_string("fixtures/credentials/endpoints.json").unwrap();
    let cases: Vec<Case<BTreeMap<String, String>>> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 43);
    let folder = Folder::new("endpoint-sources");
    for case in &cases {
        let ours = places(case, &folder.0);
        match (&ours, &case.shows) {
            (Ok(ours), Some(part)) => {
                assert!(
                    *ours != case.expected && ours.values().any(|url| url.contains(part)),
                    "{}: {ours:?}",
                    case.name
                );
            }
            (Ok(ours), None) => assert_eq!(*ours, case.expected, "{}", case.name),
            (Err(error), _) => {
                let error = error.to_string();
                assert!(case.expected.contains_key("error"), "{}: {error}", case.name);
                assert!(case.says.iter().all(|part| error.contains(part)), "{}: {error}", case.name);
            }
        }
    }
}
