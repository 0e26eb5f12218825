use std::{fmt, time::Duration};

use http::{HeaderValue, Request, Response, Uri, header, uri::Scheme};
use serde::Deserialize;
use sigv4::Secret;

use super::{IdentityTokenSource, jwt};
use crate::{
    CredentialsError, Error,
    credentials::received,
    endpoint,
    providers::{Environment, local_service},
    runtime::{BoxFuture, Caller, Limits},
    wire::json::{self, Member},
};

/// Whose errors these are.
const NAME: &str = "GitHub Actions";
const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// What a workflow needs.
const PERMISSION: &str = "`permissions: { contents: read, id-token: write }`";
/// Of these, at most as many when no answer comes.
const ATTEMPTS: u32 = 3;
const LIMITS: Limits = Limits::new(Duration::from_secs(20));

/// Identity tokens of a job in GitHub Actions (or Forgejo's, which has the same interface), for roles that trust the
/// repository: no keys are kept anywhere.
///
/// The workflow or the job has to allow it: `permissions: { contents: read, id-token: write }`. A token lives for five
/// minutes, so that a new one is asked for with each session: three times if none comes, or after an answer with status
/// 429 or 5xx. What asks for it goes by https, or stays on this machine.
/// <https://docs.github.com/en/actions/deployment/security-hardening-your-deployments/about-security-hardening-with-openid-connect>
///
/// ```no_run
/// use sts3::{
///     Client,
///     providers::{Environment, GitHubToken, WebIdentityProvider},
/// };
///
/// let token = GitHubToken::from_environment(&Environment::from_process())?;
/// let role = WebIdentityProvider::with_source("arn:aws:iam::123456789012:role/ci", "nightly", token);
/// let client = Client::builder().region("eu-west-1").credentials(role).build()?;
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone)]
pub struct GitHubToken {
    url: Uri,
    request_token: Secret,
    audience: Option<String>,
}

impl fmt::Debug for GitHubToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubToken")
            .field("host", &self.url.host().unwrap_or_default())
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

impl GitHubToken {
    /// What `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` name, which the runner sets in jobs that may
    /// ask for tokens.
    ///
    /// # Errors
    /// [`Error::Credentials`]: one of them is not set (the message says what to add to the workflow), or the URL is none
    /// to which a token may be sent.
    pub fn from_environment(environment: &Environment) -> Result<Self, Error> {
        let variable = |name: &str| environment.get(name).ok_or_else(|| missing(environment, name));
        let url = variable(URL)?;
        let url: Uri = url.parse().map_err(|error| unusable(format!("{URL} is no URL: {error}")))?;
        let host = url.host().unwrap_or_default();
        let is_safe = match url.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => !host.is_empty(),
            Some(scheme) if *scheme == Scheme::HTTP => endpoint::is_loopback(host),
            _ => false,
        };
        if !is_safe {
            let host = host.escape_debug();
            return Err(unusable(format!("{URL} leads to `{host}` without TLS: it must be an https URL")));
        }
        let request_token =
            received::token(TOKEN, variable(TOKEN)?).map_err(|problem| unusable(format!("it {problem}")))?;
        Ok(Self { url, request_token, audience: None })
    }

    /// For whom the tokens are: the audience (client ID) of the identity provider in IAM. `sts.amazonaws.com` unless set;
    /// in China's regions `sts.amazonaws.com.cn`.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    fn request(&self, audience: &str) -> Result<Request<Vec<u8>>, Error> {
        // The URL has a query already, which is kept as it is.
        let separator = if self.url.query().is_some() { '&' } else { '?' };
        let audience = sigv4::percent_encode(audience);
        let url = format!("{}{separator}audience={audience}", self.url);
        let url: Uri = url.parse().map_err(|error| unusable(format!("{URL} is no URL: {error}")))?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", self.request_token.expose()))
            .map_err(|_| unusable(format!("{TOKEN} has characters that no header can hold")))?;
        authorization.set_sensitive(true);
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = url;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        Ok(request)
    }

    async fn get(&self, caller: &Caller) -> Result<Secret, Error> {
        let region = caller.endpoint().region().as_str();
        let usual = if region.starts_with("cn-") { "sts.amazonaws.com.cn" } else { "sts.amazonaws.com" };
        let audience = self.audience.as_deref().unwrap_or(usual);
        let request = || self.request(audience);
        let answer = local_service::ask(caller, "identity token", LIMITS, ATTEMPTS, None, request).await?;
        match answer {
            Ok(answer) if answer.status().is_success() => {
                read(answer.body()).map_err(|problem| unusable(format!("the answer {problem}")))
            }
            Ok(answer) => Err(refused(&answer, audience)),
            Err(error) => {
                let problem = format!("no identity token came in {ATTEMPTS} attempts: {error}");
                Err(CredentialsError::unusable(NAME, problem).caused_by(error).into())
            }
        }
    }
}

/// The variables are set by the runner, if the workflow allows it.
fn missing(environment: &Environment, name: &str) -> Error {
    let is_job = ["GITHUB_ACTIONS", "FORGEJO_ACTIONS", "GITEA_ACTIONS"]
        .into_iter()
        .any(|marker| environment.get(marker) == Some("true"));
    unusable(if is_job {
        format!(
            "this job may not ask for identity tokens ({name} is not set): add {PERMISSION} to the job or the workflow (a \
             workflow that is called needs it from its caller, too; a pull request from a fork may be refused it)"
        )
    } else {
        format!("{name} is not set: runners set it in jobs with {PERMISSION}, and this seems to be none")
    })
}

fn refused(answer: &Response<Vec<u8>>, audience: &str) -> Error {
    let said = local_service::refusal(answer, "");
    let why = match answer.status().as_u16() {
        401 | 403 => format!(
            ": the job's right to ask has ended (some six hours after its start, and with the job), or its workflow lacks \
             {PERMISSION}"
        ),
        400 | 422 => format!(": look at the audience, which is `{}`", audience.escape_debug()),
        429 => " in each of its tries: too many jobs ask at once, try again later".into(),
        500.. => " in each of its tries: see https://www.githubstatus.com, or try again later".into(),
        _ => String::new(),
    };
    unusable(format!("the request for an identity token was refused: the service {said}{why}"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    value: Member<Secret>,
}

/// What is wrong is said without a quotation.
fn read(body: &[u8]) -> Result<Secret, String> {
    let answer: Answer = json::parse(body)?;
    let token = received::token("value", answer.value.required("value")?)?;
    jwt::check(token.expose()).map_err(|problem| format!("has a `value` that is no JWT: {problem}"))?;
    Ok(token)
}

fn unusable(problem: String) -> Error {
    CredentialsError::unusable(NAME, problem).into()
}

impl IdentityTokenSource for GitHubToken {
    fn token<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(self.get(caller))
    }
}
