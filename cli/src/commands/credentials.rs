use std::process::ExitCode;

use super::session_token::print_credentials;
use crate::{
    common::Common,
    failure::Failure,
    output::{Format, printable},
    session,
};

/// Arguments of `sts3 credentials`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// In which form to print the credentials.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    if common.no_sign_request {
        return Err(Failure::Usage("--no-sign-request uses no credentials: there are none to print".into()));
    }
    let printed = print_credentials(session::signing_client(common)?, args.format).await?;
    if common.verbose > 0 {
        crate::stderr::say(format_args!("sts3: {}", printable(&session::origin(common)?)));
    }
    Ok(printed)
}
