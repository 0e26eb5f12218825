use std::fmt;

use http::{HeaderName, HeaderValue};
use sigv4::{Scope, SigningSteps};
use time::OffsetDateTime;

use super::{channel, sign};
use crate::{Error, InvalidInput, Operation, credentials::Credentials, endpoint::Endpoint};

/// A request that is signed and not sent, with every intermediate value of its signature: to send it by other means, or to see
/// why a service computes another one. For some minutes, whoever holds it can send it.
///
/// ```
/// use sts3::{Credentials, Endpoint, Region, SignedRequest, s3::GetObject};
/// # let now = time::OffsetDateTime::from_unix_timestamp(1_795_521_600).unwrap();
///
/// let endpoint = Endpoint::new(Region::new("eu-west-1")?);
/// let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// let signed = SignedRequest::new(&GetObject::new("logs", "a.csv"), &endpoint, &credentials, now)?;
/// assert!(signed.steps().canonical_request.starts_with("GET\n/a.csv\n"));
/// assert!(signed.request().headers().contains_key("authorization"));
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone)]
pub struct SignedRequest {
    request: http::Request<Vec<u8>>,
    added: Vec<HeaderName>,
    steps: SigningSteps,
    scope: Scope,
}

impl SignedRequest {
    /// Sign an operation's request at the time `now`, as a call would send it first; no I/O. `Client::sign` does it with a
    /// client's credentials and with what it has learned of regions and clocks.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a parameter is outside its limits, the operation is not a signed one, or the request would
    /// go by plain HTTP to another machine with long-lived keys or secrets.
    pub fn new<O: Operation>(
        operation: &O,
        endpoint: &Endpoint,
        credentials: &Credentials,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        if !operation.is_signed() {
            let problem = format!("{} goes out without a signature", operation.name());
            return Err(InvalidInput::new("operation", problem).into());
        }
        let service = operation.service();
        let target = endpoint.target(service.clone(), operation.bucket())?;
        let cargo = channel::Cargo {
            operation: operation.name(),
            service: service.clone(),
            carries_secrets: operation.carries_secrets(),
        };
        channel::check(&cargo, endpoint, &target, Some(credentials))?;
        sign::check(operation, endpoint)?;
        let signed = sign::signed_in_steps(operation.request()?, &target, &service, credentials, now)?;
        let sign::Signed { request, added, steps } = signed;
        Ok(Self { request, added, steps, scope: sign::scope(&target, &service) })
    }

    /// The request as it is sent.
    pub fn request(&self) -> &http::Request<Vec<u8>> {
        &self.request
    }

    /// The request alone, to send it.
    pub fn into_request(self) -> http::Request<Vec<u8>> {
        self.request
    }

    /// The headers that signing added: `x-amz-date`, `x-amz-content-sha256` (S3), `x-amz-security-token` (temporary
    /// credentials) and `authorization`.
    pub fn added_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.added.iter().filter_map(|name| Some((name, self.request.headers().get(name)?)))
    }

    /// The canonical request, the string to sign and the signature. They hold the session token, never the secret.
    pub fn steps(&self) -> &SigningSteps {
        &self.steps
    }

    /// The region and the service that it is signed for.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// Names only: the values of headers are credentials, a query or a body may be secret.
impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.request.headers().keys().map(HeaderName::as_str).collect();
        f.debug_struct("SignedRequest")
            .field("method", self.request.method())
            .field("path", &self.request.uri().path())
            .field("headers", &headers)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
