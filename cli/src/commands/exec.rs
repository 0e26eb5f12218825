use std::process::ExitCode;

use sts3::credentials::{Environment, SharedFiles};
use tokio::process::Command;

use crate::{child, common::Common, failure::Failure, output::variables, serve::CredentialServer, session};

/// Arguments of `sts3 exec`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// For commands that run longer than the credentials live: serve them on a loopback address (as to a
    /// container) and renew them, instead of setting them in the environment.
    #[arg(long)]
    serve: bool,
    /// Command to run. Its exit code is this program's. `sts3` means this program.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// What would make the child use other credentials than the ones it is given.
const CLEARED: [&str; 14] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
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

/// SDKs ask a container's endpoint last: keys of the default profile would be used instead.
const SHADOWING: [&str; 6] = [
    "aws_access_key_id",
    "credential_process",
    "login_session",
    "role_arn",
    "sso_account_id",
    "web_identity_token_file",
];

fn serve_from(server: &CredentialServer, command: &mut Command) -> Result<(), Failure> {
    command.envs(server.variables());
    let environment = Environment::from_process();
    let files = SharedFiles::load(&environment)?;
    let default = files.profile("default");
    if default.is_some_and(|default| SHADOWING.iter().any(|key| default.get(key).is_some())) {
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        command.env("AWS_CONFIG_FILE", nothing).env("AWS_SHARED_CREDENTIALS_FILE", nothing);
        // The settings beside the keys are gone with the files; the region is the one that programs cannot do
        // without.
        if let Some(region) = environment.region().or_else(|| default?.region()) {
            command.env("AWS_REGION", region);
        }
    }
    Ok(())
}

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
    // Keys that never end need no server, and SDKs take none without an end from it.
    let server = match args.serve && credentials.expiration().is_some() {
        true => Some(CredentialServer::start(client).await?),
        false => None,
    };
    match &server {
        Some(server) => serve_from(server, &mut command)?,
        None => {
            command.envs(variables(&credentials));
        }
    }
    if let Some(region) = &common.region {
        command.env("AWS_REGION", region);
    }
    child::run(command, program).await
}
