use std::{fmt, path::PathBuf, time::Duration};

use http::{HeaderValue, Request, Uri, header::AUTHORIZATION, uri::Scheme};
use sigv4::Secret;

use super::{
    Environment, Provider,
    document::{self, TokenName},
    local_service,
};
use crate::{Credentials, runtime::BoxFuture};
use crate::{
    CredentialsError, Error, endpoint,
    runtime::{Caller, Files, Limits},
};

/// Whose errors these are.
const NAME: &str = "container";
/// Where ECS answers `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`.
const ECS: &str = "http://169.254.170.2";
/// Without TLS, credentials come from these addresses (ECS, EKS Pod Identity) and from loopback only.
const ALLOWED: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
/// The largest token file that is read.
const MAX_TOKEN: u64 = 64 * 1024;
const ATTEMPTS: u32 = 3;
/// In place of the path, which is all that it takes to get the credentials in ECS.
const SHOWN_PATH: &str = "/...";
const LIMITS: Limits = Limits::direct(Duration::from_secs(1), Duration::from_secs(2));

/// Credentials of a container's task or pod, from the endpoint that its environment names.
///
/// A request has two seconds, and three tries a second apart when none came, or one with status 429 or 5xx. A future
/// that is dropped leaves nothing behind.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
///
/// `Debug` shows the host only: in ECS the path is all that it takes to get the credentials.
#[derive(Clone)]
pub struct ContainerProvider {
    url: Uri,
    authorization: Option<Authorization>,
}

#[derive(Clone)]
enum Authorization {
    Token(Secret),
    /// Read anew for each call, because its owner replaces the token while it lasts.
    File(PathBuf),
}

impl fmt::Debug for ContainerProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContainerProvider").field("host", &self.host()).finish_non_exhaustive()
    }
}

