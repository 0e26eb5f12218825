//! What a sandbox holds: plain data with methods, no protocol and no connection.

pub(crate) mod bucket;
pub(crate) mod config;
pub(crate) mod faults;
pub(crate) mod identities;
pub(crate) mod keys;
pub(crate) mod policy;
