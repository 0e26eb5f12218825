use std::{fs, path::PathBuf, process::ExitCode};

use crate::failure::Failure;

/// Arguments of `sts3 man`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to write them; made if need be.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// One page for the program, and one for each command.
pub(super) fn run(args: &Args, program: clap::Command) -> Result<ExitCode, Failure> {
    let failed = |error| Failure::System(format!("cannot write to {}: {error}", args.folder.display()));
    fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(program.disable_help_subcommand(true), &args.folder).map_err(failed)?;
    Ok(ExitCode::SUCCESS)
}
