//! PutObject: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>.

use super::{
    access::{self, allow},
    address::Address,
    conditions, object_headers,
};
use crate::{
    state::{State, caller::Caller, object::StoredObject},
    wire::{Answer, Refusal, Request},
};

pub(crate) fn put_object(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    allow(caller, "s3:PutObject", &address.arn(), &[])?;
    if conditions::compares_tags(request) {
        allow(caller, "s3:GetObject", &address.arn(), &[])?;
    }
    let key = address.key.as_deref().unwrap_or_default();
    if key.len() > 1024 {
        return Err(Refusal::new("KeyTooLongError", 400, "Your key is too long"));
    }
    if request.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-")) {
        return Err(Refusal::new("NotImplemented", 501, "The sandbox does not read aws-chunked bodies."));
    }
    object_headers::check_implemented(request)?;
    object_headers::check_digests(request)?;
    let headers = object_headers::kept(request)?;
    let object = StoredObject::new(request.body.clone().into(), headers, state.now());
    let etag = format!("\"{}\"", object.etag);
    let mut buckets = state.buckets_mut();
    let bucket = access::bucket_mut(&mut buckets, address)?;
    conditions::check_write(request, || bucket.get(key))?;
    bucket.put(key, object);
    Ok(Answer::empty(200).header("etag", etag))
}
