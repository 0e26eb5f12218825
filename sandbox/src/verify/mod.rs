//! Who sends a request: its signature, session token and expiry, before any operation sees it.
//!
//! `token` checks credentials whose signature is valid; `s3`, `query` and `x509` (signatures by certificates' keys) verify for
//! their services and refuse with those services' codes.

pub(crate) mod query;
pub(crate) mod s3;
mod token;
#[cfg(feature = "x509")]
pub(crate) mod x509;
