use std::{ffi::OsString, process::ExitCode};

use sts3::sts;

use super::session_token::print_credentials;
use crate::{
    common::{Common, whole},
    failure::Failure,
    input,
    output::Format,
    session,
};

/// Arguments of `sts3 assume-role`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Session policy that narrows what the session may do: a file of at most 64 KiB (also as file://PATH), or the JSON itself.
    #[arg(long, value_name = "FILE|JSON", value_hint = clap::ValueHint::FilePath)]
    policy: Option<OsString>,
    /// ARN of a managed policy that narrows what the session may do; at most 10.
    #[arg(long, value_name = "ARN")]
    policy_arn: Vec<String>,
    /// Session tag; at most 50.
    #[arg(long, value_name = "KEY=VALUE", value_parser = read_tag)]
    tag: Vec<(String, String)>,
    /// Tag that is passed on to roles assumed from this session.
    #[arg(long, value_name = "KEY")]
    transitive_tag_key: Vec<String>,
    /// Identity that stays with the session through all roles assumed from it.
    #[arg(long, value_name = "NAME")]
    source_identity: Option<String>,
    /// Have the session token padded to at least this many bytes (0 to 4096).
    #[arg(long, value_name = "BYTES", value_parser = whole::<u32>(0, 4096), allow_negative_numbers = true)]
    minimum_token_size: Option<u32>,
    /// In which form to print the credentials.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn read_tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    if common.role_arn.is_empty() {
        return Err(Failure::Usage("assume-role needs --role-arn, the role to assume".into()));
    }
    let policy = args.policy.as_deref().map(input::read_policy).transpose()?;
    let client = session::client_with(common, |role| parameters(role, args, policy))?;
    print_credentials(client, args.format).await
}

fn parameters(mut role: sts::AssumeRole, args: &Args, policy: Option<String>) -> sts::AssumeRole {
    if let Some(policy) = policy {
        role = role.policy(policy);
    }
    for arn in &args.policy_arn {
        role = role.policy_arn(arn);
    }
    for (key, value) in &args.tag {
        role = role.tag(key, value);
    }
    for key in &args.transitive_tag_key {
        role = role.transitive_tag_key(key);
    }
    if let Some(identity) = &args.source_identity {
        role = role.source_identity(identity);
    }
    if let Some(bytes) = args.minimum_token_size {
        role = role.minimum_session_token_size(bytes);
    }
    role
}
