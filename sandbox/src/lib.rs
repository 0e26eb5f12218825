//! A local STS + IAM + S3 endpoint that takes nothing on trust.
//!
//! Every request's signature, session token, clock, expiry and policy is verified, and refused with the code
//! that AWS uses; so code that works against the sandbox has signed correctly, and code that must survive
//! refusals can be tested without an account. Buckets may be synthetic: a million or a billion keys that are
//! computed when listed.
//!
//! ```
//! use sts3_sandbox::{BucketSpec, Distribution, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let sandbox = Sandbox::builder()
//!     .bucket(BucketSpec::demo("demo"))
//!     .bucket(BucketSpec::synthetic("logs", Distribution::Dated, 1_000_000))
//!     .start()
//!     .await?;
//! for (name, value) in sandbox.environment() {
//!     println!("export {name}={value}"); // AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What it knows: STS `AssumeRole`, `AssumeRoleWithWebIdentity` (with tokens of its own, which it gives as GitHub Actions
//! does), `GetSessionToken`, `GetCallerIdentity`; Roles Anywhere `CreateSession` (feature `x509`); IAM `GetUser`, `CreateUser`,
//! `GetRole`; S3 `ListObjectsV2`, `ListObjects`, `ListBuckets`, `HeadBucket`, `GetBucketLocation`,
//! `CreateBucket`, `DeleteBucket`, `PutObject`, `GetObject` and `HeadObject` (with ranges), `DeleteObject`.
//! IAM Identity Center: registration, sign-in by code (its page answers at once) and by device (whoever opens the page has confirmed),
//! tokens, the portal's accounts, roles and keys, logout. With the feature `login` sign-ins to the console (`aws login`), their
//! proofs of possession verified.
//! Objects that are put stay in memory. Whatever else a request asks for, by its method or a query parameter,
//! is refused as `NotImplemented` and changes nothing.
//!
//! # Reading order
//! From the bottom: `state` (what a sandbox holds), `tls` (its certificate), `wire` (requests and answers as AWS writes them), `verify` (who
//! sends a request), `sts`, `iam`, `s3`, `identity_center` and `console_login` (the operations), `github` (identity tokens), `roles_anywhere` (the feature `x509`), `query_api`, `json_api` and `s3_api` (from a request to its
//! operation), `response`, `tls` (the feature of that name), `handle` (the sandbox in the program that started it), `server` (connections and faults).
//! A file imports only what stands below it.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

#[cfg(feature = "login")]
mod console_login;
mod github;
mod handle;
mod iam;
mod identity_center;
mod json_api;
mod query_api;
mod response;
#[cfg(feature = "x509")]
mod roles_anywhere;
mod s3;
mod s3_api;
mod server;
mod state;
mod sts;
#[cfg(feature = "tls")]
mod tls;
mod verify;
mod wire;

pub use handle::Sandbox;
pub use state::{
    account::{ACCESS_KEY_ID, ACCOUNT, EXTERNAL_ID, MFA_SERIAL, SECRET_ACCESS_KEY, USER},
    bucket_spec::BucketSpec,
    config::SandboxBuilder,
    keys::{Distribution, SyntheticKeys},
    log::Record,
    role::Role,
};
