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

/// `$XDG_CACHE_HOME/sts3`, `~/.cache/sts3`; on Windows `%LOCALAPPDATA%\sts3`.
pub(crate) fn folder(environment: &Environment) -> Option<PathBuf> {
    let base = match environment.get("XDG_CACHE_HOME").or_else(|| environment.get("LOCALAPPDATA")) {
        Some(folder) => PathBuf::from(folder),
        None => environment.home()?.join(".cache"),
    };
    base.is_absolute().then(|| base.join("sts3"))
}
