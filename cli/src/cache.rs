//! Where temporary credentials are kept between runs.

use std::path::PathBuf;

use sts3::providers::{Environment, FileCache};

use crate::{common::Common, output::printable, stderr::say};

/// The cache; none with `--no-cache` or without a home.
pub(crate) fn open(common: &Common, environment: &Environment) -> Option<FileCache> {
    let folder = folder(environment).filter(|_| !common.no_cache)?;
    Some(
        FileCache::new(folder)
            .on_problem(|problem| say(format_args!("sts3: warning: {}", printable(problem)))),
    )
}

/// `$XDG_CACHE_HOME/sts3`, `~/.cache/sts3`; on Windows `%LOCALAPPDATA%\sts3`. Where no variable names a home (a service, a
/// bare container) nothing is kept: files are read where the system has the user's folder, and none is made there unasked.
pub(crate) fn folder(environment: &Environment) -> Option<PathBuf> {
    let base = match environment.get("XDG_CACHE_HOME").or_else(|| environment.get("LOCALAPPDATA")) {
        Some(folder) => PathBuf::from(folder),
        None => {
            let home = environment.get("HOME").or_else(|| environment.get("USERPROFILE"));
            PathBuf::from(home?).join(".cache")
        }
    };
    base.is_absolute().then(|| base.join("sts3"))
}
