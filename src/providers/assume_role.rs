use std::{fmt, sync::Arc, time::Duration};

use super::{Mfa, Provider, Refreshing};
use crate::{Credentials, runtime::BoxFuture};
use crate::{CredentialsError, Error, InvalidInput, Operation, call, runtime::Caller, sts};

/// The longest role session that temporary credentials may ask for (role chaining).
const CHAINED_LIMIT: Duration = Duration::from_secs(3600);

/// Why a long role session takes an MFA code of its own.
const LONG_SESSION: &str = " (for this role alone: what an MFA session assumes lives for an hour at most)";

/// Check an operation's parameters as its call would.
///
/// # Errors
/// [`Error::InvalidInput`]: a parameter is outside its limits.
pub(super) fn check<O: Operation>(operation: &O, caller: &Caller) -> Result<(), Error> {
    operation.request()?;
    call::check(operation, caller.endpoint())
}

/// Credentials of a role, assumed with the credentials of a source each time they are asked for.
///
/// A [`Client`](crate::Client) keeps them in a [`Refreshing`] cache, which renews them before they expire.
/// Roles can be chained: the source may be another `AssumeRoleProvider`.
///
/// ```
/// use sts3::{Client, Credentials, providers::AssumeRoleProvider};
///
/// let user = Credentials::new("AKIDEXAMPLE", "secret");
/// let first = AssumeRoleProvider::new("arn:aws:iam::123456789012:role/hub", "nightly").source(user);
/// let second = AssumeRoleProvider::new("arn:aws:iam::210987654321:role/reader", "nightly").source(first);
/// let client = Client::builder().region("eu-west-1").credentials(second).build()?;
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone)]
pub struct AssumeRoleProvider {
    operation: sts::AssumeRole,
    mfa: Option<Mfa>,
    source: Option<Arc<dyn Provider>>,
}

impl fmt::Debug for AssumeRoleProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumeRoleProvider").field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl AssumeRoleProvider {
    /// The role to assume, and the session's name.
    pub fn new(role_arn: impl Into<String>, role_session_name: impl Into<String>) -> Self {
        Self::from_operation(sts::AssumeRole::new(role_arn, role_session_name))
    }

    /// With all parameters of the operation.
    pub fn from_operation(operation: sts::AssumeRole) -> Self {
        Self { operation, mfa: None, source: None }
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

    /// The caller's MFA device, if the role's trust policy asks for it.
    #[must_use]
    pub fn mfa(mut self, mfa: Mfa) -> Self {
        self.mfa = Some(mfa);
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
        // Before any source is asked: the sources may make calls of their own.
        check(&self.operation, caller)?;
        let base = source.credentials(caller).await?;
        let (signer, operation) = self.signer(&base, caller).await?;
        match caller.call(&operation, Some(&signer)).await {
            Err(error) if error.rejects_credentials(&signer) => {
                source.forget(&base, caller);
                if let Some(mfa) = &self.mfa {
                    mfa.forget_session(&base, &signer, caller);
                }
                let base = source.credentials(caller).await?;
                let (renewed, operation) = self.signer(&base, caller).await?;
                if renewed == signer {
                    return Err(error);
                }
                Ok(caller.call(&operation, Some(&renewed)).await?.credentials)
            }
            result => Ok(result?.credentials),
        }
    }

    /// What signs the call, and the call: with an MFA device either a session that was made with its code, or
    /// the source's own credentials and a code in the call.
    async fn signer(
        &self,
        base: &Credentials,
        caller: &Caller,
    ) -> Result<(Credentials, sts::AssumeRole), Error> {
        self.check_chaining(base)?;
        let Some(mfa) = &self.mfa else { return Ok((base.clone(), self.operation.clone())) };
        let is_short = self.operation.requested_duration().is_none_or(|asked| asked <= CHAINED_LIMIT);
        if is_short && base.session_token().is_none() && mfa.keeps_sessions() {
            return Ok((mfa.session(base, caller).await?, self.operation.clone()));
        }
        let note = if is_short { "" } else { LONG_SESSION };
        let (serial, code) = mfa.proof(note).await?;
        Ok((base.clone(), self.operation.clone().mfa(serial, code.expose())))
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
    CredentialsError::unusable(provider, "no source of credentials is set to sign the call").into()
}

impl Provider for AssumeRoleProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.assume(caller))
    }

    fn forget(&self, refused: &Credentials, caller: &Caller) {
        if let Some(source) = &self.source {
            source.forget(refused, caller);
        }
    }
}
