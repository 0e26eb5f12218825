//! Credentials and where they come from.
//!
//! [`Credentials`] are keys with an expiration. A [`Provider`] gives them when asked; `environment` and
//! `shared_files` read what users already have, `assume_role`, `session_token` (both with `mfa`) and
//! `web_identity` ask STS, `sso` asks IAM Identity Center, `process` another program (`running`), `container`
//! and `instance_metadata` the machine's own services (`local_service`). `refreshing`
//! keeps the answer until shortly before it expires, `file_cache` for the next run of the program. `received`
//! checks the values of all of them. `plan` decides what a profile's settings mean,
//! `chain` tries several sources in order and carries the plan out.

#[cfg(feature = "client")]
mod assume_role;
#[cfg(feature = "client")]
mod cache_key;
#[cfg(feature = "client")]
mod cached;
#[cfg(feature = "client")]
mod chain;
#[cfg(feature = "client")]
mod container;
#[cfg(feature = "client")]
mod document;
#[cfg(feature = "credentials")]
mod environment;
#[cfg(feature = "client")]
mod file_cache;
#[cfg(feature = "credentials")]
mod files;
#[cfg(all(fuzzing, feature = "client"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "client")]
mod instance_metadata;
#[cfg(feature = "client")]
mod kept;
#[cfg(feature = "client")]
mod local_service;
#[cfg(feature = "client")]
mod mfa;
#[cfg(feature = "client")]
mod plan;
#[cfg(feature = "client")]
mod private_file;
#[cfg(feature = "client")]
mod process;
#[cfg(feature = "client")]
mod provider;
pub(crate) mod received;
#[cfg(feature = "client")]
mod refreshing;
#[cfg(feature = "client")]
mod running;
#[cfg(feature = "client")]
mod session_token;
#[cfg(feature = "credentials")]
mod shared_files;
#[cfg(feature = "client")]
mod sso;
#[cfg(feature = "client")]
mod web_identity;

use sigv4::Secret;
use time::OffsetDateTime;

#[cfg(feature = "client")]
pub use self::{
    assume_role::AssumeRole,
    chain::{Chain, default_chain},
    container::Container,
    file_cache::FileCache,
    instance_metadata::InstanceMetadata,
    mfa::{Mfa, MfaCode},
    process::Process,
    provider::{BoxFuture, Provider},
    refreshing::Refreshing,
    session_token::SessionToken,
    sso::Sso,
    web_identity::WebIdentity,
};
#[cfg(feature = "credentials")]
pub use self::{
    environment::Environment,
    shared_files::{Profile, Settings, SharedFiles},
};

/// An access key with its secret and, if it is temporary, its session token and expiration.
///
/// `Debug` shows the key's id and the expiration only.
///
/// ```
/// use sts3::Credentials;
///
/// let session = Credentials::new("ASIAEXAMPLE", "wJalrXUtnFEMI").with_session_token("FwoGZXIvYXdzE");
/// assert!(!format!("{session:?}").contains("wJalr"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    keys: sigv4::Credentials,
    expiration: Option<OffsetDateTime>,
}

impl Credentials {
    /// A long-lived key.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<Secret>) -> Self {
        Self { keys: sigv4::Credentials::new(access_key_id, secret_access_key), expiration: None }
    }

    /// The same key with its session token.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<Secret>) -> Self {
        self.keys = self.keys.with_session_token(token);
        self
    }

    /// The same key with the time at which it stops working.
    #[must_use]
    pub fn with_expiration(mut self, expiration: OffsetDateTime) -> Self {
        self.expiration = Some(expiration);
        self
    }

    /// What the signer needs.
    pub fn keys(&self) -> &sigv4::Credentials {
        &self.keys
    }

    /// The key's public id.
    pub fn access_key_id(&self) -> &str {
        self.keys.access_key_id()
    }

    /// The secret key.
    pub fn secret_access_key(&self) -> &Secret {
        self.keys.secret_access_key()
    }

    /// The session token of temporary credentials.
    pub fn session_token(&self) -> Option<&Secret> {
        self.keys.session_token()
    }

    /// When they stop working, if that is known.
    pub fn expiration(&self) -> Option<OffsetDateTime> {
        self.expiration
    }
}
