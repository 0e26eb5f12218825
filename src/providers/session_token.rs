use std::{fmt, sync::Arc, time::Duration};

use super::{Mfa, Provider, assume_role::no_source};
use crate::{Credentials, runtime::BoxFuture};
use crate::{CredentialsError, Error, runtime::Caller, sts};

/// Credentials of a `GetSessionToken` session, made with a user's long-lived keys each time they are asked for.
///
/// A [`Client`](crate::Client) keeps them in a [`Refreshing`](super::Refreshing) cache.
///
/// ```
/// use std::time::Duration;
/// use sts3::{Client, Credentials, providers::SessionTokenProvider};
///
/// let user = Credentials::new("AKIDEXAMPLE", "secret");
/// let session = SessionTokenProvider::new().duration(Duration::from_secs(7200)).source(user);
/// let client = Client::builder().region("eu-west-1").credentials(session).build()?;
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone)]
pub struct SessionTokenProvider {
    operation: sts::GetSessionToken,
    mfa: Option<Mfa>,
    source: Option<Arc<dyn Provider>>,
}

impl fmt::Debug for SessionTokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionTokenProvider").field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl Default for SessionTokenProvider {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionTokenProvider {
    /// Sessions of the service's default length.
    pub fn new() -> Self {
        Self::from_operation(sts::GetSessionToken::new())
    }

    /// With all parameters of the operation.
    pub fn from_operation(operation: sts::GetSessionToken) -> Self {
        Self { operation, mfa: None, source: None }
    }

    /// How long each session lives: 900 to 129,600 s; 12 hours unless set.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.operation = self.operation.duration(duration);
        self
    }

    /// The user's MFA device: the session then counts as authenticated with it.
    #[must_use]
    pub fn mfa(mut self, mfa: Mfa) -> Self {
        self.mfa = Some(mfa);
        self
    }

    /// Whose long-lived keys sign the call.
    #[must_use]
    pub fn source(mut self, source: impl Provider + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let Some(source) = &self.source else {
            return Err(no_source("GetSessionToken"));
        };
        let base = source.credentials(caller).await?;
        if base.session_token().is_some() {
            let problem =
                "it needs an IAM user's long-lived keys, but the source's credentials are temporary";
            return Err(CredentialsError::unusable("GetSessionToken", problem).into());
        }
        let operation = match &self.mfa {
            None => self.operation.clone(),
            Some(mfa) => {
                let (serial, code) = mfa.proof("").await?;
                self.operation.clone().mfa(serial, code.expose())
            }
        };
        let session = caller.call(&operation, Some(&base)).await?.credentials;
        Ok(session.of_same_account(&base))
    }
}

impl Provider for SessionTokenProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}
