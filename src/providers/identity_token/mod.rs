//! Where identity tokens (JWTs of OpenID Connect) come from, for [`WebIdentityProvider`](super::WebIdentityProvider).
//!
//! Here: the trait, a file and a variable. `github` asks GitHub Actions for a token; `jwt` reads what a token says of
//! itself, for messages.

mod github;
pub(super) mod jwt;

use std::{fmt, path::PathBuf};

use sigv4::Secret;

pub use self::github::GitHubToken;
use super::{Environment, files};
use crate::{
    CredentialsError, Error,
    credentials::received,
    runtime::{BoxFuture, Caller, Files},
};

/// Whose errors these are.
const NAME: &str = "web identity";
/// STS takes tokens of 20,000 characters; white space may stand around one.
const MAX_FILE: u64 = 24 * 1024;

/// Gives an identity token when asked.
///
/// It is asked for each session anew, because tokens live for minutes and sessions for hours.
///
/// One of your own, for a CI system that gives tokens by a program:
///
/// ```
/// use std::time::Duration;
/// use sts3::{
///     CredentialsError, Error,
///     providers::{IdentityTokenSource, WebIdentityProvider},
///     runtime::{BoxFuture, Caller},
///     sigv4::Secret,
/// };
/// # async fn agent(_: &str) -> Result<String, std::io::Error> { Ok("eyJhbGciOi.eyJpc3MiOi.c2ln".into()) }
///
/// #[derive(Debug)]
/// struct Agent;
///
/// impl IdentityTokenSource for Agent {
///     fn token<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Secret, Error>> {
///         Box::pin(async {
///             let printed = agent("oidc request-token --audience sts.amazonaws.com").await;
///             Ok(printed
///                 .map_err(|error| CredentialsError::unusable("agent", error.to_string()).caused_by(error))?
///                 .into())
///         })
///     }
/// }
///
/// let role = WebIdentityProvider::with_source("arn:aws:iam::123456789012:role/ci", "build-42", Agent)
///     .duration(Duration::from_secs(3600));
/// ```
pub trait IdentityTokenSource: fmt::Debug + Send + Sync {
    /// The token to use now. The future may be dropped at any point.
    ///
    /// # Errors
    /// There is none.
    fn token<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Secret, Error>>;

    /// What to tell somebody whose token STS has refused as ended: why this source has no newer one. Nothing, unless
    /// said.
    fn no_newer_token(&self) -> Option<String> {
        None
    }
}

/// The token in a file of at most 24 KiB, which its owner replaces while it lasts: it is read anew each time.
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
    /// The token may be of another kind (an access token of OAuth 2.0).
    is_any: bool,
}

impl TokenFile {
    /// A file with a JWT. White space around it is left out.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), is_any: false }
    }

    /// A file with a token of any kind, as the settings for SDKs name it.
    pub(super) fn any(path: PathBuf) -> Self {
        Self { path, is_any: true }
    }

    fn read(&self, files: &dyn Files) -> Result<Secret, Error> {
        let unusable = |problem: String| {
            let problem = format!("the token file {} {problem}", self.path.display());
            Error::from(CredentialsError::unusable(NAME, problem))
        };
        let text = files::read_text(files, &self.path, MAX_FILE).map_err(|error| {
            let problem = format!("the token file {} cannot be read: {error}", self.path.display());
            CredentialsError::unusable(NAME, problem).caused_by(error)
        })?;
        let token = match text.expose().trim() {
            "" => return Err(unusable("is empty".into())),
            token => received::token("token", token).map_err(unusable)?,
        };
        if !self.is_any {
            jwt::check(token.expose()).map_err(|problem| unusable(format!("holds no JWT: {problem}")))?;
        }
        Ok(token)
    }
}

impl IdentityTokenSource for TokenFile {
    fn token<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async { self.read(caller.files()) })
    }

    fn no_newer_token(&self) -> Option<String> {
        Some(format!("whoever writes {} has not renewed it", self.path.display()))
    }
}

/// The token in an environment variable, as GitLab, CircleCI, Bitbucket and HCP Terraform give it to their jobs. It
/// stays the same for the life of the process.
#[derive(Clone)]
pub struct TokenVariable {
    name: String,
    token: Option<Secret>,
    hint: &'static str,
}

impl fmt::Debug for TokenVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVariable").field("name", &self.name).finish_non_exhaustive()
    }
}

impl TokenVariable {
    /// The variable of this name.
    pub fn new(environment: &Environment, name: impl Into<String>) -> Self {
        let name = name.into();
        let (token, hint) = (environment.get(&name).map(Secret::from), hint(environment, &name));
        Self { name, token, hint }
    }

    fn read(&self) -> Result<Secret, Error> {
        let unusable = |problem: String| {
            let problem = format!("the variable {} {problem}", self.name.escape_debug());
            Error::from(CredentialsError::unusable(NAME, problem))
        };
        let Some(token) = &self.token else {
            return Err(unusable(format!("is not set or empty{}", self.hint)));
        };
        let token = received::token("token", token.expose().trim()).map_err(unusable)?;
        jwt::check(token.expose()).map_err(|problem| unusable(format!("holds no JWT: {problem}")))?;
        Ok(token)
    }
}

impl IdentityTokenSource for TokenVariable {
    fn token<'a>(&'a self, _caller: &'a Caller) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async { self.read() })
    }

    fn no_newer_token(&self) -> Option<String> {
        let name = self.name.escape_debug();
        Some(format!(
            "the variable {name} keeps the token with which the job began: assume roles early in the job"
        ))
    }
}

/// What sets the variable, where it is known.
fn hint(environment: &Environment, name: &str) -> &'static str {
    if name.starts_with("TFC_WORKLOAD_IDENTITY_TOKEN") {
        ": HCP Terraform sets it where TFC_WORKLOAD_IDENTITY_AUDIENCE is set"
    } else if name == "BITBUCKET_STEP_OIDC_TOKEN" {
        ": Bitbucket sets it in steps with `oidc: true`"
    } else if environment.get("GITLAB_CI").is_some() {
        ": in GitLab, the job names it under `id_tokens`, with `aud: sts.amazonaws.com`"
    } else {
        ""
    }
}
