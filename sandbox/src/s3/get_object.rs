//! GetObject and HeadObject: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.

use super::{
    access::{self, allow, invalid_argument},
    address::Address,
    conditions, object_headers,
    operation::RESPONSE_HEADERS,
    range,
};
use crate::{
    state::{State, caller::Caller, object::StoredObject},
    wire::{Answer, Refusal, Request, date},
};

pub(crate) fn get_object(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    allow(caller, "s3:GetObject", &address.arn(), &[])?;
    object_headers::check_implemented(request)?;
    let key = address.key.as_deref().unwrap_or_default();
    let buckets = state.buckets();
    let object = access::bucket(&buckets, address)?.get(key).ok_or_else(|| {
        Refusal::new("NoSuchKey", 404, "The specified key does not exist.").detail("Key", key)
    })?;
    let size = object.body.len();
    let described = |answer: Answer| {
        answer
            .header("etag", format!("\"{}\"", object.etag))
            .header("last-modified", date::http(object.last_modified))
    };
    if !conditions::is_wanted(request, &object)? {
        return Ok(described(Answer::empty(304)));
    }
    let range = request.header("range").filter(|_| conditions::range_applies(request, &object));
    let header = range.unwrap_or_default();
    let (status, part) = match range::read(header, size) {
        range::Requested::Whole => (200, 0..size),
        range::Requested::Part(part) => (206, part),
        range::Requested::Unsatisfiable => return Err(range::unsatisfiable(header, size)),
    };
    let mut answer = described(Answer::empty(status))
        .header("content-length", part.len().to_string())
        .header("accept-ranges", "bytes");
    if status == 206 {
        // A part is never empty.
        answer = answer.header("content-range", format!("bytes {}-{}/{size}", part.start, part.end - 1));
    }
    answer = with_headers(answer, request, &object)?;
    if request.method == "GET" {
        answer.body = object.body.slice(part);
    }
    Ok(answer)
}

/// The object's headers, but for those that the request chooses.
fn with_headers(mut answer: Answer, request: &Request, object: &StoredObject) -> Result<Answer, Refusal> {
    let mut headers = object.headers.clone();
    if headers.iter().all(|(name, _)| name != "content-type") {
        headers.push(("content-type".into(), "binary/octet-stream".into()));
    }
    for (parameter, header) in RESPONSE_HEADERS {
        let Some(value) = request.parameter(parameter) else { continue };
        if http::HeaderValue::from_str(&value).is_err() {
            return Err(invalid_argument(parameter, &value, "Header value cannot be represented"));
        }
        headers.retain(|(name, _)| name != header);
        headers.push((header.into(), value));
    }
    for (name, value) in headers {
        answer = answer.header(name, value);
    }
    Ok(answer)
}
