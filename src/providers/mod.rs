//! Where [`Credentials`](crate::Credentials) come from: one source, one file.
//!
//! A [`Provider`] gives them when asked; `environment` and
//! `shared_files` read what users already have, `assume_role`, `session_token` (both with `mfa`) and
//! `web_identity` (with an `identity_token`) ask STS, `sso` asks IAM Identity Center, `login` the console's sign-in, `roles_anywhere` (feature `x509`) the service of that name, `process` another program, `container`
//! and `instance_metadata` the machine's own services (`local_service`). `refreshing`
//! keeps the answer until shortly before it expires, `file_cache` for the next run of the program (`cache_lock` has one
//! process ask for it, `cache_entries` shows and clears what is kept). `plan` decides what a profile's settings mean,
//! `role_options` changes what it says of the last role, `chain` tries several sources in order and carries the plan out.

mod assume_role;
mod cache_entries;
mod cache_key;
mod cache_lock;
mod cached;
mod chain;
mod container;
mod document;
mod environment;
mod file_cache;
mod files;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod identity_token;
mod instance_metadata;
mod kept;
mod local_service;
mod login;
mod mfa;
mod plan;
mod process;
mod provider;
mod refreshing;
mod role_options;
#[cfg(feature = "x509")]
mod roles_anywhere;
mod session_token;
mod shared_files;
mod sso;
mod web_identity;

#[cfg(feature = "x509")]
pub use self::roles_anywhere::RolesAnywhereProvider;
pub use self::{
    assume_role::AssumeRoleProvider,
    cache_entries::CacheEntry,
    chain::{ChainProvider, Outline, SourceKind, default_chain},
    container::ContainerProvider,
    file_cache::FileCache,
    identity_token::{GitHubToken, IdentityTokenSource, TokenFile, TokenVariable},
    instance_metadata::InstanceMetadataProvider,
    login::LoginProvider,
    mfa::{Mfa, MfaCode},
    process::ProcessProvider,
    provider::Provider,
    refreshing::Refreshing,
    session_token::SessionTokenProvider,
    sso::{SsoCodeSignIn, SsoProvider, SsoSession},
    web_identity::WebIdentityProvider,
};
pub use self::{
    environment::Environment,
    shared_files::{Profile, Settings, SharedFiles},
};
