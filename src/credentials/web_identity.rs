use std::{fs::File, io::Read, path::PathBuf};

use sigv4::Secret;

use super::{BoxFuture, Credentials, Provider};
use crate::{CredentialsError, Error, sts, transport::Caller};

/// The longest token that STS takes.
const MAX_TOKEN: u64 = 20_000;

/// Credentials of a role for whoever holds the identity token in a file: pods in Kubernetes, jobs in CI.
///
/// The file is read anew for each call, because its owner replaces the token while it lasts.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html>
#[derive(Clone, Debug)]
pub struct WebIdentity {
    role_arn: String,
    role_session_name: String,
    token_file: PathBuf,
}

impl WebIdentity {
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
        }
    }

    fn token(&self) -> Result<Secret, Error> {
        let unusable = |problem: String| {
            let problem = format!("the token file {} {problem}", self.token_file.display());
            Error::from(CredentialsError::Unusable { provider: "web identity", problem })
        };
        let mut text = String::new();
        File::open(&self.token_file)
            .and_then(|file| file.take(MAX_TOKEN + 2).read_to_string(&mut text))
            .map_err(|error| unusable(format!("cannot be read: {error}")))?;
        match text.trim() {
            "" => Err(unusable("is empty".into())),
            token => Ok(Secret::from(token)),
        }
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let operation =
            sts::AssumeRoleWithWebIdentity::new(&self.role_arn, &self.role_session_name, self.token()?);
        Ok(caller.call(&operation, None).await?.credentials)
    }
}

impl Provider for WebIdentity {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}
