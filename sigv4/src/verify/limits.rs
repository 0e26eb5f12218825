//! How large a request may be before anything of it is hashed.
//!
//! AWS documents no limit for the head of a signed request. These are above what HTTP servers let through by default
//! (8 to 64 KiB, about 100 headers), so they hold where a server has none.

use super::{Mismatch, Received};

/// How many headers a request may have.
pub const MAX_HEADERS: usize = 256;
/// How many bytes method, path, query, and all names and values of headers may have together.
pub const MAX_HEAD: usize = 64 * 1024;
/// How many bytes the query may have.
pub const MAX_QUERY: usize = 32 * 1024;
/// How many bytes the list of signed headers may have.
pub const MAX_SIGNED_HEADERS: usize = 8 * 1024;
/// How many bytes the access key's id may have: the longest that STS takes
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>).
pub const MAX_ACCESS_KEY_ID: usize = 128;
/// How many bytes the names and values of a POST form may have together, without the file: "The form data and boundaries
/// (excluding the contents of the file) cannot exceed 20KB"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-HTTPPOSTForms.html>); S3 names 20,480 bytes when
/// it refuses.
pub const MAX_FORM: usize = 20_480;

/// Refuse what is larger, having looked at lengths only.
pub(super) fn check(received: &Received<'_>) -> Result<(), Mismatch> {
    at_most("the number of headers", received.headers.len(), MAX_HEADERS)?;
    at_most("the query", received.query.len(), MAX_QUERY)?;
    let headers = received.headers.iter().map(|(name, value)| name.len().saturating_add(value.len()));
    let line = [received.method, received.path, received.query].into_iter().map(str::len);
    at_most("the head of the request", headers.chain(line).fold(0, usize::saturating_add), MAX_HEAD)
}

pub(crate) fn at_most(part: &'static str, size: usize, limit: usize) -> Result<(), Mismatch> {
    if size > limit { Err(Mismatch::TooLarge { part, limit }) } else { Ok(()) }
}
