//! CreateBucket: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>.

use super::{access::allow, address::Address, object_headers};
use crate::{
    state::{
        State,
        bucket::{Bucket, is_bucket_name},
        caller::Caller,
    },
    wire::{Answer, Refusal, Request},
};

pub(crate) fn create_bucket(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    let name = address.bucket.clone().unwrap_or_default();
    if !is_bucket_name(&name) {
        return Err(Refusal::new("InvalidBucketName", 400, "The specified bucket is not valid."));
    }
    allow(caller, "s3:CreateBucket", &address.arn(), &[])?;
    object_headers::check_implemented(request)?;
    // `<CreateBucketConfiguration><LocationConstraint>eu-west-1</…>`: the one value of the body.
    let body = String::from_utf8_lossy(&request.body);
    let asked = body.split_once("<LocationConstraint>").and_then(|(_, rest)| rest.split_once('<'));
    let region = asked.map_or_else(|| state.config.region.clone(), |(region, _)| region.trim().to_owned());
    let mut buckets = state.buckets_mut();
    if buckets.contains_key(&name) {
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(Refusal::new("BucketAlreadyOwnedByYou", 409, message).detail("BucketName", name));
    }
    buckets.insert(name.clone(), Bucket::new(region, state.now(), None));
    Ok(Answer::empty(200).header("location", format!("/{name}")))
}
