//! GetObject, HeadObject, PutObject, DeleteObject: as much as command line tools need to put a bucket together.

use std::sync::PoisonError;

use time::format_description::well_known::Rfc2822;

use super::{Address, allow, no_such_bucket};
use crate::{
    answer::Answer, bucket::StoredObject, identity::Caller, refusal::Refusal, request::Request, server::State,
};

pub(super) fn get(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    allow(caller, "s3:GetObject", &address.arn(), &[])?;
    let key = address.key.as_deref().unwrap_or_default();
    let buckets = state.buckets.read().unwrap_or_else(PoisonError::into_inner);
    let bucket =
        address.bucket.as_ref().and_then(|name| buckets.get(name)).ok_or_else(|| no_such_bucket(address))?;
    let object = bucket.get(key).ok_or_else(|| {
        Refusal::new("NoSuchKey", 404, "The specified key does not exist.").detail("Key", key)
    })?;
    let modified = object.last_modified.format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT");
    let length = object.body.len();
    let mut answer = Answer::empty(200)
        .header("content-length", length.to_string())
        .header("content-type", object.content_type.unwrap_or_else(|| "binary/octet-stream".into()))
        .header("etag", format!("\"{}\"", object.etag))
        .header("last-modified", modified)
        .header("accept-ranges", "bytes");
    if request.method == "GET" {
        answer.body = object.body;
    }
    Ok(answer)
}

pub(super) fn put(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    allow(caller, "s3:PutObject", &address.arn(), &[])?;
    let key = address.key.as_deref().unwrap_or_default();
    if key.len() > 1024 {
        return Err(Refusal::new("KeyTooLongError", 400, "Your key is too long"));
    }
    if request.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-")) {
        return Err(Refusal::new("NotImplemented", 501, "The sandbox does not read aws-chunked bodies."));
    }
    if request.header("x-amz-copy-source").is_some() {
        return Err(Refusal::new("NotImplemented", 501, "The sandbox does not copy objects."));
    }
    let content_type = request.header("content-type").map(str::to_owned);
    let object = StoredObject::new(request.body.clone(), content_type, state.now());
    let etag = format!("\"{}\"", object.etag);
    let mut buckets = state.buckets.write().unwrap_or_else(PoisonError::into_inner);
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get_mut(name));
    bucket.ok_or_else(|| no_such_bucket(address))?.put(key, object);
    Ok(Answer::empty(200).header("etag", etag))
}

pub(super) fn delete(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    allow(caller, "s3:DeleteObject", &address.arn(), &[])?;
    let mut buckets = state.buckets.write().unwrap_or_else(PoisonError::into_inner);
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get_mut(name));
    bucket.ok_or_else(|| no_such_bucket(address))?.delete(address.key.as_deref().unwrap_or_default());
    Ok(Answer::empty(204))
}
