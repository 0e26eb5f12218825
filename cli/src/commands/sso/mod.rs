//! Signing in through IAM Identity Center: `login`, `logout`, and the `roles` that a sign-in gives. `which` says whose, `redirect`
//! waits for what a browser brings back, `browser` opens one. Files are awscli's: either program's sign-in is the other's.

mod browser;
mod login;
mod logout;
mod redirect;
mod roles;
mod which;

use std::process::ExitCode;

use self::which::Which;
use crate::{common::Common, failure::Failure};

/// Arguments of `sts3 sso`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Args {
    /// Sign in, in a browser on this machine; with --device on any.
    Login(login::Args),
    /// End a sign-in, here and at the portal. Keys that were handed out stay good until their own end.
    Logout(logout::Args),
    /// The accounts and roles that the sign-in gives.
    Roles(Which),
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    match args {
        Args::Login(args) => login::run(common, args).await,
        Args::Logout(args) => logout::run(common, args).await,
        Args::Roles(which) => roles::run(common, which).await,
    }
}
