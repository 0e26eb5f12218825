use std::process::ExitCode;

use serde_json::{Value, json};
use sts3::{Client, iam};

use crate::{
    common::Common,
    failure::Failure,
    output::{iso, write_record},
    session,
};

/// Arguments of `sts3 iam`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Args {
    /// Show a user; without a name, the caller. Exit status 1 if there is none.
    GetUser {
        /// The user's name.
        name: Option<String>,
    },
    /// Create a user.
    CreateUser {
        /// The user's name: up to 64 letters, digits and _+=,.@-
        name: String,
        /// The path in its ARN: / or /…/.
        #[arg(long)]
        path: Option<String>,
    },
    /// Show a role. Exit status 1 if there is none.
    GetRole {
        /// The role's name.
        name: String,
    },
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let client = session::client(common)?;
    let record = match args {
        Args::GetUser { name } => user(get_user(&client, name.as_deref()).await?),
        Args::CreateUser { name, path } => {
            let mut operation = iam::CreateUser::new(name);
            if let Some(path) = path {
                operation = operation.path(path);
            }
            user(client.send(&operation).await?)
        }
        Args::GetRole { name } => role(client.send(&iam::GetRole::new(name)).await?),
    };
    write_record(common.output, &record).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

async fn get_user(client: &Client, name: Option<&str>) -> Result<iam::User, sts3::Error> {
    match name {
        Some(name) => client.send(&iam::GetUser::new().user_name(name)).await,
        None => client.send(&iam::GetUser::new()).await,
    }
}

fn user(user: iam::User) -> Vec<(&'static str, Value)> {
    vec![
        ("user_name", json!(user.user_name)),
        ("user_id", json!(user.user_id)),
        ("arn", json!(user.arn)),
        ("path", json!(user.path)),
        ("create_date", json!(user.create_date.map(iso))),
    ]
}

fn role(role: iam::Role) -> Vec<(&'static str, Value)> {
    vec![
        ("role_name", json!(role.role_name)),
        ("role_id", json!(role.role_id)),
        ("arn", json!(role.arn)),
        ("path", json!(role.path)),
        ("create_date", json!(role.create_date.map(iso))),
        ("max_session_duration", json!(role.max_session_duration)),
    ]
}
