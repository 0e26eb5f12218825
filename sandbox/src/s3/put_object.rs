//! PutObject: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>.

use super::{
    access::{self, allow},
    address::Address,
    conditions,
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
    // These make the request another operation; presigners may put them into the query.
    for (name, what) in
        [("x-amz-copy-source", "copy objects"), ("x-amz-write-offset-bytes", "append to objects")]
    {
        if request.header(name).is_some() || request.has_parameter(name) {
            let message = format!("The sandbox does not {what} ({name}); nothing was changed.");
            return Err(Refusal::new("NotImplemented", 501, message).detail("Header", name));
        }
    }
    let content_type = request.header("content-type").map(str::to_owned);
    let object = StoredObject::new(request.body.clone().into(), content_type, state.now());
    let etag = format!("\"{}\"", object.etag);
    let mut buckets = state.buckets_mut();
    let bucket = access::bucket_mut(&mut buckets, address)?;
    conditions::check_write(request, || bucket.get(key))?;
    bucket.put(key, object);
    Ok(Answer::empty(200).header("etag", etag))
}
