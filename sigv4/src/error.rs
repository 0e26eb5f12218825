use alloc::string::String;
use core::{fmt, time::Duration};

use crate::timestamp::MAX_EXPIRES;

/// Why a request cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The request has no `host` header: the signature must cover it.
    MissingHost,
    /// The request has two `host` headers, which no server takes (RFC 9112, 3.2).
    RepeatedHost,
    /// A header's value has a character that HTTP forbids (a control character other than tab and folded
    /// lines).
    InvalidHeader {
        /// The header's name.
        name: String,
    },
    /// The method is no token of HTTP (RFC 9110, 9.1): letters, digits and a few signs.
    InvalidMethod {
        /// The method, escaped and cut.
        method: String,
    },
    /// The path cannot be sent as it is.
    InvalidPath {
        /// The path, escaped and cut.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The query cannot be sent as it is. It is not shown: queries may hold secrets.
    InvalidQuery {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A part of the credential scope is empty or holds what no scope can.
    InvalidScope {
        /// `region`, `region set` or `service`.
        part: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A part of the credentials is empty or holds what no key has. Its value is not shown.
    InvalidCredentials {
        /// `access key id`, `secret access key` or `session token`.
        part: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The request's `host` header names another host than its URI, so that a signature for one of them would
    /// be sent with the other.
    HostDiffers {
        /// What the header says, escaped and cut.
        header: String,
        /// The URI's host.
        uri: String,
    },
    /// The request was not signed for the chunks that are to be sent.
    NotForChunks {
        /// What does not fit.
        problem: &'static str,
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
            Error::RepeatedHost => f.write_str("the request has two `host` headers; HTTP takes one: leave the other out"),
            Error::InvalidHeader { name } => {
                write!(f, "header `{name}` has a control character in its name or value; HTTP cannot send it")
            }
            Error::InvalidMethod { method } => write!(f, "`{method}` is no HTTP method: it must be one word, as GET"),
            Error::InvalidPath { path, problem } => write!(f, "the path `{path}` cannot be sent: {problem}"),
            Error::InvalidQuery { problem } => write!(f, "the query cannot be sent: {problem}"),
            Error::InvalidScope { part, problem } => write!(f, "the {part} to sign for cannot be used: {problem}"),
            Error::InvalidCredentials { part, problem } => write!(f, "the {part} cannot be used: {problem}"),
            Error::HostDiffers { header, uri } => write!(
                f,
                "the `host` header says `{header}`, the URI says `{uri}`: remove the header to have the URI's signed, or \
                 sign the parts that are sent with `Signer::sign`"
            ),
            Error::NotForChunks { problem } => write!(f, "the body cannot be sent in these chunks: {problem}"),
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
