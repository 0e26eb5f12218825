//! HeadBucket, GetBucketLocation, CreateBucket, DeleteBucket.

use std::sync::PoisonError;

use crate::s3_api::{Address, NAMESPACE, allow, no_such_bucket};
use crate::{
    server::{State, is_bucket_name},
    state::bucket::Bucket,
    state::identities::Caller,
    wire::Answer,
    wire::Refusal,
    wire::Request,
    wire::xml::Document,
};

pub(crate) fn head(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    let region = region(state, address)?;
    allow(caller, "s3:ListBucket", &address.arn(), &[])?;
    Ok(Answer::empty(200).header("x-amz-bucket-region", region).header("x-amz-access-point-alias", "false"))
}

pub(crate) fn location(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    let region = region(state, address)?;
    allow(caller, "s3:GetBucketLocation", &address.arn(), &[])?;
    let mut xml = Document::new();
    xml.open_in("LocationConstraint", NAMESPACE);
    if region != "us-east-1" {
        // The oldest region has no name here.
        xml.content(&region);
    }
    xml.close("LocationConstraint");
    Ok(Answer::xml(200, xml))
}

pub(crate) fn create(
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
    // `<CreateBucketConfiguration><LocationConstraint>eu-west-1</…>`: the one value of the body.
    let body = String::from_utf8_lossy(&request.body);
    let asked = body.split_once("<LocationConstraint>").and_then(|(_, rest)| rest.split_once('<'));
    let region = asked.map_or_else(|| state.config.region.clone(), |(region, _)| region.trim().to_owned());
    let mut buckets = state.buckets.write().unwrap_or_else(PoisonError::into_inner);
    if buckets.contains_key(&name) {
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(Refusal::new("BucketAlreadyOwnedByYou", 409, message).detail("BucketName", name));
    }
    buckets.insert(name.clone(), Bucket::new(region, state.now(), None));
    Ok(Answer::empty(200).header("location", format!("/{name}")))
}

pub(crate) fn delete(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    allow(caller, "s3:DeleteBucket", &address.arn(), &[])?;
    let mut buckets = state.buckets.write().unwrap_or_else(PoisonError::into_inner);
    let name = address.bucket.as_deref().unwrap_or_default();
    let bucket = buckets.get(name).ok_or_else(|| no_such_bucket(address))?;
    if !bucket.is_empty() {
        return Err(Refusal::new("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"));
    }
    buckets.remove(name);
    Ok(Answer::empty(204))
}

fn region(state: &State, address: &Address) -> Result<String, Refusal> {
    let buckets = state.buckets.read().unwrap_or_else(PoisonError::into_inner);
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get(name));
    bucket.map(|bucket| bucket.region.clone()).ok_or_else(|| no_such_bucket(address))
}
