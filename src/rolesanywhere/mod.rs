//! IAM Roles Anywhere: credentials of a role for whoever holds an X.509 certificate and its private key.
//!
//! One call, [`CreateSession`], which the certificate's key signs: as SigV4 signs a request up to its string to sign, which is
//! then signed by RSA or ECDSA in place of HMAC. No file is read here and nothing is sent.
//! <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html>
//!
//! In reading order: `certificate` and `private_key` (from PEM), `identity` (both, which fit each other), `signature` (the
//! steps of the page above), `create_session`.
//!
//! **This has not met the real service yet.** Request and signature follow the page above; in the tests an independent library
//! (Python's `cryptography`) verifies them, and a sandbox that takes them takes those of AWS's own signer in Python, too.

mod certificate;
mod create_session;
mod identity;
mod private_key;
mod signature;

pub use certificate::Certificate;
pub use create_session::{CreateSession, RolesAnywhereSession, SignedCreateSession};
pub use identity::X509Identity;
pub use private_key::PrivateKey;
