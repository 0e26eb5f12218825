//! Who sends a request: its signature, session token and expiry, before any operation sees it.
//!
//! `token` checks credentials whose signature is valid; `s3`, `query` and `x509` (signatures by certificates' keys) verify for
//! their services and refuse with those services' codes; `pkce` and `dpop` are proofs of those that take no signature.

#[cfg(feature = "login")]
pub(crate) mod dpop;
pub(crate) mod pkce;
pub(crate) mod query;
pub(crate) mod s3;
mod token;
#[cfg(feature = "x509")]
pub(crate) mod x509;
