use alloc::string::String;
use core::{fmt, time::Duration};

use crate::Timestamp;

/// Why a received request is refused: exactly which part of its signature does not hold.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// There is neither an `Authorization` header nor a signed query: an anonymous request.
    NotSigned,
    /// Both the header and the query are signed.
    SignedTwice,
    /// An algorithm that is not known here (SigV4a needs the feature `v4a`).
    UnsupportedAlgorithm {
        /// What was sent.
        algorithm: String,
    },
    /// A part cannot be read.
    Malformed {
        /// Which one.
        part: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The look-up knows no such key.
    UnknownAccessKey {
        /// The key's public id.
        access_key_id: String,
    },
    /// The scope's date is not that of the signing time.
    ScopeDate {
        /// The date of `X-Amz-Date`.
        expected: String,
        /// The scope's date.
        received: String,
    },
    /// Signed for another region.
    ScopeRegion {
        /// The verifier's region.
        expected: String,
        /// The scope's region.
        received: String,
    },
    /// Signed for another service.
    ScopeService {
        /// The verifier's service.
        expected: String,
        /// The scope's service.
        received: String,
    },
    /// The signing time and the verifier's clock are too far apart (or a presigned URL is from the future).
    Clock {
        /// When the request says it was signed.
        signed_at: Timestamp,
        /// The verifier's time.
        now: Timestamp,
        /// What is tolerated.
        tolerance: Duration,
    },
    /// A presigned URL's time is over.
    Expired {
        /// When it ended.
        at: Timestamp,
        /// The verifier's time.
        now: Timestamp,
    },
    /// A header that must be signed was sent unsigned, so anyone could have changed it.
    HeaderNotSigned {
        /// The header's name.
        name: String,
    },
    /// A header that the signature covers did not arrive.
    SignedHeaderMissing {
        /// The header's name.
        name: String,
    },
    /// A header that the service's rules demand is not there.
    HeaderMissing {
        /// The header's name.
        name: &'static str,
    },
    /// The body is not the one that was signed.
    PayloadHash {
        /// The hash that was signed.
        stated: String,
        /// The hash of what arrived.
        computed: String,
    },
    /// Everything is in order but the signature itself: a wrong secret, or a request altered on its way.
    Signature {
        /// The canonical request as the verifier sees it.
        canonical_request: String,
        /// The verifier's string to sign.
        string_to_sign: String,
        /// The signature that was sent.
        provided: String,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSigned => f.write_str("the request is not signed"),
            Self::SignedTwice => f.write_str("the request is signed both in its headers and in its query"),
            Self::UnsupportedAlgorithm { algorithm } => {
                write!(f, "algorithm `{algorithm}` is not supported; {} is", crate::ALGORITHM)
            }
            Self::Malformed { part, problem } => write!(f, "{part}: {problem}"),
            Self::UnknownAccessKey { access_key_id } => write!(f, "no such access key: {access_key_id}"),
            Self::ScopeDate { expected, received } => {
                write!(f, "the credential scope's date is {received}, the request was signed on {expected}")
            }
            Self::ScopeRegion { expected, received } => {
                write!(f, "the credential scope's region is `{received}`, expected `{expected}`")
            }
            Self::ScopeService { expected, received } => {
                write!(f, "the credential scope's service is `{received}`, expected `{expected}`")
            }
            Self::Clock { signed_at, now, tolerance } => write!(
                f,
                "signed at {signed_at}, it is now {now}: more than {} seconds apart",
                tolerance.as_secs()
            ),
            Self::Expired { at, now } => write!(f, "the presigned URL expired at {at}, it is now {now}"),
            Self::HeaderNotSigned { name } => write!(f, "header `{name}` was sent but not signed"),
            Self::SignedHeaderMissing { name } => write!(f, "header `{name}` was signed but not sent"),
            Self::HeaderMissing { name } => write!(f, "header `{name}` is required"),
            Self::PayloadHash { stated, computed } => {
                write!(f, "the body's SHA-256 is {computed}, the one signed is {stated}")
            }
            Self::Signature { provided, .. } => {
                write!(f, "signature {provided} does not match the request: wrong secret or altered request")
            }
        }
    }
}

impl fmt::Debug for Mismatch {
    /// The message: a canonical request may hold a session token, which does not belong into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mismatch({self})")
    }
}

impl core::error::Error for Mismatch {}
