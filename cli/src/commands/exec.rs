use std::process::{Command, ExitCode};

use sts3::providers::{Environment, SharedFiles};

use crate::{
    child,
    child_environment::{EMPTY_FILE, clear_identity},
    common::Common,
    failure::Failure,
    output::variables,
    serve::CredentialServer,
    session,
};

/// Arguments of `sts3 exec`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// For commands that run longer than the credentials live: serve them on a loopback address (as to a
    /// container) and renew them, instead of setting them in the environment.
    #[arg(long)]
    serve: bool,
    /// Command to run, in this program's place; with --serve this program stays and hands signals on to it. Its
    /// exit code is this program's: 127 if there is no such command, 126 if it cannot be run, 128 and the number
    /// of the signal that ended it. `sts3` means this program.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

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
        command.env("AWS_CONFIG_FILE", EMPTY_FILE).env("AWS_SHARED_CREDENTIALS_FILE", EMPTY_FILE);
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
    clear_identity(&mut command);
    // Keys that never end need no server, and SDKs take none without an end from it.
    let server = if args.serve && credentials.expiration().is_some() {
        Some(CredentialServer::start(client).await?)
    } else {
        None
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
    // Without a server there is nothing to stay for.
    #[cfg(unix)]
    if !args.serve {
        return Err(child::replace(command, program));
    }
    child::run(command, program).await
}
