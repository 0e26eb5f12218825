use std::{path::PathBuf, process::ExitCode};

use crate::{common::Common, failure::Failure, vectors};

/// Arguments of `sts3 vectors`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder with the official suite (v4 and v4a, in any depth), or with JSON files in this project's form.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Run only cases whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

pub(super) fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let filter = args.filter.as_deref().unwrap_or_default();
    let found = vectors::find(&args.folder).map_err(Failure::Usage)?;
    let wanted: Vec<_> = found.into_iter().filter(|case| case.name.contains(filter)).collect();
    if wanted.is_empty() {
        return Err(Failure::Usage(format!(
            "no case in {} has `{filter}` in its name",
            args.folder.display()
        )));
    }
    let outcomes: Vec<_> = wanted.iter().map(vectors::Found::run).collect();
    vectors::report(common.output, &outcomes).map_err(Failure::Output)?;
    let failed = outcomes.iter().any(vectors::Outcome::is_failure);
    Ok(ExitCode::from(u8::from(failed)))
}
