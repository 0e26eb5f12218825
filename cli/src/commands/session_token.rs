use std::process::ExitCode;

use crate::{
    common::Common,
    failure::Failure,
    output::{Format, write_credentials},
    session,
};

/// Arguments of `sts3 session-token`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// In which form to print the credentials.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    if !common.role_arn.is_empty() {
        return Err(Failure::Usage(
            "session-token takes no --role-arn: use assume-role --session-token".into(),
        ));
    }
    let common = Common { session_token: true, ..common.clone() };
    print_credentials(session::client(&common)?, args.format).await
}

/// Get the client's credentials and print them, with their expiration by this machine's clock.
pub(super) async fn print_credentials(client: sts3::Client, format: Format) -> Result<ExitCode, Failure> {
    if let Some(credentials) = client.credentials_in_local_time().await? {
        write_credentials(format, &credentials)?;
    }
    Ok(ExitCode::SUCCESS)
}
