//! GetObject and HeadObject: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.

use super::{
    access::{self, allow, invalid_argument},
    address::Address,
    conditions,
    operation::RESPONSE_HEADERS,
    range,
};
use crate::{
    state::{State, caller::Caller},
    wire::{Answer, Refusal, Request, date},
};

pub(crate) fn get_object(
    state: &State,
    request: &Request,
    address: &Address,
    caller: &Caller,
) -> Result<Answer, Refusal> {
    allow(caller, "s3:GetObject", &address.arn(), &[])?;
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
