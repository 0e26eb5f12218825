use std::process::ExitCode;

use crate::{child, common::Common, failure::Failure, output::variables, session};

/// Arguments of `sts3 exec`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Command to run. Its exit code is this program's. `sts3` means this program.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// What would make the child use other credentials than the ones it is given.
const CLEARED: [&str; 10] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ROLE_SESSION_NAME",
];

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::Usage("exec needs a command: sts3 exec -- COMMAND".into()));
    };
    let client = session::signing_client(common)?;
    let credentials = session::required_credentials(&client).await?;
    let mut command = child::command(program, arguments)?;
    for name in CLEARED {
        command.env_remove(name);
    }
    command.envs(variables(&credentials));
    if let Some(region) = &common.region {
        command.env("AWS_REGION", region);
    }
    child::run(command, program).await
}
