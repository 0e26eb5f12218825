//! The command `sts3`: arguments in, a [`sts3::Client`] between, text or JSON out.
//!
//! `args` and `common` say what can be asked for, `commands` holds one file per command, `session` turns the
//! common options into a client (with `cache` and `prompt`), `serve` hands credentials to a child, `output`
//! writes, `failure` turns errors into messages and exit codes.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

mod args;
mod cache;
mod child;
mod color;
mod commands;
mod common;
mod completion;
mod examples;
mod failure;
mod listing_task;
mod output;
mod progress;
mod prompt;
mod request_args;
mod s3_url;
mod serve;
mod session;
mod signals;
#[cfg(feature = "vectors")]
mod vectors;
mod version;

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, error::ErrorKind};

#[cfg(feature = "sandbox")]
use crate::args::Command;
use crate::{
    args::Cli,
    color::{Paint, When},
    failure::Failure,
};

fn main() -> ExitCode {
    completion::answer();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and nor is asking for nothing.
            if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                let _ = error.print();
                return ExitCode::from(if error.use_stderr() { failure::USAGE } else { failure::OK });
            }
            let paint = Paint::new(When::Auto, std::io::stderr().is_terminal());
            return Failure::Usage(one_line(&error.to_string())).report(false, paint);
        }
    };
    let (verbose, color) = (cli.common.verbose, cli.common.color);
    match run(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(verbose, Paint::new(color, std::io::stderr().is_terminal())),
    }
}

/// What clap says of a wrong argument in several lines, without how everything is used.
fn one_line(message: &str) -> String {
    let said = message.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let said = said.filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let text = said.collect::<Vec<_>>().join(" ");
    format!("{} (see --help)", text.strip_prefix("error: ").unwrap_or(&text))
}

/// One thread for the network beside this one, which writes: a page is printed while the next one arrives.
/// The sandbox serves many, and takes what the machine has.
fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let threads = match &cli.command {
        #[cfg(feature = "sandbox")]
        Command::Sandbox(_) => std::thread::available_parallelism().map_or(1, usize::from),
        _ => 1,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .map_err(|error| Failure::System(format!("cannot start: {error}")))?;
    runtime.block_on(commands::run(cli))
}
