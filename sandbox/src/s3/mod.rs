//! The operations of S3.

pub(crate) mod create_bucket;
pub(crate) mod get_object;
pub(crate) mod listing;
pub(crate) mod operation;
mod range;
