//! One error for the whole crate, in two families: the service answered and refused ([`Error::Service`]), or
//! something on our side failed before a usable answer (all others).

mod hint;
mod listing;
mod service;

use std::{fmt, time::Duration};

pub use listing::{ListingError, ListingFault};
pub use service::ServiceError;

#[cfg(feature = "providers")]
use crate::credentials::Credentials;

/// Why a call did not succeed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The service answered and refused.
    Service(Box<ServiceError>),
    /// The service could not be reached, or its answer did not arrive whole.
    Transport(TransportError),
    /// The answer arrived but could not be understood.
    Parse(ParseError),
    /// There are no usable credentials.
    Credentials(CredentialsError),
    /// A parameter is outside its limits; nothing was sent.
    InvalidInput(InvalidInput),
    /// A server lists in a way that leaves no complete listing.
    Listing(ListingError),
}

impl Error {
    /// The same request may succeed if it is sent again.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Service(error) => error.is_transient() || error.is_throttle(),
            Self::Transport(error) => {
                !matches!(error.kind, TransportErrorKind::Tls | TransportErrorKind::Proxy)
            }
            // A body cut in the middle is the usual reason for broken XML.
            Self::Parse(_) => true,
            Self::Credentials(_) | Self::InvalidInput(_) | Self::Listing(_) => false,
        }
    }

    /// The service asks for fewer requests.
    pub fn is_throttle(&self) -> bool {
        matches!(self, Self::Service(error) if error.is_throttle())
    }

    /// The credentials are over (or the service no longer knows them): get new ones, then repeat the call.
    pub fn is_expired_credentials(&self) -> bool {
        match self {
            Self::Service(error) => error.is_expired_credentials(),
            Self::Credentials(CredentialsError::Expired { .. }) => true,
            _ => false,
        }
    }

    /// Whether other credentials of the same source may be accepted: these are over, or they are temporary
    /// ones that the service does not know (those kept from an earlier run of a server that forgets).
    #[cfg(feature = "providers")]
    pub(crate) fn asks_for_new(&self, refused: &Credentials) -> bool {
        let is_unknown = self.as_service_error().is_some_and(ServiceError::is_unknown_key);
        self.is_expired_credentials() || (is_unknown && refused.session_token().is_some())
    }

    /// The service's own error, if it answered with one.
    pub fn as_service_error(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// What to do about it, in one line.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Service(error) => error.hint(),
            Self::Transport(error) => error.hint(),
            Self::Credentials(error) => error.hint(),
            Self::Parse(_) => Some(
                "the answer did not come from the service whole: check the endpoint URL and proxies in between",
            ),
            Self::InvalidInput(_) => None,
            Self::Listing(_) => None,
        }
    }

    /// Name an encoding that nobody asked for, if the answer could not be read.
    pub(crate) fn of_encoded_answer(mut self, encoding: Option<String>) -> Self {
        if let (Self::Parse(error), Some(encoding)) = (&mut self, encoding) {
            error.problem = format!("{} (it {encoding})", error.problem);
        }
        self
    }

    pub(crate) fn parse(document: &'static str, problem: impl Into<String>) -> Self {
        Self::Parse(ParseError { document, problem: problem.into() })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Parse(error) => error.fmt(f),
            Self::Credentials(error) => error.fmt(f),
            Self::InvalidInput(error) => error.fmt(f),
            Self::Listing(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

macro_rules! from_variant {
    ($($source:ty => $variant:ident),* $(,)?) => {$(
        impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self::$variant(error.into())
            }
        }
    )*};
}

from_variant! {
    ServiceError => Service,
    TransportError => Transport,
    ParseError => Parse,
    CredentialsError => Credentials,
    InvalidInput => InvalidInput,
    ListingError => Listing,
}

impl From<sigv4::Error> for Error {
    fn from(error: sigv4::Error) -> Self {
        Self::InvalidInput(InvalidInput::new("request", format!("cannot be signed: {error}")))
    }
}

/// A request that got no usable answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// At which step.
    pub kind: TransportErrorKind,
    /// The host and port that were tried.
    pub host: String,
    /// What the operating system or the TLS library said.
    pub problem: String,
}

