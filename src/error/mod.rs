//! One error for the whole crate, in two families: the service answered and refused ([`Error::Service`]), or
//! something on our side failed before a usable answer (all others).

mod cause;
mod credentials;
mod listing;
mod origin;
mod plain;
mod refusal;
mod remedy;
mod service;
mod transport;

use std::fmt;

use self::plain::{MAX_PROBLEM, plain};
pub use cause::Cause;
pub use credentials::CredentialsError;
pub use listing::{ListingError, ListingFault};
pub use origin::Origin;
pub use remedy::Remedy;
pub(crate) use service::KeyFault;
pub use service::ServiceError;
pub use transport::{TransportError, TransportErrorKind};

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
            Self::Transport(error) => !error.is_final(),
            // A body cut in the middle is the usual reason for broken XML.
            Self::Parse(_) => true,
            Self::Credentials(_) | Self::InvalidInput(_) | Self::Listing(_) => false,
        }
    }

    /// The service asks for fewer requests.
    pub fn is_throttle(&self) -> bool {
        matches!(self, Self::Service(error) if error.is_throttle())
    }

    /// The credentials have expired (or the service no longer knows them): get new ones, then repeat the call.
    pub fn is_expired_credentials(&self) -> bool {
        match self {
            Self::Service(error) => error.is_expired_credentials(),
            Self::Credentials(CredentialsError::Expired { .. }) => true,
            _ => false,
        }
    }

    /// Whether other credentials of the same source may be accepted: these have expired, or they are temporary
    /// ones that the service does not know (those kept from an earlier run of a server that forgets).
    #[cfg(feature = "providers")]
    pub(crate) fn rejects_credentials(&self, refused: &Credentials) -> bool {
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

    /// What to do about it.
    ///
    /// ```
    /// use sts3::{Remedy, TransportError, TransportErrorKind};
    ///
    /// let error = sts3::Error::from(TransportError::new(TransportErrorKind::Tls, "s3.example", "unknown issuer"));
    /// assert_eq!(error.remedy(), Some(Remedy::TrustCertificate));
    /// ```
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Service(error) => error.remedy(),
            Self::Transport(error) => Some(error.remedy()),
            Self::Credentials(error) => error.remedy(),
            Self::Parse(_) => Some(Remedy::CheckIntermediaries),
            Self::InvalidInput(_) => None,
            Self::Listing(error) => Some(error.remedy()),
        }
    }

    /// Name an encoding that was not asked for, if the answer could not be read.
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

/// This error says what the one inside it says; so its source is that one's source: what the transport met, or what a
/// provider met.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => error.source(),
            Self::Credentials(error) => error.source(),
            Self::Service(_) | Self::Parse(_) | Self::InvalidInput(_) | Self::Listing(_) => None,
        }
    }
}

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

impl std::error::Error for ParseError {}
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
        write!(f, "could not read {}: {}", self.document, plain(&self.problem, MAX_PROBLEM))
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
    /// Where the value stands, if a shared file or a variable has it under another name than the parameter's.
    pub origin: Option<Origin>,
}

impl InvalidInput {
    /// For example `InvalidInput::new("DurationSeconds", "is 10: STS allows 900 to 43200 seconds")`.
    pub fn new(parameter: &'static str, problem: impl Into<String>) -> Self {
        Self { parameter, problem: problem.into(), origin: None }
    }

    /// The same with the place where the value stands.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.parameter, self.problem)?;
        match &self.origin {
            Some(origin) => write!(f, " ({origin})"),
            None => Ok(()),
        }
    }
}
