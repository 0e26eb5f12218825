use std::{path::PathBuf, process::ExitCode};

use sts3::{providers::RolesAnywhereProvider, rolesanywhere::CreateSession};

use super::session_token::print_credentials;
use crate::{common::Common, failure::Failure, output::Format, session};

/// Arguments of `sts3 roles-anywhere`, named as AWS's own helper names them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Certificate in PEM; any that follow it in the file are sent as intermediates.
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Its private key in PEM, not encrypted: RSA (2048 to 4096 bits), or a key on P-256 or P-384.
    #[arg(long, value_name = "FILE")]
    private_key: PathBuf,
    /// Certificates in PEM that lead from it to the trust anchor.
    #[arg(long, value_name = "FILE")]
    intermediates: Option<PathBuf>,
    /// Trust anchor that vouches for the certificate; the call goes to its region.
    #[arg(long, value_name = "ARN")]
    trust_anchor_arn: String,
    /// Profile of Roles Anywhere that has the role.
    #[arg(long, value_name = "ARN")]
    profile_arn: String,
    /// In which form to print the credentials.
    #[arg(long, value_enum, default_value_t = Format::Process)]
    format: Format,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let Some((role, further)) = common.role_arn.split_first() else {
        return Err(Failure::Usage("roles-anywhere needs --role-arn, a role of the profile".into()));
    };
    let mut create = CreateSession::new(&args.trust_anchor_arn, &args.profile_arn, role);
    if let Some(name) = &common.role_session_name {
        create = create.role_session_name(name);
    }
    // The duration is the last role's.
    if let Some(duration) = common.duration.filter(|_| further.is_empty()) {
        create = create.duration(duration);
    }
    let region = create.region()?;
    let mut provider = RolesAnywhereProvider::new(create, &args.certificate, &args.private_key);
    if let Some(file) = &args.intermediates {
        provider = provider.intermediates(file);
    }
    if let Some(cache) = session::cache(common) {
        provider = provider.cache(cache);
    }
    let common = Common { role_arn: further.to_vec(), ..common.clone() };
    print_credentials(session::client_over(&common, provider, region.as_str())?, args.format).await
}
