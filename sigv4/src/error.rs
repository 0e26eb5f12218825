use alloc::string::String;
use core::{fmt, time::Duration};

use crate::presign::MAX_EXPIRES;

/// Why a request cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The request has no `host` header: the signature must cover it.
    MissingHost,
    /// A header's value has a character that HTTP forbids (a control character other than tab and folded
    /// lines).
    InvalidHeader {
        /// The header's name.
        name: String,
    },
    /// The lifetime of a presigned URL is zero or longer than seven days.
    InvalidExpires {
        /// The lifetime that was asked for.
        asked: Duration,
    },
    /// No SigV4a key follows from this access key. The chance is 2⁻⁸¹²⁸.
    NoKey,
    /// The query already carries a parameter which presigning sets.
    AlreadyPresigned {
        /// The parameter's name.
        parameter: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::MissingHost => f.write_str(
                "the request has no `host` header; SigV4 signs it, so give the one that will be sent (with its \
                 port unless it is the scheme's default)",
            ),
            Error::InvalidHeader { name } => {
                write!(f, "header `{name}` has a control character in its name or value; HTTP cannot send it")
            }
            Error::InvalidExpires { asked } => write!(
                f,
                "a presigned URL cannot live for {} seconds: the limits are 1 and {} seconds (seven days)",
                asked.as_secs(),
                MAX_EXPIRES.as_secs()
            ),
            Error::NoKey => f.write_str("no signing key follows from this access key: create another one"),
            Error::AlreadyPresigned { parameter } => {
                write!(f, "the query already has `{parameter}`, which presigning sets: sign the original URL")
            }
        }
    }
}

impl core::error::Error for Error {}
