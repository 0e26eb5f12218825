use std::time::Duration;

use http::{HeaderValue, Method, Request, StatusCode, Uri};

use super::{
    Environment, Profile, Provider,
    document::{self, TokenName},
    local_service,
};
use crate::{
    Credentials, CredentialsError, Error, TransportErrorKind,
    credentials::received,
    runtime::{BoxFuture, Caller, Limits},
};

/// Whose errors these are.
const NAME: &str = "EC2 instance metadata";
const IPV4: &str = "http://169.254.169.254";
const IPV6: &str = "http://[fd00:ec2::254]";
const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
/// How long a session with the metadata service lives, in seconds: the most it allows.
const TOKEN_TTL: &str = "21600";
/// No answer is that large; a role's name is at most 64 characters.
const MAX_NAME: usize = 128;

/// Credentials of the role that an EC2 instance has, from its metadata service, version 2.
///
/// A request that gets no answer is repeated as often as the environment says (not at all unless set): most machines
/// have no such service. After an answer with status 429 or 5xx there are three tries in all, a second apart.
///
/// When the service still gives credentials that have expired (it cannot reach STS), they stay in use for
/// another 10 to 15 minutes, as the SDKs do: S3 may well accept them.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>
#[derive(Clone, Debug)]
pub struct InstanceMetadataProvider {
    endpoint: String,
    timeout: Duration,
    attempts: u32,
}

impl InstanceMetadataProvider {
    /// The service that the environment names (`AWS_EC2_METADATA_SERVICE_ENDPOINT`, `_ENDPOINT_MODE`, or the
    /// older `AWS_IMDS_USE_IPV6`), each request within `AWS_METADATA_SERVICE_TIMEOUT` seconds (1) and
    /// `AWS_METADATA_SERVICE_NUM_ATTEMPTS` (1). `None` with `AWS_EC2_METADATA_DISABLED=true`.
    ///
    /// # Errors
    /// [`Error::Credentials`]: a variable has no usable value.
    pub fn from_environment(environment: &Environment) -> Result<Option<Self>, Error> {
        Self::from_settings(environment, None)
    }

    /// The same, where a variable that is not set is looked for in a profile: `ec2_metadata_service_endpoint`,
    /// `ec2_metadata_service_endpoint_mode`, `imds_use_ipv6`, `metadata_service_timeout`, `metadata_service_num_attempts`.
    /// An endpoint counts before a mode, wherever each of them stands.
    ///
    /// # Errors
    /// [`Error::Credentials`]: a variable or setting has no usable value.
    pub fn from_settings(
        environment: &Environment,
        profile: Option<&Profile>,
    ) -> Result<Option<Self>, Error> {
        if is_disabled(environment) {
            return Ok(None);
        }
        let setting = |variable: &'static str, key: &'static str| -> Option<(&'static str, &str)> {
            let own = environment
                .get(variable)
                .map(|value| (variable, value.trim()))
                .filter(|(_, value)| !value.is_empty());
            let own =
                own.or_else(|| profile.and_then(|profile| profile.get(key)).map(|value| (key, value.trim())));
            own.filter(|(_, value)| !value.is_empty())
        };
        let number = |variable, key| match setting(variable, key) {
            None => Ok(1),
            Some((name, text)) => {
                let number = text.parse::<u32>().ok().filter(|number| (1..=60).contains(number));
                number.ok_or_else(|| wrong(name, text, "a number from 1 to 60 is needed"))
            }
        };
        let given = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
        let mode = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
        let older = setting("AWS_IMDS_USE_IPV6", "imds_use_ipv6").filter(|(_, text)| is_true(text));
        let endpoint = match (given, mode.or(older.map(|(name, _)| (name, "IPv6")))) {
            (Some((name, url)), _) if !is_url(url) => {
                return Err(wrong(name, url, "an http or https URL is needed"));
            }
            (Some((_, url)), _) => url.trim_end_matches('/'),
            (None, Some((_, mode))) if mode.eq_ignore_ascii_case("IPv6") => IPV6,
            (None, Some((name, mode))) if !mode.eq_ignore_ascii_case("IPv4") => {
                return Err(wrong(name, mode, "it can be IPv4 or IPv6"));
            }
            (None, _) => IPV4,
        };
        let timeout = number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout")?;
        Ok(Some(Self {
            endpoint: endpoint.to_owned(),
            timeout: Duration::from_secs(timeout.into()),
            attempts: number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")?,
        }))
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let ttl = HeaderValue::from_static(TOKEN_TTL);
        let session =
            self.send(caller, Method::PUT, TOKEN, ("x-aws-ec2-metadata-token-ttl-seconds", ttl)).await?;
        let session = String::from_utf8_lossy(session.trim_ascii()).into_owned();
        let session = received::token("session token", session)
            .map_err(|problem| unusable(format!("its answer {problem}")))?;
        let mut session = HeaderValue::from_str(session.expose())
            .map_err(|_| unusable("its session token has characters no header can hold".into()))?;
        session.set_sensitive(true);
        let header = ("x-aws-ec2-metadata-token", session);
        let role = self.send(caller, Method::GET, ROLES, header.clone()).await?;
        let path = format!("{ROLES}{}", role_name(&role)?);
        let document = self.send(caller, Method::GET, &path, header).await?;
        Ok(stable(read(&document)?, caller))
    }

