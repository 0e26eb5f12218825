use sts3::providers::{Environment, SharedFiles, SsoSession};

use crate::{common::Common, failure::Failure};

/// Which sign-in: of --profile, AWS_PROFILE or the profile `default`, or the only one that there is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Which {
    /// The section [sso-session NAME] of the config file, in place of a profile's.
    #[arg(long, value_name = "NAME")]
    sso_session: Option<String>,
}

impl Which {
    /// The sign-in, by the options, the variables and the files.
    pub(super) fn session(&self, common: &Common) -> Result<SsoSession, Failure> {
        let environment = Environment::from_process();
        let files = SharedFiles::load(&environment)?;
        if let Some(name) = &self.sso_session {
            return Ok(SsoSession::named(&files, &environment, name)?);
        }
        let named = common.profile.as_deref().or(environment.profile());
        let of_profile = SsoSession::of_profile(&files, &environment, named.unwrap_or("default"));
        if named.is_some() || of_profile.is_ok() {
            return Ok(of_profile?);
        }
        match <[SsoSession; 1]>::try_from(SsoSession::all(&files, &environment)?) {
            Ok([only]) => Ok(only),
            Err(all) if all.is_empty() => Err(Failure::Usage(
                "the config file has no sso-session and no profile with sso_start_url and sso_region".into(),
            )),
            Err(all) => {
                let names: Vec<_> = all.iter().map(ToString::to_string).collect();
                let problem = format!("which sign-in? --profile or --sso-session says: {}", names.join(", "));
                Err(Failure::Usage(problem))
            }
        }
    }
}
