//! The command `sts3`: arguments in, a [`sts3::Client`] between, text or JSON out.
//!
//! `common` has the options of all commands, `commands` one file per command, `session` turns the common options into
//! a client (with `cache` and `prompt`), `input` reads files within limits, `serve` hands credentials to a child, which
//! `child` starts with what `child_environment` leaves it and `profile_variables` adds; `signals` says who hears of them, and `init` is what the
//! program is as a container's first process. `output` and `stderr` write, `report` turns a `failure` into a message and
//! an exit code, `verbose` tells what calls do.
//!
//! # Layers
//! Each module imports only from lines below its own (`tests/layers` at the root of the workspace).
//! ```text
//! commands                                                the command line, and what is done
//! session                                                 options become a client
//! cache  progress  request_args  similar_bucket  steps  vectors   what takes the common options
//! common  report  ca_file  serve  init
//! output  input  child  prompt  listing_task              what touches files, terminals, children
//! stderr  verbose  signals  completion  failure  color  remedies  examples  version  s3_url  web_identity
//! child_environment  profile_variables
//! ```

#![forbid(unsafe_code)]
// They panic if nobody reads: `stderr::say` and `writeln!` do not.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

#[cfg(feature = "sandbox-tls")]
mod ca_file;
mod cache;
mod child;
mod child_environment;
mod color;
mod commands;
mod common;
mod completion;
mod examples;
mod failure;
#[cfg(target_os = "linux")]
mod init;
mod input;
mod listing_task;
mod output;
mod profile_variables;
mod progress;
mod prompt;
mod remedies;
mod report;
mod request_args;
mod s3_url;
mod serve;
mod session;
mod signals;
mod similar_bucket;
mod stderr;
mod steps;
#[cfg(feature = "vectors")]
mod vectors;
mod verbose;
mod version;
mod web_identity;

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use clap::{
    CommandFactory, Parser, ValueEnum,
    error::{ContextKind, ContextValue, ErrorKind},
};
use clap_complete::env::CompleteEnv;

#[cfg(feature = "sandbox")]
use crate::commands::Command;
use crate::{
    color::{Paint, When},
    commands::Cli,
    common::Output,
    failure::Failure,
    report::Telling,
};

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if let Some(code) = init::run() {
        return code;
    }
    // If a shell asks what could follow: answer it, and end the program.
    CompleteEnv::with_factory(Cli::command).var(completion::VARIABLE).complete();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and nor is asking for nothing.
            if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                let _ = error.print();
                return ExitCode::from(if error.use_stderr() { report::USAGE } else { report::OK });
            }
            let paint = Paint::new(When::Auto, std::io::stderr().is_terminal());
            let message = not_done_here(&error)
                .or_else(|| token_as_source(&error))
                .or_else(|| misplaced(&error))
                .unwrap_or_else(|| one_line(&error.to_string()));
            return Failure::Usage(message).report(Telling {
                output: wanted_output(),
                verbose: false,
                paint,
            });
        }
    };
    let common = &cli.common;
    let paint = Paint::new(common.color, std::io::stderr().is_terminal());
    let telling = Telling { output: common.output, verbose: common.verbose > 0, paint };
    match run(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(telling),
    }
}

/// The form of results that was asked for, where the arguments as a whole make no sense.
fn wanted_output() -> Output {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let arguments: Vec<String> = arguments.take_while(|argument| argument != "--").collect();
    let behind = |(option, value): (&String, &String)| (option == "--output").then(|| value.clone());
    let values = arguments.iter().zip(arguments.iter().skip(1)).filter_map(behind);
    let joined =
        arguments.iter().filter_map(|argument| argument.strip_prefix("--output=").map(str::to_owned));
    let named = values.chain(joined).find_map(|name| Output::from_str(&name, false).ok());
    named.unwrap_or_default()
}

/// What somebody means who knows such commands from other programs. (clap would suggest `completions` for `cp`.)
fn not_done_here(error: &clap::Error) -> Option<String> {
    const OF_OTHERS: [&str; 11] =
        ["cat", "cp", "delete", "get", "head", "mb", "mv", "put", "rb", "rm", "sync"];
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    OF_OTHERS.contains(&name.as_str()).then(|| {
        format!(
            "there is no command `{name}`: sts3 lists buckets, and neither reads nor changes what is in them; another \
             program can with its credentials: sts3 exec -- aws s3 … (see --help)"
        )
    })
}

/// A token in the place of its source. clap would show it, and many read what a job in CI has printed.
fn token_as_source(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_refused = error.kind() == ErrorKind::ValueValidation && argument.starts_with("--web-identity ");
    is_refused.then(|| {
        "--web-identity must be github, env:NAME or file:PATH, and not the token itself (see --help)"
            .to_owned()
    })
}

/// An argument that stands at the wrong place, and where it belongs. (clap would suggest what is spelled alike.)
fn misplaced(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let usage = error.get(ContextKind::Usage)?.to_string();
    let command = ["exec", "sandbox"].into_iter().find(|name| usage.contains(&format!("sts3 {name} ")))?;
    let advice = match argument.as_str() {
        "--region" => "the region of a sandbox is --sandbox-region".to_owned(),
        option if option.starts_with('-') => return None,
        _ => format!("the command to run stands behind `--`: sts3 {command} -- {argument}"),
    };
    Some(format!("unexpected argument '{argument}' found; {advice} (see --help)"))
}

/// What clap says of a wrong argument in several lines, without how everything is used.
fn one_line(message: &str) -> String {
    let said = message.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let said = said.filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    // A tip is a paragraph of its own.
    let text = said.collect::<Vec<_>>().join(" ").replace(" tip: ", "; ");
    format!("{} (see --help)", text.strip_prefix("error: ").unwrap_or(&text))
}

/// How long what is still under way may take to end by itself: tasks and the children that they wait for.
const FAREWELL: Duration = Duration::from_millis(200);

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
    let result = runtime.block_on(signals::until_stopped(commands::run(cli)));
    // A question that nobody answers, or a name that is looked up, does not keep a program that has been asked to stop.
    runtime.shutdown_timeout(FAREWELL);
    prompt::abandon();
    result
}