    /// One request, with its time limit and repetitions.
    async fn send(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        (name, value): (&'static str, HeaderValue),
    ) -> Result<Vec<u8>, Error> {
        let url: Uri = format!("{}{path}", self.endpoint)
            .parse()
            .map_err(|error| unusable(format!("the service's endpoint makes no URL: {error}")))?;
        let request = || {
            let mut request = Request::new(Vec::new());
            *request.method_mut() = method.clone();
            *request.uri_mut() = url.clone();
            request.headers_mut().insert(name, value.clone());
            Ok(request)
        };
        let limits = Limits::direct(self.timeout, self.timeout);
        match local_service::ask(caller, "instance metadata", limits, self.attempts, None, request).await? {
            Ok(answer) if answer.status() == StatusCode::OK => Ok(answer.into_body()),
            Ok(answer) if answer.status() == StatusCode::NOT_FOUND && path == ROLES => {
                Err(unusable("no role is attached to this instance".into()))
            }
            Ok(answer) => {
                Err(unusable(format!("it {}", local_service::refusal(&answer, &format!(" to {path}")))))
            }
            // The answer to the PUT does not get past a container's network at the default hop limit of 1.
            Err(error) if error.kind == TransportErrorKind::Timeout => {
                let problem = format!(
                    "{} gave no answer within {} s (in a container on EC2: set the instance's metadata hop limit to 2)",
                    url.host().unwrap_or_default(),
                    self.timeout.as_secs()
                );
                Err(CredentialsError::unusable(NAME, problem).caused_by(error).into())
            }
            Err(error) => Err(CredentialsError::unusable(NAME, error.to_string()).caused_by(error).into()),
        }
    }
}

/// Whether the environment forbids it.
pub(super) fn is_disabled(environment: &Environment) -> bool {
    environment.get("AWS_EC2_METADATA_DISABLED").is_some_and(is_true)
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

fn is_url(text: &str) -> bool {
    let url = text.parse::<Uri>();
    url.is_ok_and(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.query().is_none())
}

fn wrong(name: &str, value: &str, needed: &str) -> Error {
    unusable(format!("{name} is `{}`: {needed}", value.escape_debug()))
}

/// The first line; it becomes part of a path.
pub(super) fn role_name(answer: &[u8]) -> Result<&str, Error> {
    let line = answer.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    let is_named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(byte);
    match std::str::from_utf8(line) {
        Ok(name)
            if (1..=MAX_NAME).contains(&name.len())
                && line.iter().all(is_named)
                && !name.trim_matches('.').is_empty() =>
        {
            Ok(name)
        }
        _ => Err(unusable("it gave no role's name".into())),
    }
}

pub(super) fn read(body: &[u8]) -> Result<Credentials, Error> {
    let broken = |problem: String| unusable(format!("its answer {problem}"));
    let document = document::parse(body).map_err(broken)?;
    // It refuses with status 200.
    match document.code.get().map(String::as_str) {
        None | Some("Success") => document.credentials(TokenName::Token).map_err(broken),
        Some(code) => {
            let message = document.message.get().map(String::as_str).unwrap_or_default();
            Err(unusable(format!("it refused: {} {}", code.escape_debug(), message.escape_debug())))
        }
    }
}

/// Static stability: see [`InstanceMetadataProvider`].
fn stable(credentials: Credentials, caller: &Caller) -> Credentials {
    let now = caller.sts_now();
    match credentials.expiration() {
        Some(end) if end <= now => {
            let seconds = 600 + caller.seed() % 300;
            let extended = now + Duration::from_secs(seconds);
            credentials.with_expiration(extended)
        }
        _ => credentials,
    }
}

fn unusable(problem: String) -> Error {
    CredentialsError::unusable(NAME, problem).into()
}

impl Provider for InstanceMetadataProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}

#[cfg(test)]
mod tests;
