//! From what a plan names as the first source to its provider.

use std::sync::Arc;

use super::{
    super::{
        ContainerProvider, InstanceMetadataProvider, LoginProvider, ProcessProvider, Provider, SharedFiles,
        SsoProvider, WebIdentityProvider, plan::Base, sso,
    },
    ChainProvider,
    placed::Placed,
    unusable,
};
use crate::{Credentials, Error, runtime::Files};

impl ChainProvider {
    /// The provider; a role's session has this name unless it has one of its own.
    pub(super) fn base(
        &self,
        base: Base,
        session_name: &str,
        files: &dyn Files,
    ) -> Result<Arc<dyn Provider>, Error> {
        Ok(match base {
            Base::Keys(keys) => Arc::new(keys),
            Base::Environment => Arc::new(self.environment_keys()?),
            Base::Container => Arc::new(self.container()?),
            Base::InstanceMetadata => Arc::new(self.instance_metadata(files)?),
            Base::Process { command, place, account_id } => {
                let process = ProcessProvider::new(command.expose()).environment(&self.environment);
                Placed::at(account_id.into_iter().fold(process, ProcessProvider::account_id), place)
            }
            Base::WebIdentity { role_arn, session_name: own, token_file, place, duration, origins: _ } => {
                let name = own.unwrap_or_else(|| session_name.to_owned());
                let role = WebIdentityProvider::new(role_arn, name, token_file);
                Placed::at(duration.into_iter().fold(role, WebIdentityProvider::duration), Some(place))
            }
            Base::Login(session) => Arc::new(LoginProvider::of_profile(session, &self.environment)?),
            Base::Sso(role) => {
                let provider = SsoProvider::of_role(role, sso::folder(&self.environment)?);
                Arc::new(match &self.cache {
                    Some(cache) => provider.cache(cache.clone()),
                    None => provider,
                })
            }
        })
    }

    fn environment_keys(&self) -> Result<Credentials, Error> {
        self.environment.credentials()?.ok_or_else(|| {
            unusable(
                "environment",
                "a profile has credential_source = Environment, and AWS_ACCESS_KEY_ID is not set",
            )
        })
    }

    fn container(&self) -> Result<ContainerProvider, Error> {
        ContainerProvider::from_environment(&self.environment)?.ok_or_else(|| {
            let problem = "a profile has credential_source = EcsContainer, and neither \
                           AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
            unusable("container", problem)
        })
    }

    /// Its settings are those of the profile that was chosen, whichever names it as its source.
    fn instance_metadata(&self, files: &dyn Files) -> Result<InstanceMetadataProvider, Error> {
        let files = SharedFiles::load_from(files, &self.environment)?;
        let name = self.profile.as_deref().or(self.environment.profile()).unwrap_or("default");
        InstanceMetadataProvider::from_settings(&self.environment, files.profile(name))?
            .ok_or_else(|| unusable("EC2 instance metadata", "AWS_EC2_METADATA_DISABLED is true"))
    }
}
