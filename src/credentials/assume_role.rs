use std::{sync::Arc, time::Duration};

use super::{BoxFuture, Credentials, Provider, Refreshing};
use crate::{CredentialsError, Error, InvalidInput, sts, transport::Caller};

/// The longest role session that temporary credentials may ask for (role chaining).
const CHAINED_LIMIT: Duration = Duration::from_secs(3600);

/// Credentials of a role, assumed with the credentials of a source each time they are asked for.
///
/// A [`Client`](crate::Client) keeps them in a [`Refreshing`] cache, which renews them before they expire. Roles can
/// be chained: the source may be another `AssumeRole`.
#[derive(Clone)]
pub struct AssumeRole {
    operation: sts::AssumeRole,
    source: Option<Arc<dyn Provider>>,
}

impl AssumeRole {
    /// The role to assume, and the session's name.
    pub fn new(role_arn: impl Into<String>, role_session_name: impl Into<String>) -> Self {
        Self::from_operation(sts::AssumeRole::new(role_arn, role_session_name))
    }

    /// With all parameters of the operation.
    pub fn from_operation(operation: sts::AssumeRole) -> Self {
        Self { operation, source: None }
    }

    /// How long each session lives: 900 s to the role's maximum, at most one hour when the source's credentials
    /// are temporary. One hour unless set.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.operation = self.operation.duration(duration);
        self
    }

    /// The external ID that the role's trust policy asks for.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.operation = self.operation.external_id(id);
        self
    }

    /// Whose credentials sign the call.
    #[must_use]
    pub fn source(mut self, source: impl Provider + 'static) -> Self {
        self.source = Some(Arc::new(Refreshing::new(source)));
        self
    }

    async fn assume(&self, caller: &Caller) -> Result<Credentials, Error> {
        let Some(source) = &self.source else {
            return Err(no_source("AssumeRole"));
        };
        let base = source.credentials(caller).await?;
        self.check_chaining(&base)?;
        match caller.call(&self.operation, Some(&base)).await {
            Err(error) if error.is_expired_credentials() => {
                source.forget(&base);
                let renewed = source.credentials(caller).await?;
                if renewed == base {
                    return Err(error);
                }
                Ok(caller.call(&self.operation, Some(&renewed)).await?.credentials)
            }
            result => Ok(result?.credentials),
        }
    }

    fn check_chaining(&self, base: &Credentials) -> Result<(), InvalidInput> {
        match self.operation.requested_duration() {
            Some(asked) if asked > CHAINED_LIMIT && base.session_token().is_some() => {
                let asked = asked.as_secs();
                let limit = "STS allows at most 3600 seconds when the caller's own credentials are temporary";
                Err(InvalidInput::new("DurationSeconds", format!("is {asked}: {limit} (role chaining)")))
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn no_source(provider: &'static str) -> Error {
    CredentialsError::Unusable {
        provider,
        problem: "no source of credentials is set to sign the call".into(),
    }
    .into()
}

impl Provider for AssumeRole {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.assume(caller))
    }

    fn forget(&self, refused: &Credentials) {
        if let Some(source) = &self.source {
            source.forget(refused);
        }
    }
}
