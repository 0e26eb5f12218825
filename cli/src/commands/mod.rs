//! One file per command: its arguments and what it does.

pub(crate) mod assume_role;
pub(crate) mod bucket_exists;
pub(crate) mod iam;
pub(crate) mod ls;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
pub(crate) mod session_token;
mod whoami;

use std::process::ExitCode;

use crate::{
    args::{Cli, Command},
    failure::Failure,
};

/// Do what was asked for.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { common, command } = cli;
    match command {
        Command::Ls(args) => ls::run(&common, &args).await,
        Command::AssumeRole(args) => assume_role::run(&common, &args).await,
        Command::SessionToken(args) => session_token::run(&common, &args).await,
        Command::Whoami => whoami::run(&common).await,
        Command::Iam(args) => iam::run(&common, &args).await,
        Command::BucketExists(args) => bucket_exists::run(&common, &args).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => sandbox::run(args).await,
    }
}
