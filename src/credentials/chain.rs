use super::{BoxFuture, Credentials, Environment, Provider, SharedFiles, shared_files};
use crate::{CredentialsError, Error, transport::Caller};

/// Looks for keys where users keep them: the environment, then the shared files.
///
/// A profile that was named (by [`profile`](Self::profile)) is the only source: whoever names one does not want the
/// environment's keys.
#[derive(Clone, Debug)]
pub struct Chain {
    environment: Environment,
    profile: Option<String>,
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
        Self { environment, profile: None }
    }

    /// Use this profile and nothing else.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// Find the keys now.
    ///
    /// # Errors
    /// [`Error::Credentials`]: nobody has any (it names who was asked), or a source is broken.
    pub fn resolve(&self) -> Result<Credentials, Error> {
        let mut tried = Vec::new();
        if self.profile.is_none() {
            if let Some(credentials) = self.environment.credentials()? {
                return Ok(credentials);
            }
            tried.push("environment (AWS_ACCESS_KEY_ID is not set)".to_owned());
        }
        let name = self.profile.as_deref().or(self.environment.profile()).unwrap_or("default");
        let searched = shared_files::searched(&self.environment);
        match SharedFiles::load(&self.environment)?.profile(name) {
            None => tried.push(format!("profile `{}` (it is not in {searched})", name.escape_debug())),
            Some(profile) => match profile.credentials()? {
                Some(credentials) => return Ok(credentials),
                None => tried.push(format!(
                    "profile `{}` (it has no keys; read from {searched})",
                    name.escape_debug()
                )),
            },
        }
        Err(CredentialsError::NotFound { tried }.into())
    }
}

impl Provider for Chain {
    fn credentials<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async { self.resolve() })
    }
}
