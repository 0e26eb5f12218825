mod options;
mod outline;
mod placed;
mod sources;

use std::sync::{Arc, Mutex, PoisonError};

use sigv4::Secret;

pub use self::outline::{Outline, SourceKind};
use super::{
    AssumeRoleProvider, ContainerProvider, Environment, FileCache, Mfa, MfaCode, Provider, SharedFiles,
    assume_role::check,
    cache_key::CacheKey,
    cached::CachedSession,
    instance_metadata,
    plan::{self, Base, Origins, Plan, Role},
    role_options::RoleOptions,
};
use crate::{Credentials, runtime::BoxFuture};
use crate::{
    CredentialsError, Error,
    runtime::{Caller, Files, SystemFiles},
    sts,
};

/// Looks for credentials where users keep them, in botocore's order: the environment's keys, a profile's role, the
/// environment's web identity, then what else the profile of the shared files says (a web identity, SSO, keys, a process),
/// then the container's and the EC2 instance's own.
///
/// With a profile that was named (by [`profile`](Self::profile)) the environment is not asked: whoever names
/// one does not want its credentials. A profile that is named, also by `AWS_PROFILE`, must exist. Everything is read anew each time, so changes take effect with the next
/// refresh.
///
/// ```
/// use sts3::providers::{ChainProvider, Environment};
///
/// let chain = ChainProvider::new(Environment::from_process()).profile("work");
/// ```
#[derive(Clone, Debug)]
pub struct ChainProvider {
    environment: Environment,
    profile: Option<String>,
    mfa_code: Option<MfaCode>,
    role_options: RoleOptions,
    cache: Option<FileCache>,
    files: Option<Arc<dyn Files>>,
    /// Under which key the session is kept that was given last.
    used: Arc<Mutex<Option<CacheKey>>>,
}

/// The chain over this process's environment. (The future does nothing that waits, and may be dropped.)
///
/// # Errors
/// None today; the signature leaves room for sources that must be read first.
#[allow(clippy::unused_async)]
pub async fn default_chain() -> Result<ChainProvider, Error> {
    Ok(ChainProvider::new(Environment::from_process()))
}

