//! What a sandbox holds: plain data with methods, no protocol and no connection.
//!
//! In reading order: `config` (what can be set) with `bucket_spec` and `role`; `account` (the names and keys that
//! every sandbox has); `policy`, `caller`, `session`, `identities` and `identity_token` (who may do what), `sign_ins`; `keys`, `object`,
//! `bucket` and `page` (what is stored, and listed); `clock`, `faults` and `log`; `shared` holds them all.

pub(crate) mod account;
pub(crate) mod bucket;
pub(crate) mod bucket_spec;
pub(crate) mod caller;
mod clock;
pub(crate) mod config;
mod faults;
mod identities;
pub(crate) mod identity_token;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod object;
pub(crate) mod page;
pub(crate) mod policy;
pub(crate) mod role;
pub(crate) mod session;
mod shared;
pub(crate) mod sign_ins;

pub(crate) use shared::{Buckets, State};
