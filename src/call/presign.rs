use std::{fmt, time::Duration};

use http::{HeaderName, HeaderValue, Method, header};
use time::OffsetDateTime;

use super::{UnsignedRequest, channel, sign};
use crate::{Error, InvalidInput, Operation, credentials::Credentials, endpoint::Endpoint, wire::form};

/// A URL that carries its own signature: whoever holds it can make this one request, until it expires. Treat it like a
/// password; `Debug` masks the signature and the token.
///
/// ```
/// use std::time::Duration;
/// use sts3::{Credentials, Endpoint, PresignedUrl, Region, s3::GetObject};
/// # let now = time::OffsetDateTime::from_unix_timestamp(1_795_521_600).unwrap();
///
/// let endpoint = Endpoint::new(Region::new("eu-west-1")?);
/// let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// let url = PresignedUrl::new(&GetObject::new("logs", "a.csv"), &endpoint, &credentials, Duration::from_secs(60), now)?;
/// assert!(url.as_str().starts_with("https://logs.s3.eu-west-1.amazonaws.com/a.csv?X-Amz-Algorithm="));
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone)]
pub struct PresignedUrl {
    method: Method,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    expires_at: OffsetDateTime,
    ends_early: Option<OffsetDateTime>,
}

impl PresignedUrl {
    /// Presign an operation at the time `now`; no I/O. `Client::presign` does it with a client's credentials and with
    /// what it has learned of regions and clocks.
    ///
    /// `expires` is 1 second to 7 days, in whole seconds (a fraction is dropped). Operations whose request is a form
    /// (STS, IAM) become a `GET` with the form as query, as `aws eks get-token` has it. S3 leaves the body unsigned;
    /// other services take the operation's own body only.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a parameter or `expires` is outside its limits, the operation is not a signed one, or the
    /// request would go by plain HTTP to another machine with long-lived keys or secrets.
    pub fn new<O: Operation>(
        operation: &O,
        endpoint: &Endpoint,
        credentials: &Credentials,
        expires: Duration,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        Self::with_clock_offset(operation, endpoint, credentials, expires, now, 0)
    }

    /// The same for a service whose clock is so many seconds ahead of `now`.
    pub(crate) fn with_clock_offset<O: Operation>(
        operation: &O,
        endpoint: &Endpoint,
        credentials: &Credentials,
        expires: Duration,
        now: OffsetDateTime,
        offset: i64,
    ) -> Result<Self, Error> {
        if !operation.is_signed() {
            let problem = format!("{} is not signed: it cannot be presigned", operation.name());
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
        let unsigned = form_as_query(operation.request()?);
        let signed_at = now.checked_add(time::Duration::seconds(offset)).unwrap_or(now);
        let request = sign::addressed(unsigned, &target)?;
        let (request, query) =
            sign::presigned_query(request, &target, &service, credentials, expires, signed_at)?;
        let (parts, _) = request.into_parts();
        let scheme = if target.url.is_secure() { "https" } else { "http" };
        let url = format!("{scheme}://{}{}?{query}", target.url.authority(), parts.uri.path());
        let expires_at =
            now.checked_add(time::Duration::seconds(expires.as_secs().cast_signed())).unwrap_or(now);
        // A host that is the URL's own is sent by every client.
        let is_own_host = |name: &HeaderName, value: &HeaderValue| {
            *name == header::HOST && value.as_bytes() == target.url.authority().as_bytes()
        };
        let headers = parts.headers.iter().filter(|(name, value)| !is_own_host(name, value));
        Ok(Self {
            method: parts.method,
            url,
            headers: headers.map(|(name, value)| (name.clone(), value.clone())).collect(),
            expires_at,
            ends_early: credentials.expiration().filter(|end| *end < expires_at),
        })
    }

    /// The method to use.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The URL itself: a secret.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Headers that are signed, so that whoever uses the URL must send them as they are. Usually there are none.
    pub fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter().map(|(name, value)| (name, value))
    }

    /// When it stops working, unless [`ends_early`](Self::ends_early) says otherwise.
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }

    /// When the credentials end, if that is before: the URL ends with them.
    pub fn ends_early(&self) -> Option<OffsetDateTime> {
        self.ends_early
    }
}

/// A form moves from the body into the query: a URL has no body.
fn form_as_query(mut request: UnsignedRequest) -> UnsignedRequest {
    let is_form = |name: &HeaderName, value: &HeaderValue| {
        *name == header::CONTENT_TYPE && value.as_bytes() == form::CONTENT_TYPE.as_bytes()
    };
    if request.method != Method::POST || !request.headers.iter().any(|(name, value)| is_form(name, value)) {
        return request;
    }
    let Ok(form) = String::from_utf8(std::mem::take(&mut request.body)) else { return request };
    request.headers.retain(|(name, value)| !is_form(name, value));
    let separator = if request.query.is_empty() || form.is_empty() { "" } else { "&" };
    request.query = format!("{}{separator}{form}", request.query);
    request.method = Method::GET;
    request
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        // Of the parameters only names: those of the operation may be secrets, too.
        let names: Vec<_> = query.split('&').filter_map(|parameter| parameter.split('=').next()).collect();
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("PresignedUrl")
            .field("method", &self.method)
            .field("address", &address)
            .field("query", &names)
            .field("headers", &headers)
            .field("expires_at", &self.expires_at)
            .field("ends_early", &self.ends_early)
            .finish()
    }
}

/// With the feature `url`. What `url` would write differently, so that the signature would no longer fit, is an error:
/// it resolves `.` and `..` in paths, which are part of a key to S3.
#[cfg(feature = "url")]
impl TryFrom<&PresignedUrl> for url::Url {
    type Error = InvalidInput;

    fn try_from(presigned: &PresignedUrl) -> Result<Self, InvalidInput> {
        match Self::parse(presigned.as_str()) {
            Ok(url) if url.as_str() == presigned.as_str() => Ok(url),
            _ => Err(InvalidInput::new(
                "presigned URL",
                "would be changed by `url::Url`, which breaks its signature (`.` and `..` in a key): use its text",
            )),
        }
    }
}