impl ChainProvider {
    /// The chain over an environment.
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            profile: None,
            mfa_code: None,
            role_options: RoleOptions::default(),
            cache: None,
            files: None,
            used: Arc::default(),
        }
    }

    /// Use this profile and nothing else.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// Where the current digits of the device come from that a profile's `mfa_serial` names.
    #[must_use]
    pub fn mfa_code(mut self, code: MfaCode) -> Self {
        self.mfa_code = Some(code);
        self
    }

    /// Keep what roles, SSO and MFA codes give on disk, for the next run of the program.
    #[must_use]
    pub fn cache(mut self, cache: FileCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Read the shared files here. Unless this is set, they are read from the files of the [`Caller`], and by the functions that
    /// have none ([`origin`](Self::origin), [`static_keys`](Self::static_keys)) from the system's.
    #[must_use]
    pub fn files(mut self, files: impl Files + 'static) -> Self {
        self.files = Some(Arc::new(files));
        self
    }

    fn files_or<'a>(&'a self, otherwise: &'a dyn Files) -> &'a dyn Files {
        self.files.as_deref().unwrap_or(otherwise)
    }

    /// Whether what is made with the chain's credentials is worth keeping on disk, with
    /// [`FileCache::keep_session`]: not if they belong to this machine or to its token file, whose role may change.
    ///
    /// # Errors
    /// As [`static_keys`](Self::static_keys).
    pub fn is_worth_keeping(&self) -> Result<bool, Error> {
        Ok(is_worth_keeping(&self.plan(self.files_or(&SystemFiles))?.0))
    }

    /// Where the credentials come from, in words: `keys of profile `default``.
    ///
    /// # Errors
    /// As [`static_keys`](Self::static_keys).
    pub fn origin(&self) -> Result<String, Error> {
        let Plan { base, roles } = self.plan(self.files_or(&SystemFiles))?.0;
        let profile = self.profile.as_deref().or(self.environment.profile()).unwrap_or("default");
        let of_profile = |what: &str| format!("{what} of profile `{}`", profile.escape_debug());
        let base = match base {
            Base::Keys(_) if self.uses_environment_keys() => "keys of the environment".to_owned(),
            Base::Keys(_) if roles.is_empty() => of_profile("keys"),
            Base::Keys(keys) => format!("key {}", keys.access_key_id()),
            Base::Environment => "keys of the environment".to_owned(),
            Base::WebIdentity { role_arn, .. } => format!("web identity, role {role_arn}"),
            Base::Container => "container".to_owned(),
            Base::InstanceMetadata if instance_metadata::is_disabled(&self.environment) => {
                "EC2 instance metadata, which AWS_EC2_METADATA_DISABLED forbids".to_owned()
            }
            Base::InstanceMetadata => "EC2 instance metadata".to_owned(),
            Base::Sso(_) if roles.is_empty() => of_profile("SSO"),
            Base::Sso(role) => format!("SSO, account {} role {}", role.account_id, role.role_name),
            Base::Login(_) if roles.is_empty() => of_profile("sign-in to the console"),
            Base::Login(session) => format!("sign-in to the console, {}", session.name.escape_debug()),
            Base::Process { .. } if roles.is_empty() => of_profile("credential_process"),
            Base::Process { .. } => "credential_process".to_owned(),
        };
        Ok(match roles.last() {
            Some(role) => {
                format!("role {} of profile `{}`, assumed with {base}", role.arn, profile.escape_debug())
            }
            None => base,
        })
    }

    fn uses_environment_keys(&self) -> bool {
        self.profile.is_none() && self.environment.get("AWS_ACCESS_KEY_ID").is_some()
    }

    /// The keys that stand in the environment or the profile, if they are to be used as they are: nobody is
    /// called.
    ///
    /// # Errors
    /// [`Error::Credentials`]: no source has any (the error names those that were asked), or a source is broken.
    pub fn static_keys(&self) -> Result<Option<Credentials>, Error> {
        Ok(match self.plan(self.files_or(&SystemFiles))?.0 {
            Plan { base: Base::Keys(keys), roles } if roles.is_empty() => Some(keys),
            _ => None,
        })
    }

    /// The first source that has something to say, and why those before it had nothing.
    fn first_source(&self, files: &dyn Files) -> Result<(Plan, Vec<String>), Error> {
        let mut tried = Vec::new();
        let alone = |base| Plan { base, roles: Vec::new() };
        let overlay = Some(&self.environment).filter(|_| self.profile.is_none());
        let named = self.profile.as_deref().or(self.environment.profile());
        let name = named.unwrap_or("default");
        let files = SharedFiles::load_from(files, &self.environment)?;
        // A misspelt name is said at once: neither the environment's keys nor what else this machine has is meant.
        files.used_profile(self.profile.as_deref(), &self.environment)?;
        if overlay.is_some() {
            if let Some(keys) = self.environment.credentials()? {
                return Ok((alone(Base::Keys(keys)), tried));
            }
            tried.push("environment (AWS_ACCESS_KEY_ID is not set)".to_owned());
        }
        if let Some(plan) = plan::plan(&files, name, overlay)? {
            return Ok((plan, tried));
        }
        if overlay.is_some() {
            tried.push("web identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set)".to_owned());
        }
        let reason = match files.profile(name) {
            Some(profile) => format!("{} {}", plan::why_none(profile), files.searched()),
            None => files.missing(name),
        };
        tried.push(format!("profile `{}` ({reason})", name.escape_debug()));
        if ContainerProvider::from_environment(&self.environment)?.is_some() {
            return Ok((alone(Base::Container), tried));
        }
        tried.push("container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set)".to_owned());
        Ok((alone(Base::InstanceMetadata), tried))
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let (plan, mut tried) = self.plan(self.files_or(caller.files()))?;
        let is_last_resort = plan.base == Base::InstanceMetadata && plan.roles.is_empty();
        match self.carry_out(plan, caller).await {
            Err(Error::Credentials(CredentialsError::Unusable { provider, problem, .. }))
                if is_last_resort =>
            {
                tried.push(format!("{provider} ({problem})"));
                Err(CredentialsError::NotFound { tried }.into())
            }
            // Whatever is out of its limits here stands in the profile or the environment.
            Err(Error::InvalidInput(fault)) => Err(unusable("settings", &fault.to_string())),
            result => result,
        }
    }

    async fn carry_out(&self, plan: Plan, caller: &Caller) -> Result<Credentials, Error> {
        let is_worth_keeping = is_worth_keeping(&plan);
        let Plan { base, roles } = plan;
        let has_mfa = roles.iter().any(|role| role.mfa_serial.is_some());
        if !has_mfa && self.mfa_code.as_ref().is_some_and(MfaCode::is_unused) {
            let problem =
                "an MFA code was given, and none of the profile's roles has an mfa_serial to use it with";
            return Err(unusable("profile", problem));
        }
        let name = format!("sts3-{}", caller.sts_now().unix_timestamp());
        if let Base::WebIdentity { role_arn, session_name, origins, .. } = &base {
            // The token is read when it is sent.
            let session_name = session_name.as_deref().unwrap_or(&name);
            let operation = sts::AssumeRoleWithWebIdentity::new(role_arn, session_name, "token");
            check(&operation, caller).map_err(|error| located(error, "web identity", origins))?;
        }
        let base = self.base(base, &name, self.files_or(caller.files()))?;
        let parameters = roles.iter().map(Role::parameters).collect::<Vec<_>>().join(" | ");
        let label = roles.iter().map(|role| role.arn.as_str()).collect::<Vec<_>>().join(" → ");
        let roles = roles.into_iter().map(|role| self.role(role, &name, caller));
        let roles = roles.collect::<Result<Vec<_>, _>>()?;
        let assumes = !roles.is_empty();
        let assumed = move |base| {
            roles
                .iter()
                .cloned()
                .fold(base, |source, role| -> Arc<dyn Provider> { Arc::new(role.source(source)) })
        };
        match &self.cache {
            Some(cache) if assumes && is_worth_keeping => {
                let cache = cache.labelled(label);
                let session = CachedSession::new(cache, Secret::from(parameters), base, assumed);
                let credentials = session.credentials(caller).await;
                *self.used.lock().unwrap_or_else(PoisonError::into_inner) = session.used_key();
                credentials
            }
            _ => assumed(base).credentials(caller).await,
        }
    }

    fn role(&self, role: Role, session_name: &str, caller: &Caller) -> Result<AssumeRoleProvider, Error> {
        let name = role.session_name.unwrap_or_else(|| session_name.to_owned());
        let mut operation = sts::AssumeRole::new(role.arn, name);
        if let Some(id) = role.external_id {
            operation = operation.external_id(id.expose());
        }
        if let Some(duration) = role.duration {
            operation = operation.duration(duration);
        }
        check(&operation, caller).map_err(|error| located(error, "profile", &role.origins))?;
        let mut provider = AssumeRoleProvider::from_operation(operation);
        if let Some(serial) = role.mfa_serial {
            let Some(code) = &self.mfa_code else {
                let shown = serial.escape_debug();
                let problem =
                    format!("its mfa_serial asks for the current code of {shown}: give it with --mfa-code");
                return Err(unusable("profile", &problem));
            };
            let mfa = Mfa::new(serial, code.clone());
            provider = provider.mfa(match &self.cache {
                Some(cache) => mfa.with_sessions(cache.clone()),
                None => mfa,
            });
        }
        Ok(provider)
    }
}

/// A parameter out of its limits is a matter of credentials here: said with the place where it stands.
fn located(error: Error, provider: &'static str, origins: &Origins) -> Error {
    match error {
        Error::InvalidInput(fault) => unusable(provider, &origins.locate(fault).to_string()),
        error => error,
    }
}

fn is_worth_keeping(plan: &Plan) -> bool {
    match plan.base {
        Base::Keys(_) | Base::Sso(_) | Base::Login(_) | Base::Process { .. } | Base::Environment => true,
        Base::WebIdentity { .. } | Base::Container | Base::InstanceMetadata => false,
    }
}

fn unusable(provider: &'static str, problem: &str) -> Error {
    CredentialsError::unusable(provider, problem).into()
}

impl Provider for ChainProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        let plan = self.plan(self.files_or(caller.files()));
        let (Some(cache), Ok((plan, _))) = (&self.cache, plan) else { return };
        if let Some(key) = self.used.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            cache.remove(key, refused, caller);
        }
        if let Ok(base) = self.base(plan.base, "", self.files_or(caller.files())) {
            base.forget(refused, caller);
        }
    }
}