impl ContainerProvider {
    /// What `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, or else `AWS_CONTAINER_CREDENTIALS_FULL_URI`, names,
    /// with the token of `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    /// `None` if neither is set.
    ///
    /// # Errors
    /// [`Error::Credentials`]: the address is none, or none from which credentials may come.
    pub fn from_environment(environment: &Environment) -> Result<Option<Self>, Error> {
        // Templates leave blanks and line breaks around values.
        let get = |name| environment.get(name).map(str::trim).filter(|value| !value.is_empty());
        let url = match get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            Some(path) if path.starts_with('/') => format!("{ECS}{path}"),
            Some(_) => {
                return Err(unusable(
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not start with `/`".into(),
                ));
            }
            None => match get("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
                Some(url) => url.to_owned(),
                None => return Ok(None),
            },
        };
        let url: Uri = url
            .parse()
            .map_err(|error| unusable(format!("the address of the credentials is no URL: {error}")))?;
        check_host(&url)?;
        let file = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        let token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN");
        let authorization = file
            .map(|path| Authorization::File(path.into()))
            .or_else(|| token.map(|token| Authorization::Token(token.into())));
        Ok(Some(Self { url, authorization }))
    }

    fn request(&self, files: &dyn Files) -> Result<Request<Vec<u8>>, Error> {
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = self.url.clone();
        request.headers_mut().insert("accept", HeaderValue::from_static("application/json"));
        if let Some(authorization) = &self.authorization {
            let mut value = HeaderValue::from_str(authorization.token(files)?.expose())
                .map_err(|_| unusable("the authorization token has characters no header can hold".into()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Ok(request)
    }

    async fn get(&self, caller: &Caller) -> Result<Credentials, Error> {
        let request = || self.request(caller.files());
        match local_service::ask(caller, "container credentials", LIMITS, ATTEMPTS, Some(SHOWN_PATH), request)
            .await?
        {
            Ok(answer) if answer.status().is_success() => read(answer.body()),
            Ok(answer) => Err(unusable(format!("{} {}", self.host(), local_service::refusal(&answer, "")))),
            Err(error) => {
                let problem = format!("{error} ({ATTEMPTS} attempts)");
                Err(CredentialsError::unusable(NAME, problem).caused_by(error).into())
            }
        }
    }

    fn host(&self) -> &str {
        self.url.host().unwrap_or_default()
    }
}

impl Authorization {
    fn token(&self, files: &dyn Files) -> Result<Secret, Error> {
        match self {
            Self::Token(token) => Ok(token.clone()),
            Self::File(path) => {
                let broken = |problem: &str| unusable(format!("the token file {} {problem}", path.display()));
                let content = files.read(path, MAX_TOKEN).map_err(|error| {
                    let problem = format!("the token file {} cannot be read: {error}", path.display());
                    CredentialsError::unusable(NAME, problem).caused_by(error)
                })?;
                let text = str::from_utf8(&content).map_err(|_| broken("is not text"))?;
                match text.trim_end_matches(['\r', '\n']) {
                    "" => Err(broken("is empty: whoever writes it has not done so yet")),
                    token => Ok(Secret::from(token)),
                }
            }
        }
    }
}

/// Over TLS from any host with a valid certificate; otherwise only from this machine and its metadata addresses.
fn check_host(url: &Uri) -> Result<(), Error> {
    let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_allowed = match url.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => !host.is_empty(),
        Some(scheme) if *scheme == Scheme::HTTP => ALLOWED.contains(&host) || endpoint::is_loopback(host),
        _ => false,
    };
    if is_allowed {
        return Ok(());
    }
    let allowed = ALLOWED.join(", ");
    Err(unusable(format!(
        "`{}` may not give credentials: it must be https, a loopback address, or one of {allowed}",
        host.escape_debug()
    )))
}

pub(super) fn read(body: &[u8]) -> Result<Credentials, Error> {
    let broken = |problem: String| unusable(format!("the endpoint's answer {problem}"));
    document::parse(body).and_then(|document| document.credentials(TokenName::Token)).map_err(broken)
}

fn unusable(problem: String) -> Error {
    CredentialsError::unusable(NAME, problem).into()
}

impl Provider for ContainerProvider {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(self.get(caller))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{SystemFiles, testing};

    fn from(pairs: &[(&str, &str)]) -> Result<Option<ContainerProvider>, Error> {
        let pairs = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        ContainerProvider::from_environment(&pairs.collect())
    }

    // The hosts are those of the page above.
    #[test]
    fn credentials_come_from_allowed_hosts_only() {
        for (url, allowed) in [
            ("http://127.0.0.1:51679/x", true),
            ("http://localhost/x", true),
            ("http://[::1]:1/x", true),
            ("http://169.254.170.2/x", true),
            ("http://169.254.170.23/v1/credentials", true),
            ("http://[fd00:ec2::23]/v1/credentials", true),
            ("https://example.com/x", true),
            ("http://example.com/x", false),
            ("http://169.254.169.254/x", false),
            ("http://127.0.0.1.example.com/x", false),
            ("http://localhost.example.com/x", false),
            ("http://127.0.0.1@example.com/x", false),
            ("ftp://127.0.0.1/x", false),
            ("/relative", false),
        ] {
            let outcome = from(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]);
            assert_eq!(outcome.is_ok(), allowed, "{url}: {outcome:?}");
        }
    }

    #[test]
    fn the_relative_address_comes_first_and_stays_on_its_host() {
        let both = from(&[
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x?y=1"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"),
        ]);
        assert_eq!(both.unwrap().unwrap().url, "http://169.254.170.2/v2/credentials/x?y=1");
        assert!(from(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@example.com/x")]).is_err());
        assert!(from(&[]).unwrap().is_none());
    }

    #[test]
    fn a_token_that_would_break_the_header_is_refused_unquoted() {
        let container = from(&[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hush\r\nx: y"),
        ]);
        let container = container.unwrap().unwrap();
        let problem = container.request(&SystemFiles).unwrap_err().to_string();
        assert!(problem.contains("token") && !problem.contains("hush"), "{problem}");
        assert!(!format!("{container:?}").contains("hush"));
    }

    #[test]
    fn blanks_around_the_address_are_left_out_and_one_that_is_blank_counts_as_none() {
        for (name, value, expected) in [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", " http://127.0.0.1/x \n", "http://127.0.0.1/x"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x\r\n", "http://169.254.170.2/x"),
        ] {
            assert_eq!(from(&[(name, value)]).unwrap().unwrap().url, expected);
            assert!(from(&[(name, " ")]).unwrap().is_none());
        }
        assert!(from(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/a b")]).is_err());
    }

    #[test]
    fn a_token_file_that_is_empty_is_named() {
        let file = std::env::temp_dir().join(format!("sts3-container-token-{}", std::process::id()));
        for content in ["", "\n"] {
            std::fs::write(&file, content).unwrap();
            let container = from(&[
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap()),
            ]);
            let problem = container.unwrap().unwrap().request(&SystemFiles).unwrap_err().to_string();
            assert!(problem.contains(file.to_str().unwrap()) && problem.contains("is empty"), "{problem}");
        }
        std::fs::remove_file(file).unwrap();
    }

    fn at_noon(statuses: &'static [u16], body: &'static str) -> impl Future<Output = Result<String, String>> {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let (caller, _) = testing::playing(move |_| {
            let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let status = statuses.get(number).or(statuses.last()).copied().unwrap();
            Ok(http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap())
        });
        let container =
            from(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x")]).unwrap().unwrap();
        async move {
            let given = container.credentials(&caller).await;
            given.map(|keys| keys.access_key_id().to_owned()).map_err(|error| error.to_string())
        }
    }

    #[tokio::test]
    async fn a_busy_endpoint_is_asked_again_and_a_refusal_is_told_with_its_message() {
        let keys = r#"{"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t"}"#;
        assert_eq!(at_noon(&[429, 200], keys).await.unwrap(), "A");
        assert_eq!(at_noon(&[503, 500, 200], keys).await.unwrap(), "A");
        let refusal = r#"{"code": "InvalidTokenException", "message": "the token is stale"}"#;
        let said = at_noon(&[400, 200], refusal).await.unwrap_err();
        assert!(said.contains("127.0.0.1 answered HTTP 400: the token is stale"), "{said}");
        assert!(at_noon(&[429], "").await.unwrap_err().contains("HTTP 429"));
    }
    // In ECS whoever knows the path gets the credentials.
    #[tokio::test]
    async fn the_path_that_gives_the_credentials_is_not_told_to_an_observer() {
        use std::sync::{Arc, Mutex};

        let told = Arc::new(Mutex::new(String::new()));
        let heard = told.clone();
        let (caller, _) = testing::playing(|request| {
            let status = if request.uri().path() == "/v2/hush" { 403 } else { 404 };
            Ok(http::Response::builder().status(status).body(Vec::new()).unwrap())
        });
        let caller = caller.with_observer(Arc::new(move |event: &crate::runtime::Event<'_>| {
            heard.lock().unwrap().push_str(&format!("{event}\n{event:?}\n"));
        }));
        let container = from(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/v2/hush?hush")]);
        let problem = container.unwrap().unwrap().credentials(&caller).await.unwrap_err().to_string();
        let told = told.lock().unwrap();
        assert!(problem.contains("403") && !problem.contains("hush"), "{problem}");
        assert!(told.contains("127.0.0.1") && !told.contains("hush"), "{told}");
    }
}
