use std::{
    io::{self, Write},
    process::ExitCode,
};

use serde_json::json;
use sts3::{
    providers::{CacheEntry, Environment, FileCache},
    runtime::SystemFiles,
};
use time::OffsetDateTime;

use crate::{
    cache,
    common::Common,
    failure::Failure,
    output::{iso_seconds, printable, write_records},
};

/// Arguments of `sts3 cache`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Args {
    /// Show what is kept: for what, whose key, until when. Never a secret.
    List,
    /// Remove it. Programs that run get new credentials when they need them.
    Clear {
        /// Only what has ended, or cannot be used.
        #[arg(long)]
        expired: bool,
    },
}

pub(super) fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let folder = cache::folder(&Environment::from_process());
    let folder =
        folder.ok_or_else(|| Failure::Usage("there is no home directory, and so no cache".into()))?;
    let kept = FileCache::new(&folder);
    let failed = |error: io::Error| {
        let shown = folder.display().to_string();
        Failure::System(format!("the cache folder {} cannot be used: {error}", printable(&shown)))
    };
    let now = OffsetDateTime::now_utc();
    match args {
        Args::List => {
            list(common, &kept.entries(&SystemFiles).map_err(failed)?, now).map_err(Failure::Output)?
        }
        Args::Clear { expired } => {
            let removed = kept.clear(&SystemFiles, |entry| !expired || entry.is_over(now)).map_err(failed)?;
            let files = if removed == 1 { "file" } else { "files" };
            writeln!(io::stdout(), "{removed} {files} removed").map_err(Failure::Output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(common: &Common, entries: &[CacheEntry], now: OffsetDateTime) -> io::Result<()> {
    let records = entries.iter().map(|entry| {
        let state = match entry {
            CacheEntry { problem: Some(problem), .. } => problem.clone(),
            entry if entry.is_over(now) => "ended".to_owned(),
            _ => "valid".to_owned(),
        };
        vec![
            ("expiration", json!(entry.expiration.map(iso_seconds))),
            ("state", json!(state)),
            ("access_key_id", json!(entry.access_key_id)),
            ("label", json!(entry.label)),
            ("obtained", json!(entry.obtained.map(iso_seconds))),
            ("file", json!(entry.file)),
        ]
    });
    write_records(common.output, &["expiration", "state", "access_key_id", "label"], records)
}
