//! Temporary AWS credentials and signed S3 listing from the raw protocols.
//!
//! sts3 turns long-lived keys into temporary credentials (`AssumeRole`, `GetSessionToken`) and lists S3 with
//! them. The core is sans-IO: request builders, parsers and the [`Call`] state machine do no I/O, read no
//! clock, no environment and no random source, and work with any HTTP client. The feature `client` adds an
//! async client over any transport and clock, `tokio` the ones of reqwest and tokio, `blocking` the same client
//! without async.
//!
//! ```no_run
//! # #[cfg(feature = "tokio")]
//! # async fn run() -> Result<(), sts3::Error> {
//! use std::time::Duration;
//!
//! let base = sts3::providers::default_chain().await?;
//! let role = sts3::providers::AssumeRoleProvider::new("arn:aws:iam::123456789012:role/reader", "nightly")
//!     .duration(Duration::from_secs(3600))
//!     .source(base);
//! let s3 = sts3::Client::builder().region("eu-west-1").credentials(role).build()?;
//! let mut pages = s3.list_objects_v2("logs").prefix("2026/").pages();
//! while let Some(page) = pages.next().await? {
//!     for object in page.objects() {
//!         println!("{} {}", object.size, object.key);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Layers
//! Each module imports only from those after it: `blocking`, `client`, `providers`, `runtime`, [`call`], [`sts`] /
//! [`iam`] / [`s3`] / `sso` / `signin`, [`endpoint`], `wire`, the errors, [`credentials`], and the crate [`sigv4`] below
//! everything.
//!
//! # Features
//! | feature | default | brings |
//! | --- | --- | --- |
//! | (none) | – | builders, parsers, [`Call`], endpoint rules |
//! | `providers` | yes | sources of credentials, refreshing, caches; no runtime |
//! | `x509` | no | IAM Roles Anywhere: roles for the holders of X.509 certificates |
//! | `client` | yes | `Client` and listings over a runtime of your own |
//! | `login` | no | sign-ins to the console (`aws login`) are renewed; without it their keys are used until they end |
//! | `tokio` | yes | the runtime of tokio + reqwest, which `Client` then uses unless told otherwise |
//! | `blocking` | no | `blocking::Client`, without async and tokio; its runtime of threads, which `Client` uses where `tokio` is off |
//! | `rustls-ring` | yes | TLS for both, by rustls |
//! | `native-tls` | no | TLS for both, by the system's library; without either they speak plain HTTP only |
//! | `url` | with `tokio` | endpoints from `url::Url`; [`PresignedUrl`] and sign-in links as such |
//! | `serde` | no | `Serialize` for what operations give, without credentials; `Deserialize` for [`Credentials`], [`Endpoint`], [`RetryPolicy`] |
//! | `tracing` | no | a span for each call and an event for each retry, never a secret |

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod call;
#[cfg(feature = "client")]
mod client;
pub mod credentials;
pub mod endpoint;
mod error;
pub mod iam;
mod operation;
#[cfg(feature = "providers")]
pub mod providers;
mod raw;
#[cfg(feature = "x509")]
pub mod rolesanywhere;
#[cfg(feature = "providers")]
pub mod runtime;
pub mod s3;
#[cfg(feature = "providers")]
pub mod signin;
#[cfg(feature = "providers")]
pub mod sso;
pub mod sts;
pub mod wire;

pub use http;
pub use sigv4;
pub use time;

pub use call::{Call, CallInfo, Operation, PresignedUrl, RetryPolicy, SignedRequest, Step, UnsignedRequest};
#[cfg(feature = "client")]
pub use client::{Client, ClientBuilder, Concurrency, Keys, ListObjectsV2Call, Pages, ParallelPages, Parts};
pub use credentials::Credentials;
#[cfg(feature = "serde")]
pub use credentials::ExposedCredentials;
pub use endpoint::{Endpoint, Region};
pub use error::{
    Cause, CredentialsError, Error, InvalidInput, ListingError, ListingFault, Origin, ParseError, Remedy,
    ServiceError, TransportError, TransportErrorKind,
};
#[cfg(feature = "client")]
pub use futures_util::Stream;
pub use raw::Raw;
