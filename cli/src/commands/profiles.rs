use std::process::ExitCode;

use serde_json::{Value, json};
use sts3::providers::{ChainProvider, Environment, SharedFiles};

use crate::{
    common::Common,
    failure::Failure,
    output::{printable, write_records},
    stderr::say,
};

/// What each profile would do, by its settings alone.
pub(super) fn run(common: &Common) -> Result<ExitCode, Failure> {
    let environment = Environment::from_process();
    let files = SharedFiles::load(&environment)?;
    let wanted = |name: &&str| common.profile.as_deref().is_none_or(|profile| profile == *name);
    let records: Vec<_> = files
        .profile_names()
        .filter(wanted)
        .map(|name| record(name, &files, ChainProvider::new(environment.clone()).profile(name)))
        .collect();
    if let (true, Some(name)) = (records.is_empty(), &common.profile) {
        let problem = format!("there is no profile `{}`: `sts3 profiles` shows all", name.escape_debug());
        return Err(Failure::Usage(problem));
    }
    let columns = ["profile", "kind", "account", "region", "source"];
    write_records(common.output, &columns, records.into_iter()).map_err(Failure::Output)?;
    if common.profile.is_none() {
        say_default(&environment);
    }
    Ok(ExitCode::SUCCESS)
}

fn record(name: &str, files: &SharedFiles, chain: ChainProvider) -> Vec<(&'static str, Value)> {
    let profile = files.profile(name);
    let setting = |key: &str| profile.and_then(|profile| profile.get(key));
    let (kind, account, source, problem) = match chain.outline() {
        Ok(outline) => (outline.kind.to_string(), outline.account, outline.origin, None),
        Err(error) => ("unusable".to_owned(), None, error.to_string(), Some(error.to_string())),
    };
    // What the profile says of itself is for keys and processes, which have no role that says it.
    let account = account.or_else(|| setting("aws_account_id").map(str::to_owned));
    vec![
        ("profile", json!(name)),
        ("kind", json!(kind)),
        ("account", json!(account)),
        ("region", json!(setting("region"))),
        ("source", json!(source)),
        ("problem", json!(problem)),
    ]
}

/// Which of them is used if none is named.
fn say_default(environment: &Environment) {
    let used = match ChainProvider::new(environment.clone()).outline() {
        Ok(outline) => outline.origin,
        Err(error) => format!("nothing: {error}"),
    };
    say(format_args!("sts3: without --profile, what answers is {}", printable(&used)));
}
