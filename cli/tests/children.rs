//! What a command is handed by `exec`: the key, the token and the endpoints that botocore has for the same home, environment
//! and options (`fixtures/credentials/children.json`).

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use sts3::{
    Client,
    endpoint::Service,
    providers::{ChainProvider, Environment, SharedFiles},
};
use support::{Home, sts3};

#[derive(Deserialize)]
struct Case {
    name: String,
    config: String,
    credentials: String,
    env: BTreeMap<String, Option<String>>,
    profile: Option<String>,
    region: Option<String>,
    /// Where a command cannot have what botocore has: why, and what it has.
    because: Option<String>,
    shows: Option<String>,
    expected: Expected,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Expected {
    sts: String,
    s3: String,
    access_key_id: String,
    session_token: Option<String>,
}

/// The environment of a command that the program starts in a case's home and environment.
fn handed(case: &Case, home: &Path) -> BTreeMap<String, String> {
    let mut command = sts3(&["exec"]);
    command.env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap());
    for (name, text, variable) in [
        ("config", &case.config, "AWS_CONFIG_FILE"),
        ("credentials", &case.credentials, "AWS_SHARED_CREDENTIALS_FILE"),
    ] {
        let is_usual = case.env.get(variable) == Some(&None);
        let path = if is_usual { home.join(".aws").join(name) } else { home.join(name) };
        std::fs::write(&path, text).unwrap();
        command.env(variable, path);
    }
    for (name, value) in &case.env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(case.profile.iter().flat_map(|name| ["--profile", name]));
    command.args(case.region.iter().flat_map(|name| ["--region", name]));
    // Values end at a NUL: they may hold anything else.
    command.args(["--", "env", "-0"]);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&ended.stderr));
    let text = String::from_utf8(ended.stdout).unwrap();
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What a program finds that reads these variables, and the files that they name.
fn found(variables: &BTreeMap<String, String>) -> Expected {
    let environment: Environment = variables.clone().into_iter().collect();
    let keys = ChainProvider::new(environment.clone()).static_keys().unwrap().expect("keys");
    let files = SharedFiles::load(&environment).unwrap();
    let profile = files.used_profile(None, &environment).unwrap();
    let client = Client::builder().settings(&environment, profile).unwrap().or_global_region();
    let client = client.anonymous().build().unwrap();
    let url = |service| client.caller().endpoint().target(service, None).unwrap().url.to_string();
    Expected {
        sts: url(Service::Sts),
        s3: url(Service::S3),
        access_key_id: keys.access_key_id().to_owned(),
        session_token: keys.session_token().map(|token| token.expose().to_owned()),
    }
}

#[test]
fn a_command_has_the_key_and_the_endpoints_that_botocore_has_for_its_parent() {
    let text = std::fs::read_to_string("../fixtures/credentials/children.json").unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() >= 31, "{}", cases.len());
    let mut problems = Vec::new();
    for case in &cases {
        let home = Home::new("children", "", "");
        let variables = handed(case, home.path());
        // botocore reads the one name of the region, the other SDKs the other.
        for unread in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            let read = variables.iter().filter(|(name, _)| *name != unread);
            let ours = found(&read.map(|(name, value)| (name.clone(), value.clone())).collect());
            let is_meant = case.shows.as_ref().is_some_and(|part| format!("{ours:?}").contains(part));
            assert_eq!(case.because.is_some(), case.shows.is_some());
            if (ours == case.expected) == case.shows.is_some() || (case.shows.is_some() && !is_meant) {
                problems.push(format!("{} without {unread}: {ours:?}, not {:?}", case.name, case.expected));
            }
        }
        for left in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"] {
            assert!(!variables.contains_key(left), "{}: {left}", case.name);
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
