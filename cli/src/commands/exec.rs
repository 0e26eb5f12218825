use std::process::{Command, ExitCode};

use sts3::{
    Credentials,
    providers::{Environment, Profile, SharedFiles},
};

use crate::{
    child,
    child_environment::{EMPTY_FILE, clear_identity, set_endpoint},
    common::Common,
    failure::Failure,
    output::{iso_seconds, printable, variables},
    profile_variables,
    serve::CredentialServer,
    session,
    stderr::say,
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
    /// of the signal that ended it. `sts3` means this program. Without a command: your shell ($SHELL).
    #[arg(last = true, value_name = "COMMAND")]
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

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let shell = [shell()];
    let line = if args.command.is_empty() { &shell[..] } else { &args.command };
    let Some((program, arguments)) = line.split_first() else {
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
        Some(server) => command.envs(server.variables()),
        None => command.envs(variables(&credentials)),
    };
    set_settings(&mut command, common, server.is_some())?;
    if args.command.is_empty() {
        announce(program, &credentials, server.is_some());
    }
    // Without a server there is nothing to stay for.
    #[cfg(unix)]
    if !args.serve {
        return Err(child::replace(command, program));
    }
    child::run(command, program).await
}

/// The user's own shell.
fn shell() -> String {
    let (variable, otherwise) = if cfg!(windows) { ("ComSpec", "cmd.exe") } else { ("SHELL", "/bin/sh") };
    std::env::var(variable).ok().filter(|shell| !shell.is_empty()).unwrap_or_else(|| otherwise.to_owned())
}

/// A shell looks as it did before: say what is different.
fn announce(program: &str, credentials: &Credentials, is_renewed: bool) {
    let until = match credentials.expiration() {
        Some(_) if is_renewed => ", which are renewed".to_owned(),
        Some(end) => format!(" until {}", iso_seconds(end)),
        None => String::new(),
    };
    let program = printable(program);
    say(format_args!("sts3: {program} has these credentials{until}; `exit` leaves it"));
}

/// What else the command would have known if the profile had been named to it, and what the options say instead.
fn set_settings(command: &mut Command, common: &Common, is_served: bool) -> Result<(), Failure> {
    let environment = Environment::from_process();
    let files = SharedFiles::load(&environment)?;
    let name = common.profile.as_deref().or(environment.profile()).unwrap_or("default");
    let (profile, default) = (files.profile(name), files.profile("default"));
    let is_hidden = is_served && default.is_some_and(shadows);
    if is_hidden {
        command.env("AWS_CONFIG_FILE", EMPTY_FILE).env("AWS_SHARED_CREDENTIALS_FILE", EMPTY_FILE);
    }
    // What the default profile says, a command reads by itself.
    if name != "default" || is_hidden {
        let beside = default.filter(|_| !is_hidden);
        let settings = profile_variables::of_profile(profile, beside, &environment);
        if settings.is_led_by_default && common.endpoint_url.is_none() {
            say(
                "sts3: warning: the default profile's endpoint_url stays in force for services without one of their own",
            );
        }
        command.envs(settings.variables);
    }
    let known = environment.region().or(profile.and_then(Profile::region));
    // boto3 reads the one, the other SDKs the other. Where the user has set both, each has its reader.
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = common.region.as_deref().or(known.filter(|_| environment.get(name).is_none())) {
            command.env(name, region);
        }
    }
    if let Some(url) = &common.endpoint_url {
        set_endpoint(command, url);
    }
    if let Some(path) = &common.ca_bundle {
        command.env("AWS_CA_BUNDLE", path);
    }
    Ok(())
}

fn shadows(default: &Profile) -> bool {
    SHADOWING.iter().any(|key| default.get(key).is_some())
}