/// At which step a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection (name resolution, refusal, unreachable network, none in time): nothing was sent.
    Connect,
    /// The other side's certificate or protocol version was not accepted.
    Tls,
    /// The environment names a proxy for this host that cannot be used: nothing was sent.
    Proxy,
    /// No answer within the time limit.
    Timeout,
    /// The connection ended, or the body was shorter than announced.
    Interrupted,
    /// The answer is larger than our limit.
    TooLarge,
    /// Not an HTTP response, or its headers exceed the limit.
    NotHttp,
}

impl TransportError {
    /// For transports.
    pub fn new(kind: TransportErrorKind, host: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { kind, host: host.into(), problem: problem.into() }
    }

    /// Whether the service may have received the request, and carried it out.
    pub fn may_have_been_sent(&self) -> bool {
        !matches!(
            self.kind,
            TransportErrorKind::Connect | TransportErrorKind::Tls | TransportErrorKind::Proxy
        )
    }

    fn hint(&self) -> Option<&'static str> {
        Some(match self.kind {
            TransportErrorKind::Connect => {
                "check the endpoint URL, the region's name, DNS and proxy settings"
            }
            TransportErrorKind::Tls => {
                "check the host name; give a private CA's certificate with --ca-bundle; a bare container needs the \
                 package ca-certificates"
            }
            TransportErrorKind::Proxy => {
                "set the variable to the URL of an HTTP proxy, or name the host in NO_PROXY"
            }
            TransportErrorKind::Timeout => {
                "the service or a proxy did not answer: try again, or allow more time"
            }
            TransportErrorKind::Interrupted => "the connection broke in mid-answer: try again",
            TransportErrorKind::TooLarge => "no AWS answer is this large: check the endpoint URL",
            TransportErrorKind::NotHttp => {
                "something else answers there: check the endpoint URL and its port"
            }
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.kind {
            TransportErrorKind::Connect | TransportErrorKind::Proxy => "could not connect to",
            TransportErrorKind::Tls => "could not agree on TLS with",
            TransportErrorKind::Timeout => "no answer in time from",
            TransportErrorKind::Interrupted => "lost the connection to",
            TransportErrorKind::TooLarge => "refused the answer of",
            TransportErrorKind::NotHttp => "could not understand the answer of",
        };
        write!(f, "{step} {}: {}", self.host, self.problem)
    }
}

impl std::error::Error for TransportError {}
impl std::error::Error for ParseError {}
impl std::error::Error for CredentialsError {}
impl std::error::Error for InvalidInput {}
impl std::error::Error for ServiceError {}

/// An answer that is not the document it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseError {
    /// The document that was expected.
    pub document: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl ParseError {
    /// For operations of one's own: `ParseError::new("ListQueuesResponse", "it has no QueueUrl")`.
    pub fn new(document: &'static str, problem: impl Into<String>) -> Self {
        Self { document, problem: problem.into() }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not read {}: {}", self.document, self.problem)
    }
}

/// Why there are no credentials to sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialsError {
    /// No provider has any; each entry says which one was asked and what it said.
    NotFound {
        /// Provider and reason, in the order asked.
        tried: Vec<String>,
    },
    /// The provider that should have them cannot give them.
    Unusable {
        /// Which provider.
        provider: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// They were good until a while ago, and nothing can renew them.
    Expired {
        /// How long ago they ended.
        ago: Duration,
    },
}

impl CredentialsError {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound { .. } => Some(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile or AWS_PROFILE",
            ),
            Self::Expired { .. } => Some("get new credentials; with --role-arn sts3 renews them by itself"),
            Self::Unusable { .. } => None,
        }
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried } => write!(f, "no credentials found; tried {}", tried.join("; ")),
            Self::Unusable { provider, problem } => write!(f, "{provider}: {problem}"),
            Self::Expired { ago } => {
                write!(f, "the credentials expired {} seconds ago", ago.as_secs())
            }
        }
    }
}

/// A parameter outside its limits.
///
/// ```
/// use sts3::{Error, Operation, sts::AssumeRole};
///
/// let Err(Error::InvalidInput(error)) = AssumeRole::new("reader", "nightly").request() else { panic!() };
/// assert_eq!(error.parameter, "RoleArn");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidInput {
    /// The parameter's name in the service's API.
    pub parameter: &'static str,
    /// The value's fault and the limit.
    pub problem: String,
}

impl InvalidInput {
    /// For example `InvalidInput::new("DurationSeconds", "is 10: STS allows 900 to 43200 seconds")`.
    pub fn new(parameter: &'static str, problem: impl Into<String>) -> Self {
        Self { parameter, problem: problem.into() }
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.parameter, self.problem)
    }
}
