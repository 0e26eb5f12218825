use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::ValueEnum;
use clap_complete::env::Shells;

use crate::{completion, failure::Failure};

/// Arguments of `sts3 completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

/// Print what the shell's start-up file has to run.
pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let name = match args.shell {
        Shell::Bash => "bash",
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        Shell::Powershell => "powershell",
        Shell::Elvish => "elvish",
    };
    let mut script = Vec::new();
    if let Some(shell) = Shells::builtins().completer(name) {
        shell
            .write_registration(completion::VARIABLE, "sts3", "sts3", "sts3", &mut script)
            .map_err(Failure::Output)?;
    }
    io::stdout().write_all(&script).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
