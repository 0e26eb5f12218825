//! Where [`Credentials`](crate::Credentials) come from: one source, one file.
//!
//! A [`Provider`] gives them when asked; `environment` and
//! `shared_files` read what users already have, `assume_role`, `session_token` (both with `mfa`) and
//! `web_identity` ask STS, `sso` asks IAM Identity Center, `process` another program (`running`), `container`
//! and `instance_metadata` the machine's own services (`local_service`). `refreshing`
//! keeps the answer until shortly before it expires, `file_cache` for the next run of the program. `plan` decides what a profile's settings mean,
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

#[cfg(feature = "client")]
pub use self::{
    assume_role::AssumeRole,
    chain::{Chain, default_chain},
    container::Container,
    file_cache::FileCache,
    instance_metadata::InstanceMetadata,
    mfa::{Mfa, MfaCode},
    process::Process,
    provider::Provider,
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
