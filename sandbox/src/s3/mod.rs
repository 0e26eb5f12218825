//! The operations of S3, a file for each.
//!
//! `address` and `operation` read what a request asks for; `access` checks the permission and finds the bucket;
//! `listing` and `continuation` serve the listings, `range` serves GetObject.

mod access;
mod address;
mod conditions;
mod continuation;
mod create_bucket;
mod delete_bucket;
mod delete_object;
mod get_bucket_location;
mod get_object;
mod head_bucket;
mod list_buckets;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod listing;
mod operation;
mod put_object;
mod range;

pub(crate) use address::Address;
pub(crate) use create_bucket::create_bucket;
pub(crate) use delete_bucket::delete_bucket;
pub(crate) use delete_object::delete_object;
pub(crate) use get_bucket_location::get_bucket_location;
pub(crate) use get_object::get_object;
pub(crate) use head_bucket::head_bucket;
pub(crate) use list_buckets::list_buckets;
pub(crate) use list_object_versions::list_object_versions;
pub(crate) use list_objects::list_objects;
pub(crate) use list_objects_v2::list_objects_v2;
pub(crate) use operation::Operation;
pub(crate) use put_object::put_object;
