use std::time::Duration;

use http::{HeaderValue, Method, Request, StatusCode, Uri};

use super::{
    Environment, Provider,
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
        if environment.get("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"))
        {
            return Ok(None);
        }
        let number = |variable: &str| match environment.get(variable) {
            None => Ok(1),
            Some(text) => {
                text.parse::<u32>().ok().filter(|number| (1..=60).contains(number)).ok_or_else(|| {
                    unusable(format!(
                        "{variable} is `{}`: a number from 1 to 60 is needed",
                        text.escape_debug()
                    ))
                })
            }
        };
        let given = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        let older = environment.get("AWS_IMDS_USE_IPV6").filter(|text| text.eq_ignore_ascii_case("true"));
        let mode = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").or(older.map(|_| "IPv6"));
        let endpoint = match (given, mode) {
            (Some(url), _) => url.trim_end_matches('/'),
            (None, Some(mode)) if mode.eq_ignore_ascii_case("IPv6") => IPV6,
            (None, Some(mode)) if !mode.eq_ignore_ascii_case("IPv4") => {
                let mode = mode.escape_debug();
                return Err(unusable(format!(
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is `{mode}`: it can be IPv4 or IPv6"
                )));
            }
            (None, _) => IPV4,
        };
        Ok(Some(Self {
            endpoint: endpoint.to_owned(),
            timeout: Duration::from_secs(number("AWS_METADATA_SERVICE_TIMEOUT")?.into()),
            attempts: number("AWS_METADATA_SERVICE_NUM_ATTEMPTS")?,
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
            .map_err(|error| unusable(format!("AWS_EC2_METADATA_SERVICE_ENDPOINT is no URL: {error}")))?;
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
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::runtime::testing;

    /// What an instance gives at noon whose credentials end at the given time.
    async fn expiration(end: &'static str) -> time::OffsetDateTime {
        let (caller, _) = testing::caller(move |path| match path {
            TOKEN => "session".to_owned(),
            ROLES => "role\n".to_owned(),
            _ => format!(r#"{{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"{end}"}}"#),
        });
        let provider = InstanceMetadataProvider::from_environment(&Environment::default()).unwrap().unwrap();
        provider.credentials(&caller).await.unwrap().expiration().unwrap()
    }

    #[tokio::test]
    async fn expired_credentials_of_an_instance_last_ten_to_fifteen_minutes_more() {
        assert_eq!(expiration("2026-11-24T12:00:01Z").await, datetime!(2026-11-24 12:00:01 UTC));
        let extended = expiration("2026-11-24T11:00:00Z").await;
        let window = datetime!(2026-11-24 12:10 UTC)..datetime!(2026-11-24 12:15 UTC);
        assert!(window.contains(&extended), "{extended}");
    }

    #[tokio::test]
    async fn a_session_token_that_is_none_is_refused_before_it_is_sent() {
        for token in ["", " \n", "a b", "a\u{2019}"] {
            let (caller, _) = testing::caller(move |path| match path {
                TOKEN => token.to_owned(),
                _ => panic!("asked with a session token that is none: {token:?}"),
            });
            let provider =
                InstanceMetadataProvider::from_environment(&Environment::default()).unwrap().unwrap();
            let problem = provider.credentials(&caller).await.unwrap_err().to_string();
            assert!(problem.contains("`session token`"), "{problem}");
        }
    }

    #[tokio::test]
    async fn a_busy_service_is_asked_again_within_one_attempt_of_the_setting() {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let (caller, _) = testing::playing(move |request| {
            let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let body = match request.uri().path() {
                // Each of the three requests is refused once.
                _ if number.is_multiple_of(2) => {
                    return Ok(http::Response::builder().status(503).body(Vec::new()).unwrap());
                }
                TOKEN => "session",
                ROLES => "role",
                _ => r#"{"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t"}"#,
            };
            Ok(http::Response::new(body.as_bytes().to_vec()))
        });
        let provider = InstanceMetadataProvider::from_environment(&Environment::default()).unwrap().unwrap();
        assert_eq!(provider.credentials(&caller).await.unwrap().access_key_id(), "A");
    }

    #[test]
    fn a_role_s_name_cannot_lead_elsewhere() {
        assert_eq!(role_name(b"my-role_1+=,.@\nsecond").unwrap(), "my-role_1+=,.@");
        for bad in ["", "\nx", "a/b", "..", ".", "a?b", "a b", "a\0", "%2e", "\u{e9}"] {
            assert!(role_name(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(role_name(&[b'a'; 129]).is_err());
    }

    #[test]
    fn ipv6_is_asked_for_in_either_way() {
        for (name, value, expected) in [
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6", IPV6),
            ("AWS_IMDS_USE_IPV6", "true", IPV6),
            ("AWS_IMDS_USE_IPV6", "false", IPV4),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4", IPV4),
        ] {
            let environment = [(name.to_owned(), value.to_owned())].into_iter().collect();
            let metadata = InstanceMetadataProvider::from_environment(&environment).unwrap().unwrap();
            assert_eq!(metadata.endpoint, expected, "{name}={value}");
        }
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        for (name, value) in [
            ("AWS_METADATA_SERVICE_TIMEOUT", "0"),
            ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "many"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"),
        ] {
            let environment = [(name.to_owned(), value.to_owned())].into_iter().collect();
            let problem = InstanceMetadataProvider::from_environment(&environment).unwrap_err().to_string();
            assert!(problem.contains(name) && problem.contains(value), "{problem}");
        }
    }
}
