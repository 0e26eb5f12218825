//! One file per command: its arguments and what it does. `args` is the command line with all of them.

mod args;
pub(crate) mod assume_role;
pub(crate) mod bucket_exists;
pub(crate) mod cache;
pub(crate) mod completions;
pub(crate) mod credentials;
mod doctor;
pub(crate) mod du;
pub(crate) mod exec;
pub(crate) mod explain;
pub(crate) mod iam;
pub(crate) mod login_url;
pub(crate) mod ls;
#[cfg(feature = "man")]
pub(crate) mod man;
pub(crate) mod presign;
mod profiles;
pub(crate) mod request;
#[cfg(feature = "x509")]
pub(crate) mod roles_anywhere;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
pub(crate) mod session_token;
pub(crate) mod sign;
pub(crate) mod split;
pub(crate) mod sso;
#[cfg(feature = "vectors")]
pub(crate) mod vectors;
mod whoami;

use std::process::ExitCode;

pub(crate) use self::args::{Cli, Command};
use crate::failure::Failure;

/// Do what was asked for.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { common, command } = cli;
    #[cfg(feature = "parquet")]
    if common.output == crate::common::Output::Parquet && !matches!(command, Command::Ls(_)) {
        return Err(Failure::Usage(crate::output::only_objects().to_string()));
    }
    match command {
        Command::Ls(args) => ls::run(&common, &args).await,
        Command::Du(args) => du::run(&common, &args).await,
        Command::Split(args) => split::run(&common, &args).await,
        Command::AssumeRole(args) => assume_role::run(&common, &args).await,
        Command::SessionToken(args) => session_token::run(&common, &args).await,
        Command::Credentials(args) => credentials::run(&common, &args).await,
        #[cfg(feature = "x509")]
        Command::RolesAnywhere(args) => roles_anywhere::run(&common, &args).await,
        Command::Exec(args) => exec::run(&common, &args).await,
        Command::Cache(args) => cache::run(&common, &args),
        Command::LoginUrl(args) => login_url::run(&common, &args).await,
        Command::Sso(args) => sso::run(&common, &args).await,
        Command::Whoami => whoami::run(&common).await,
        Command::Doctor(args) => doctor::run(&common, &args).await,
        Command::Profiles => profiles::run(&common),
        Command::Iam(args) => iam::run(&common, &args).await,
        Command::BucketExists(args) => bucket_exists::run(&common, &args).await,
        Command::Presign(args) => presign::run(&common, &args).await,
        Command::Request(args) => request::run(&common, &args).await,
        Command::Sign(args) => sign::run(&common, &args).await,
        Command::Explain(args) => explain::run(&common, &args),
        #[cfg(feature = "vectors")]
        Command::Vectors(args) => vectors::run(&common, &args),
        Command::Completions(args) => completions::run(&args),
        #[cfg(feature = "man")]
        Command::Man(args) => man::run(&args, <Cli as clap::CommandFactory>::command()),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => sandbox::run(args).await,
    }
}
