//! What the integration tests share: a sandbox and clients for it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::{collections::BTreeMap, path::PathBuf};

use sts3::{Client, ClientBuilder, Credentials, Error, providers::Environment};
use sts3_sandbox::{Sandbox, SandboxBuilder};

pub const READER: &str = "arn:aws:iam::123456789012:role/reader";
pub const LIMITED: &str = "arn:aws:iam::123456789012:role/limited";
pub const PARTNER: &str = "arn:aws:iam::123456789012:role/partner";

pub async fn start(builder: SandboxBuilder) -> Sandbox {
    builder.start().await.unwrap()
}

/// The environment of a process that runs against the sandbox.
pub fn environment(sandbox: &Sandbox) -> Environment {
    sandbox.environment().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A client for the sandbox without credentials.
pub fn client(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder().settings(&environment(sandbox), None).unwrap()
}

/// The sandbox's long-lived keys.
pub fn user() -> Credentials {
    Credentials::new(sts3_sandbox::ACCESS_KEY_ID, sts3_sandbox::SECRET_ACCESS_KEY)
}

/// The code of a service's refusal.
pub fn code<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => {
            error.as_service_error().unwrap_or_else(|| panic!("no service error: {error}")).code.clone()
        }
    }
}

/// Requests of one operation by outcome.
pub fn outcomes(sandbox: &Sandbox, operation: &str) -> BTreeMap<String, u64> {
    let counts = sandbox.counts().into_iter();
    counts.filter(|((name, _), _)| *name == operation).map(|((_, code), count)| (code, count)).collect()
}

/// `cargo test` builds the examples beside the tests.
pub fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is not built: run `cargo build --examples`", path.display());
    path
}
