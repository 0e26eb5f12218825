//! GetObject, HeadObject, PutObject, DeleteObject: as much as command line tools need to put a bucket together.

use std::sync::PoisonError;

use time::format_description::well_known::Rfc2822;

use super::{operation::RESPONSE_HEADERS, range};
use crate::s3_api::{Address, allow, invalid_argument, no_such_bucket};
use crate::{
    server::State, state::bucket::StoredObject, state::identities::Caller, wire::Answer, wire::Refusal,
    wire::Request,
};

pub(crate) fn get(
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
    let size = object.body.len();
    let header = request.header("range").unwrap_or_default();
    let (status, part) = match range::read(header, size) {
        range::Asked::Whole => (200, 0..size),
        range::Asked::Part(part) => (206, part),
        range::Asked::Unsatisfiable => return Err(range::unsatisfiable(header, size)),
    };
    let modified = object.last_modified.format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT");
    let mut answer = Answer::empty(status)
        .header("content-length", part.len().to_string())
        .header("etag", format!("\"{}\"", object.etag))
        .header("last-modified", modified)
        .header("accept-ranges", "bytes");
    if status == 206 {
        // A part is never empty.
        answer = answer.header("content-range", format!("bytes {}-{}/{size}", part.start, part.end - 1));
    }
    let content_type = object.content_type.unwrap_or_else(|| "binary/octet-stream".into());
    answer = with_response_headers(answer, request, content_type)?;
    if request.method == "GET" {
        answer.body = object.body.slice(part);
    }
    Ok(answer)
}

/// The type, and whatever else of the answer's headers the request chooses.
fn with_response_headers(
    mut answer: Answer,
    request: &Request,
    content_type: String,
) -> Result<Answer, Refusal> {
    let mut content_type = Some(content_type);
    for (parameter, header) in RESPONSE_HEADERS {
        let Some(value) = request.parameter(parameter) else { continue };
        if http::HeaderValue::from_str(&value).is_err() {
            return Err(invalid_argument(parameter, &value, "Header value cannot be represented"));
        }
        if header == "content-type" {
            content_type = None;
        }
        answer = answer.header(header, value);
    }
    Ok(answer.header_if("content-type", content_type.as_deref()))
}

pub(crate) fn put(
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
    let mut buckets = state.buckets.write().unwrap_or_else(PoisonError::into_inner);
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get_mut(name));
    bucket.ok_or_else(|| no_such_bucket(address))?.put(key, object);
    Ok(Answer::empty(200).header("etag", etag))
}

pub(crate) fn delete(state: &State, address: &Address, caller: &Caller) -> Result<Answer, Refusal> {
    allow(caller, "s3:DeleteObject", &address.arn(), &[])?;
    let mut buckets = state.buckets.write().unwrap_or_else(PoisonError::into_inner);
    let bucket = address.bucket.as_ref().and_then(|name| buckets.get_mut(name));
    bucket.ok_or_else(|| no_such_bucket(address))?.delete(address.key.as_deref().unwrap_or_default());
    Ok(Answer::empty(204))
}
