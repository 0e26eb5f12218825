//! The operations of IAM.

pub(crate) mod user;
