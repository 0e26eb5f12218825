use std::{path::PathBuf, time::Duration};

use sigv4::Secret;

use super::{Provider, files};
use crate::{Credentials, credentials::received, runtime::BoxFuture};
use crate::{
    CredentialsError, Error,
    runtime::{Caller, Files},
    sts,
};

/// Whose errors these are.
const NAME: &str = "web identity";
/// STS takes tokens of 20,000 characters; white space may stand around one.
const MAX_FILE: u64 = 24 * 1024;

/// Credentials of a role for whoever holds the identity token in a file: pods in Kubernetes, jobs in CI.
///
/// The file (of 24 KiB at most) is read anew for each call, because its owner replaces the token while it lasts.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html>
#[derive(Clone, Debug)]
pub struct WebIdentityProvider {
    role_arn: String,
    role_session_name: String,
    token_file: PathBuf,
    duration: Option<Duration>,
}

impl WebIdentityProvider {
    /// The role to assume, the session's name, and the file with the token.
    pub fn new(
        role_arn: impl Into<String>,
        role_session_name: impl Into<String>,
        token_file: impl Into<PathBuf>,
    ) -> Self {
        Self {
            role_arn: role_arn.into(),
            role_session_name: role_session_name.into(),
            token_file: token_file.into(),
            duration: None,
        }
    }

    /// How long each session lives: 900 s to the role's maximum, one hour unless set.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    fn token(&self, files: &dyn Files) -> Result<Secret, Error> {
        let unusable = |problem: String| {
            let problem = format!("the token file {} {problem}", self.token_file.display());
            Error::from(CredentialsError::unusable(NAME, problem))
        };
        let text = files::read_text(files, &self.token_file, MAX_FILE).map_err(|error| {
            let problem = format!("the token file {} cannot be read: {error}", self.token_file.display());
            CredentialsError::unusable(NAME, problem).caused_by(error)
        })?;
        match text.expose().trim() {
            "" => Err(unusable("is empty".into())),
            token => received::token("token", token).map_err(unusable),
        }
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let token = self.token(caller.files())?;
        let operation = sts::AssumeRoleWithWebIdentity::new(&self.role_arn, &self.role_session_name, token);
        let operation = self.duration.into_iter().fold(operation, sts::AssumeRoleWithWebIdentity::duration);
        Ok(caller.call(&operation, None).await?.credentials)
    }
}

impl Provider for WebIdentityProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}
