//! Who sends a request: its signature, session token and expiry, before any operation sees it.
//!
//! `token` checks credentials whose signature is valid; `s3` and `query` verify for their services and refuse
//! with those services' codes.

pub(crate) mod query;
pub(crate) mod s3;
mod token;
