use std::{path::PathBuf, sync::Arc};

use super::{
    AssumeRole, BoxFuture, Container, Credentials, Environment, InstanceMetadata, Process, Provider,
    SharedFiles, WebIdentity,
    plan::{self, Base, Plan, Role},
};
use crate::{CredentialsError, Error, sts, transport::Caller};

/// Looks for credentials where users keep them: the environment's keys, its web identity, then what a profile of the
/// shared files says (roles, a web identity, a process, keys), then the container's and the EC2 instance's own.
///
/// With a profile that was named (by [`profile`](Self::profile)) the environment is not asked: whoever names one does not
/// want its credentials. Everything is read anew each time, so changes take effect with the next refresh.
#[derive(Clone, Debug)]
pub struct Chain {
    environment: Environment,
    profile: Option<String>,
    mfa_code: Option<String>,
}

/// The chain over this process's environment.
///
/// # Errors
/// None today; the signature leaves room for sources that must be read first.
#[allow(clippy::unused_async)]
pub async fn default_chain() -> Result<Chain, Error> {
    Ok(Chain::new(Environment::from_process()))
}

impl Chain {
    /// The chain over an environment.
    pub fn new(environment: Environment) -> Self {
        Self { environment, profile: None, mfa_code: None }
    }

    /// Use this profile and nothing else.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// The current digits of the device that the profile's `mfa_serial` names. STS takes them once.
    #[must_use]
    pub fn mfa_code(mut self, code: impl Into<String>) -> Self {
        self.mfa_code = Some(code.into());
        self
    }

    /// The keys that stand in the environment or the profile, if they are to be used as they are: nobody is called.
    ///
    /// # Errors
    /// [`Error::Credentials`]: nobody has any (it names who was asked), or a source is broken.
    pub fn static_keys(&self) -> Result<Option<Credentials>, Error> {
        Ok(match self.plan()?.0 {
            Plan { base: Base::Keys(keys), roles } if roles.is_empty() => Some(keys),
            _ => None,
        })
    }

    /// The first source that has something to say, and why those before it had nothing.
    fn plan(&self) -> Result<(Plan, Vec<String>), Error> {
        let mut tried = Vec::new();
        let alone = |base| Plan { base, roles: Vec::new() };
        let mut overlay = None;
        if self.profile.is_none() {
            if let Some(keys) = self.environment.credentials()? {
                return Ok((alone(Base::Keys(keys)), tried));
            }
            tried.push("environment (AWS_ACCESS_KEY_ID is not set)".to_owned());
            overlay = Some(&self.environment);
        }
        let named = self.profile.as_deref().or(self.environment.profile());
        let name = named.unwrap_or("default");
        let files = SharedFiles::load(&self.environment)?;
        if let Some(plan) = plan::plan(&files, name, overlay)? {
            return Ok((plan, tried));
        }
        if overlay.is_some() {
            tried.push("web identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set)".to_owned());
        }
        let exists = files.profile(name).is_some();
        let reason = if exists { "it has no credentials; read from" } else { "it is not in" };
        let searched = searched(&self.environment);
        tried.push(format!("profile `{}` ({reason} {searched})", name.escape_debug()));
        if named.is_some() && !exists {
            // A misspelt name should be said at once, not after whatever else this machine has.
            return Err(CredentialsError::NotFound { tried }.into());
        }
        if Container::from_environment(&self.environment)?.is_some() {
            return Ok((alone(Base::Container), tried));
        }
        tried.push("container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set)".to_owned());
        Ok((alone(Base::InstanceMetadata), tried))
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let (Plan { base, roles }, mut tried) = self.plan()?;
        let is_last_resort = base == Base::InstanceMetadata && roles.is_empty();
        match self.carry_out(base, roles, caller).await {
            Err(Error::Credentials(CredentialsError::Unusable { provider, problem })) if is_last_resort => {
                tried.push(format!("{provider} ({problem})"));
                Err(CredentialsError::NotFound { tried }.into())
            }
            result => result,
        }
    }

    async fn carry_out(&self, base: Base, roles: Vec<Role>, caller: &Caller) -> Result<Credentials, Error> {
        let name = || format!("sts3-{}", caller.sts_now().unix_timestamp());
        let mut provider: Arc<dyn Provider> = match base {
            Base::Keys(keys) => Arc::new(keys),
            Base::Environment => Arc::new(self.environment_keys()?),
            Base::Container => Arc::new(self.container()?),
            Base::InstanceMetadata => Arc::new(self.instance_metadata()?),
            Base::Process(command) => Arc::new(Process::new(command)),
            Base::WebIdentity { role_arn, session_name, token_file } => {
                Arc::new(WebIdentity::new(role_arn, session_name.unwrap_or_else(name), token_file))
            }
        };
        let mut mfa_code = self.mfa_code.clone();
        for role in roles {
            let operation = operation(role, name, &mut mfa_code)?;
            provider = Arc::new(AssumeRole::from_operation(operation).source(provider));
        }
        if mfa_code.is_some() {
            let problem =
                "an MFA code was given, and none of the profile's roles has an mfa_serial to use it with";
            return Err(unusable("profile", problem));
        }
        provider.credentials(caller).await
    }

    fn environment_keys(&self) -> Result<Credentials, Error> {
        self.environment.credentials()?.ok_or_else(|| {
            unusable(
                "environment",
                "a profile has credential_source = Environment, and AWS_ACCESS_KEY_ID is not set",
            )
        })
    }

    fn container(&self) -> Result<Container, Error> {
        Container::from_environment(&self.environment)?.ok_or_else(|| {
            let problem = "a profile has credential_source = EcsContainer, and neither \
                           AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
            unusable("container", problem)
        })
    }

    fn instance_metadata(&self) -> Result<InstanceMetadata, Error> {
        InstanceMetadata::from_environment(&self.environment)?
            .ok_or_else(|| unusable("EC2 instance metadata", "AWS_EC2_METADATA_DISABLED is true"))
    }
}

fn unusable(provider: &'static str, problem: &str) -> Error {
    CredentialsError::Unusable { provider, problem: problem.into() }.into()
}

fn operation(
    role: Role,
    default_name: impl Fn() -> String,
    mfa_code: &mut Option<String>,
) -> Result<sts::AssumeRole, Error> {
    let name = role.session_name.unwrap_or_else(default_name);
    let mut operation = sts::AssumeRole::new(role.arn, name);
    if let Some(id) = role.external_id {
        operation = operation.external_id(id);
    }
    if let Some(duration) = role.duration {
        operation = operation.duration(duration);
    }
    if let Some(serial) = role.mfa_serial {
        let Some(code) = mfa_code.take() else {
            let shown = serial.escape_debug();
            let problem =
                format!("its mfa_serial asks for the current code of {shown}: give it with --mfa-code");
            return Err(unusable("profile", &problem));
        };
        operation = operation.mfa(serial, code);
    }
    Ok(operation)
}

/// The paths that were looked at, for messages.
fn searched(environment: &Environment) -> String {
    let shown =
        |path: Option<PathBuf>| path.map_or("(no home directory)".into(), |path| path.display().to_string());
    format!("{} and {}", shown(environment.credentials_file()), shown(environment.config_file()))
}

impl Provider for Chain {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}
