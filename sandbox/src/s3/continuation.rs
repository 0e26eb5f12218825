//! Continuation tokens: where the next page starts.

use super::access::invalid_argument;
use crate::wire::Refusal;

/// Opaque to clients: the last name of the page in hex behind a mark.
pub(super) fn write(name: &str) -> String {
    format!("1{}=", hex::encode(name))
}

pub(super) fn read(token: &str) -> Result<String, Refusal> {
    token
        .strip_prefix('1')
        .and_then(|rest| rest.strip_suffix('='))
        .and_then(|digits| hex::decode(digits).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
        })
}
