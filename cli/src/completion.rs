//! Completion in shells: commands and options from their definitions, profiles from the shared files, buckets
//! from the service.
//!
//! `sts3 completions SHELL` prints a few lines for the shell's start-up file; with them the shell asks this
//! program (by the variable COMPLETE), so that what it offers is never older than the program.

use std::{ffi::OsStr, time::Duration};

use clap::CommandFactory;
use clap_complete::{CompletionCandidate, env::CompleteEnv};
use sts3::{
    Client,
    credentials::{Chain, Environment, SharedFiles},
};

use crate::args::Cli;

/// The variable by which shells ask.
pub(crate) const VARIABLE: &str = "COMPLETE";
/// Nobody waits longer for a list of buckets.
const PATIENCE: Duration = Duration::from_secs(2);

/// If a shell asks: answer it, and end the program.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).complete();
}

/// Profiles whose names start so.
pub(crate) fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    // While somebody types is no time for errors.
    let files = SharedFiles::load(&Environment::from_process()).unwrap_or_default();
    let names = files.profile_names().filter(|name| name.starts_with(&*typed));
    names.map(CompletionCandidate::new).collect()
}

/// `s3://` and the buckets whose names start so.
pub(crate) fn buckets(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let Some(name) = typed.strip_prefix("s3://") else {
        return if "s3://".starts_with(&*typed) {
            vec![CompletionCandidate::new("s3://")]
        } else {
            Vec::new()
        };
    };
    let found = bucket_names().unwrap_or_default();
    let found = found.iter().filter(|bucket| bucket.starts_with(name));
    found.map(|bucket| CompletionCandidate::new(format!("s3://{bucket}/"))).collect()
}

/// The account's buckets, with what the environment says: no options, and no question for an MFA code.
fn bucket_names() -> Option<Vec<String>> {
    let environment = Environment::from_process();
    let files = SharedFiles::load(&environment).ok()?;
    let profile = files.profile(environment.profile().unwrap_or("default"));
    let builder = Client::builder().settings(&environment, profile).ok()?;
    let builder = if builder.has_region() { builder } else { builder.region("us-east-1") };
    let client = builder.credentials(Chain::new(environment)).total_timeout(PATIENCE).build().ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let buckets =
        runtime.block_on(async { tokio::time::timeout(PATIENCE, client.list_buckets()).await.ok()?.ok() })?;
    Some(buckets.into_iter().map(|bucket| bucket.name).collect())
}
