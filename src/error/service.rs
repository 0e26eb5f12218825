use std::fmt;

use sigv4::{Explanation, Secret, SignedTexts, SigningSteps, Timestamp};

use crate::credentials::Credentials;

use super::plain::plain;

/// An answer that refuses, as the service wrote it.
///
/// Codes are kept verbatim. Different servers use different codes for the same fault: an altered session
/// token is `InvalidToken` on AWS and moto, `InvalidArgument` on Ceph, `InvalidAccessKeyId` on SeaweedFS.
///
/// ```
/// use sts3::{Remedy, ServiceError};
///
/// let error = ServiceError::from_text("<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>");
/// assert_eq!(error.code, "ExpiredToken");
/// assert_eq!(error.remedy(), Some(Remedy::RenewCredentials));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// The operation that was refused, `AssumeRole`.
    pub operation: String,
    /// `AccessDenied`, `ExpiredToken`, …; the HTTP status in digits if the answer had no error document, as
    /// answers to HEAD never do.
    pub code: String,
    /// The service's words. May be empty.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// `x-amz-request-id` or `RequestId`.
    pub request_id: Option<String>,
    /// `x-amz-id-2` or `HostId`.
    pub host_id: Option<String>,
    /// The region where the bucket really is.
    pub region: Option<String>,
    /// What the service signed, when it says so: in `SignatureDoesNotMatch`. A text that is too large to be
    /// compared ([`Explanation::MAX_TEXT`]) is cut, here and below.
    pub canonical_request: Option<String>,
    /// The service's string to sign, when it says so.
    pub string_to_sign: Option<String>,
    /// The signature that it received, when it says so.
    pub signature_provided: Option<String>,
    /// When the request says that it was signed, if the clock is the reason.
    pub request_time: Option<Timestamp>,
    /// What time the service says it is.
    pub server_time: Option<Timestamp>,
    /// What is known here beside the service's words; no secret.
    pub(crate) note: Option<String>,
    /// What we signed, where the service refused that: needed only if somebody asks why.
    pub(crate) signed: Option<Box<SigningSteps>>,
    /// What is wrong with the keys that signed, as far as it can be seen without knowing them.
    pub(crate) key_fault: Option<KeyFault>,
}

/// What can be seen of keys that a service refuses. AWS names its keys by their kind: `AKIA…` for a user's own, `ASIA…` for those
/// of a session (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// A user's own key, and a session token beside it, which must be left over from another key.
    TokenBesideLongLivedKey,
    /// A session's key without its token.
    NoTokenBesideSessionKey,
    /// A blank at the beginning or end.
    Blank,
}

impl KeyFault {
    pub(crate) fn of(credentials: &Credentials) -> Option<Self> {
        let (id, token) = (credentials.access_key_id(), credentials.session_token().map(Secret::expose));
        let texts = [Some(id), Some(credentials.secret_access_key().expose()), token];
        if texts.into_iter().flatten().any(|text| text.trim() != text) {
            return Some(Self::Blank);
        }
        match token {
            Some(_) if id.starts_with("AKIA") => Some(Self::TokenBesideLongLivedKey),
            None if id.starts_with("ASIA") => Some(Self::NoTokenBesideSessionKey),
            _ => None,
        }
    }
}

/// The retry classes of the SDKs' standard mode. Whole codes are compared: IAM's `LimitExceeded` is a quota,
/// not throttling.
const THROTTLES: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
const TRANSIENT: &[&str] =
    &["IDPCommunicationError", "InternalError", "RequestTimeout", "RequestTimeoutException"];
#[cfg(feature = "providers")]
const UNKNOWN: &[&str] =
    &["InvalidAccessKeyId", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException"];
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"];

/// Characters of a message that are shown; the longest of AWS (an encoded authorization message) has some two
/// thousand.
const MAX_SHOWN: usize = 4_000;
/// Characters of a code and of a request's id that are shown. The longest have some eighty.
const MAX_NAME: usize = 200;

impl ServiceError {
    /// With what is known here beside the service's words.
    #[cfg(feature = "providers")]
    pub(crate) fn with_note(mut self, note: String) -> Self {
        self.note = Some(note);
        self
    }

    pub(crate) fn is_throttle(&self) -> bool {
        self.status == 429 || THROTTLES.contains(&self.code.as_str())
    }

    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.status, 500 | 502 | 503 | 504) || TRANSIENT.contains(&self.code.as_str())
    }

    pub(crate) fn is_expired_credentials(&self) -> bool {
        EXPIRED.contains(&self.code.as_str())
    }

    #[cfg(feature = "providers")]
    pub(crate) fn is_unknown_key(&self) -> bool {
        UNKNOWN.contains(&self.code.as_str())
    }

    /// What the service says that it signed.
    pub fn signed_texts(&self) -> SignedTexts<'_> {
        let mut texts = SignedTexts::new();
        if let Some(text) = &self.canonical_request {
            texts = texts.canonical_request(text);
        }
        if let Some(text) = &self.string_to_sign {
            texts = texts.string_to_sign(text);
        }
        if let Some(hex) = &self.signature_provided {
            texts = texts.signature(hex);
        }
        texts
    }

    /// Whether the service refused the signature itself.
    pub fn is_signature_mismatch(&self) -> bool {
        matches!(self.code.as_str(), "SignatureDoesNotMatch" | "InvalidSignatureException")
    }

    /// Whether [`explanation`](Self::explanation) has something to say: the service refused a signature of ours.
    pub fn is_explicable(&self) -> bool {
        self.signed.is_some()
    }

    /// For `SignatureDoesNotMatch`: how what the service signed differs from what we signed. It is made when it is
    /// asked for, in a time that is linear in texts of bounded size ([`Explanation::MAX_TEXT`]).
    pub fn explanation(&self) -> Option<Explanation> {
        self.signed.as_deref().map(|steps| self.explain(&SignedTexts::from(steps)))
    }

    /// Compare what was signed with what the service says that it signed.
    pub fn explain(&self, ours: &SignedTexts<'_>) -> Explanation {
        let explanation = Explanation::compare(ours, &self.signed_texts());
        match self.request_time.zip(self.server_time) {
            Some((signed_at, server_time)) => explanation.with_clock(signed_at, server_time),
            None => explanation,
        }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All but the operation and the status is outside input.
        let code = plain(&self.code, MAX_NAME);
        write!(f, "{} was refused: {code} (HTTP {})", self.operation, self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", plain(&self.message, MAX_SHOWN).trim())?;
        }
        if let Some(note) = &self.note {
            write!(f, " ({note})")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " [request {}]", plain(id, MAX_NAME)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ServiceError {
    /// Without the canonical request, which may hold a session token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("operation", &self.operation)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("host_id", &self.host_id)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
