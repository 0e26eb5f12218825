//! What the operations have in common: permissions, finding the bucket, and refusals.

use super::address::Address;
use crate::{
    state::{Buckets, bucket::Bucket, caller::Caller},
    wire::Refusal,
};

/// Refuse a caller whose policies do not allow this.
pub(super) fn allow(
    caller: &Caller,
    action: &str,
    resource: &str,
    conditions: &[(&str, String)],
) -> Result<(), Refusal> {
    if caller.may(action, resource, conditions) {
        return Ok(());
    }
    // S3 puts the resource in quotes.
    Err(Refusal::not_authorized(&caller.arn, action, &format!("\"{resource}\""))
        .because("no policy allows it, or one denies it"))
}

pub(super) fn bucket<'a>(buckets: &'a Buckets, address: &Address) -> Result<&'a Bucket, Refusal> {
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get(name));
    bucket.ok_or_else(|| no_such_bucket(address))
}

pub(super) fn bucket_mut<'a>(buckets: &'a mut Buckets, address: &Address) -> Result<&'a mut Bucket, Refusal> {
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get_mut(name));
    bucket.ok_or_else(|| no_such_bucket(address))
}

fn no_such_bucket(address: &Address) -> Refusal {
    Refusal::new("NoSuchBucket", 404, "The specified bucket does not exist")
        .detail("BucketName", address.bucket.as_deref().unwrap_or_default())
}

pub(super) fn invalid_argument(name: &str, value: &str, message: &str) -> Refusal {
    Refusal::new("InvalidArgument", 400, message).detail("ArgumentName", name).detail("ArgumentValue", value)
}
