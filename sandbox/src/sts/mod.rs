//! The operations of STS.

pub(crate) mod assume_role;
