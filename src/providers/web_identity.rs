use std::{path::PathBuf, sync::Arc, time::Duration};

use sigv4::Secret;

use super::{IdentityTokenSource, Provider, TokenFile, identity_token::jwt::Claims};
use crate::{
    Credentials, Error, ServiceError,
    runtime::{BoxFuture, Caller},
    sts,
};

/// Tries where AWS could not fetch the identity provider's keys in time, which many jobs at once bring about.
const ATTEMPTS: u32 = 4;
/// Before the second try; it doubles.
const PAUSE: Duration = Duration::from_secs(1);

/// Credentials of a role for whoever holds an identity token: pods in Kubernetes, jobs in CI.
///
/// The token is asked for anew for each session; from a file (of 24 KiB at most) too, because its owner replaces it while
/// it lasts. What STS refuses is told with the token's issuer, audience and subject, by which the role's trust policy
/// decides.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html>
#[derive(Clone, Debug)]
pub struct WebIdentityProvider {
    /// Its token is the source's.
    operation: sts::AssumeRoleWithWebIdentity,
    token: Arc<dyn IdentityTokenSource>,
}

impl WebIdentityProvider {
    /// The role to assume, the session's name, and the file with the token.
    pub fn new(
        role_arn: impl Into<String>,
        role_session_name: impl Into<String>,
        token_file: impl Into<PathBuf>,
    ) -> Self {
        Self::with_source(role_arn, role_session_name, TokenFile::any(token_file.into()))
    }

    /// The role to assume, the session's name, and where its token comes from.
    pub fn with_source(
        role_arn: impl Into<String>,
        role_session_name: impl Into<String>,
        token: impl IdentityTokenSource + 'static,
    ) -> Self {
        let operation = sts::AssumeRoleWithWebIdentity::new(role_arn, role_session_name, Secret::from(""));
        Self::from_operation(operation, token)
    }

    /// With all parameters of the operation, whose own token does not count: the source's is sent.
    pub fn from_operation(
        operation: sts::AssumeRoleWithWebIdentity,
        token: impl IdentityTokenSource + 'static,
    ) -> Self {
        Self { operation, token: Arc::new(token) }
    }

    /// How long each session lives: 900 s to the role's maximum, one hour unless set.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.operation = self.operation.duration(duration);
        self
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let (mut attempt, mut ended) = (1, None);
        loop {
            let token = self.token.token(caller).await?;
            if let Some((refused, error)) = ended.take()
                && refused == token
            {
                return Err(self.explained(error, &token, caller));
            }
            let error = match caller.call(&self.operation.with_token(token.clone()), None).await {
                Ok(role) => return Ok(role.credentials),
                Err(Error::Service(error)) => *error,
                Err(error) => return Err(error),
            };
            if has_ended(&error) && attempt == 1 {
                // Another one may be there by now.
                ended = Some((token, error));
            } else if lacks_keys(&error) && attempt < ATTEMPTS {
                caller.clock().sleep(pause(attempt, caller.seed())).await;
            } else {
                return Err(self.explained(error, &token, caller));
            }
            attempt += 1;
        }
    }

    /// The refusal with what the token says of itself.
    fn explained(&self, error: ServiceError, token: &Secret, caller: &Caller) -> Error {
        let newer = self.token.no_newer_token().filter(|_| has_ended(&error));
        let newer = newer.map(|why| format!("; {why}")).unwrap_or_default();
        let is_about_token = has_ended(&error)
            || matches!(error.code.as_str(), "AccessDenied" | "InvalidIdentityToken" | "IDPRejectedClaim");
        match Claims::read(token.expose(), caller.sts_now()).filter(|_| is_about_token) {
            Some(claims) => error.with_note(format!("the token: {claims}{newer}")).into(),
            None => error.into(),
        }
    }
}

fn has_ended(error: &ServiceError) -> bool {
    matches!(error.code.as_str(), "ExpiredTokenException" | "ExpiredToken")
}

/// "Couldn't retrieve verification key from your identity provider": the next try may succeed.
fn lacks_keys(error: &ServiceError) -> bool {
    error.code == "InvalidIdentityToken" && error.message.contains("verification key")
}

/// From one to two times the pause, which doubles: jobs that began together do not try together.
fn pause(attempt: u32, seed: u64) -> Duration {
    let base = PAUSE * 2_u32.saturating_pow(attempt - 1);
    base + base / 1024 * u32::try_from(seed % 1024).unwrap_or_default()
}

impl Provider for WebIdentityProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}
