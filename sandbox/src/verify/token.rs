//! Whether the session token belongs to the key, and whether the session has expired.

use std::fmt;

use sigv4::Verified;
use time::OffsetDateTime;

use crate::state::{State, caller::Caller};

/// Why credentials are refused although their signature is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenProblem {
    Unexpected,
    Missing,
    OfAnotherKey,
    Expired(OffsetDateTime),
}

impl fmt::Display for TokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected => f.write_str("a long-lived key came with a session token"),
            Self::Missing => f.write_str("a temporary key came without its session token"),
            Self::OfAnotherKey => f.write_str("the session token is not the one of this key"),
            Self::Expired(at) => write!(f, "the session ended at {at}"),
        }
    }
}

/// The caller whose credentials signed the request.
pub(super) fn caller(
    state: &State,
    verified: &Verified,
    now: OffsetDateTime,
) -> Result<Caller, TokenProblem> {
    match (state.identities.session(&verified.access_key_id), &verified.session_token) {
        (None, None) => Ok(state.identities.user()),
        (None, Some(_)) => Err(TokenProblem::Unexpected),
        (Some(_), None) => Err(TokenProblem::Missing),
        (Some(session), Some(token)) if session.token != *token => Err(TokenProblem::OfAnotherKey),
        (Some(session), Some(_)) if session.expiration <= now => {
            Err(TokenProblem::Expired(session.expiration))
        }
        (Some(session), Some(_)) => Ok(session.caller),
    }
}
