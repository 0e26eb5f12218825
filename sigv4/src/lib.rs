//! AWS Signature Version 4 as a library of its own: sign headers, presign URLs, verify received requests.
//!
//! In scope: everything from a request to its signature and back, with every intermediate value open to
//! inspection. Not in scope: HTTP clients, sockets, clocks, credential files and the operations of any service.
//! The time is a parameter; nothing here reads a clock, an environment or a random source. Without default
//! features the crate is `no_std` and needs only `alloc`.
//!
//! ```
//! use sts3_sigv4::{Credentials, Payload, Request, Scope, Signer, Timestamp};
//!
//! let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let request = Request::new("GET", "/")
//!     .query("max-keys=2&prefix=J")
//!     .headers(&[("host", "examplebucket.s3.amazonaws.com")])
//!     .payload(Payload::EMPTY);
//! let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
//! let time = Timestamp::parse("20130524T000000Z").unwrap();
//! let signed = signer.sign(&request, time)?;
//! assert_eq!(
//!     signed.signature().as_str(),
//!     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
//! );
//! for (name, value) in signed.headers() {
//!     println!("{name}: {value}"); // x-amz-date, x-amz-content-sha256, authorization
//! }
//! # Ok::<(), sts3_sigv4::Error>(())
//! ```
//!
//! # Reading order
//! The files follow the steps of the
//! [specification](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html):
//! `request` and `payload` (what is signed), `rules` (how services differ), `canonical_request`,
//! `string_to_sign`, `signing_key`, `signature`; `signer` and `presign` put them together, `verify` turns them
//! around.
//!
//! # Layers
//! Each module imports only from lines below its own; a test holds it to that.
//! ```text
//! post_policy                                                  POST forms, written and received
//! verify  http_request                                         received requests; those of the crate `http`
//! presign  chunked  explain                                    other forms of signing; why a signature was refused
//! signer                                                       all steps, put together
//! key  signable                                                the key of either algorithm; what cannot be signed
//! canonical_request  string_to_sign  signing_key  v4a          the steps
//! request  credential_scope  hasher  signature                 what they take and give
//! payload  credentials  sink
//! framing  error  text
//! algorithm  rules  timestamp  secret  percent  base64  work   values that know no other
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

extern crate alloc;

mod algorithm;
mod base64;
mod canonical_request;
mod chunked;
mod credential_scope;
mod credentials;
mod error;
mod explain;
mod framing;
mod hasher;
#[cfg(feature = "http")]
mod http_request;
mod key;
mod payload;
mod percent;
mod post_policy;
mod presign;
mod request;
mod rules;
mod secret;
mod signable;
mod signature;
mod signer;
mod signing_key;
mod sink;
mod string_to_sign;
mod text;
mod timestamp;
#[cfg(feature = "v4a")]
mod v4a;
mod verify;
mod work;

pub use algorithm::Algorithm;
#[cfg(feature = "checksums")]
pub use chunked::checksum;
pub use chunked::{ChunkDecoder, ChunkEncoder, ChunkError, MAX_CHUNK, Trailer};
pub use credential_scope::{CredentialScope, Scope};
pub use credentials::Credentials;
pub use error::Error;
pub use explain::{Difference, Explanation, How, Part, SignedTexts};
pub use framing::Framing;
pub use payload::{EMPTY_SHA256, Payload, UNSIGNED_PAYLOAD};
pub use percent::{percent_decode, percent_encode, percent_encode_path};
pub use post_policy::{PostForm, PostPolicy, ReceivedForm, VerifiedForm};
pub use presign::Presigned;
pub use request::Request;
pub use rules::{Rules, TokenPlacement};
pub use secret::Secret;
pub use signature::Signature;
pub use signer::{Signed, Signer, SigningSteps};
pub use signing_key::SigningKey;
pub use string_to_sign::ALGORITHM;
pub use timestamp::{MAX_EXPIRES, Timestamp};
#[cfg(feature = "v4a")]
pub use v4a::{EcdsaKey, EcdsaPublicKey};
#[cfg(feature = "http")]
pub use verify::ReceivedParts;
pub use verify::{Lookup, Mismatch, Received, ReceivedBody, Verified, Verifier, limits};
