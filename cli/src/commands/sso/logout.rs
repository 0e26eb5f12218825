use std::process::ExitCode;

use sts3::providers::{Environment, SharedFiles, SsoSession};

use super::which::Which;
use crate::{common::Common, failure::Failure, output::printable, session, stderr::say};

/// Arguments of `sts3 sso logout`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Every sign-in of the config file. (Files of other programs in ~/.aws/sso/cache stay.)
    #[arg(long, conflicts_with = "sso_session")]
    all: bool,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let sessions = if args.all {
        let environment = Environment::from_process();
        SsoSession::all(&SharedFiles::load(&environment)?, &environment)?
    } else {
        vec![args.which.session(common)?]
    };
    let client = session::unsigned_client(common)?;
    let mut first_failure = None;
    for sign_in in &sessions {
        let name = sign_in.to_string();
        let name = printable(&name);
        match sign_in.sign_out(client.caller()).await {
            Ok(true) => say(format!("Signed out of {name}.")),
            Ok(false) if args.all => {}
            Ok(false) => say(format!("Nobody was signed in to {name}.")),
            Err(error) => {
                // Its file may be gone already; the others are signed out of all the same.
                first_failure.get_or_insert(error);
            }
        }
    }
    match first_failure {
        Some(error) => Err(error.into()),
        None => Ok(ExitCode::SUCCESS),
    }
}
