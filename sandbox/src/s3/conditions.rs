//! Conditions of requests for an object: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range.
//!
//! Reads follow [RFC 9110, 13.2.2](https://www.rfc-editor.org/rfc/rfc9110.html#section-13.2.2), as S3's GetObject does.
//! [Writes](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html) and
//! [deletes](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html) have S3's own rules.

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use crate::{
    state::object::StoredObject,
    wire::{Refusal, Request},
};

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";
const IF_UNMODIFIED_SINCE: &str = "If-Unmodified-Since";
const IF_MODIFIED_SINCE: &str = "If-Modified-Since";
/// Conditions of DeleteObject in directory buckets only; presigners may put them into the query.
const OF_DIRECTORY_BUCKETS: [&str; 2] = ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"];

/// Whether a read is answered with the object (`true`) or with `304 Not Modified`.
///
/// # Errors
/// The object is not the one that was meant.
pub(super) fn is_wanted(request: &Request, object: &StoredObject) -> Result<bool, Refusal> {
    if let Some(tags) = request.header(IF_MATCH) {
        if !names(tags, object) {
            return Err(failed(IF_MATCH));
        }
    } else if date(request, IF_UNMODIFIED_SINCE).is_some_and(|date| is_newer(object, date)) {
        return Err(failed(IF_UNMODIFIED_SINCE));
    }
    Ok(if let Some(tags) = request.header(IF_NONE_MATCH) {
        // Compared weakly (RFC 9110, 13.1.2).
        !names(&tags.replace("W/", ""), object)
    } else {
        date(request, IF_MODIFIED_SINCE).is_none_or(|date| is_newer(object, date))
    })
}

/// Whether a `Range` still means this object: without If-Range, or if that has its ETag or its exact date.
pub(super) fn range_applies(request: &Request, object: &StoredObject) -> bool {
    let Some(expected) = request.header("If-Range") else { return true };
    let has_date = date(request, "If-Range").is_some_and(|date| date == whole_seconds(object));
    has_date || is_tag_of(expected, object)
}

/// Refuse to replace another object than the one that was meant; `existing` is asked only if there is a condition.
pub(super) fn check_write(
    request: &Request,
    existing: impl Fn() -> Option<StoredObject>,
) -> Result<(), Refusal> {
    match request.header(IF_NONE_MATCH) {
        Some("*") if existing().is_some() => return Err(failed(IF_NONE_MATCH)),
        None | Some("*") => {}
        Some(_) => {
            let message = "A header you provided implies functionality that is not implemented";
            return Err(Refusal::new("NotImplemented", 501, message).detail("Header", IF_NONE_MATCH));
        }
    }
    check_match(request, existing)
}

/// Refuse to delete another object than the one that was meant; `existing` is asked only if there is a condition.
pub(super) fn check_delete(
    request: &Request,
    existing: impl Fn() -> Option<StoredObject>,
) -> Result<(), Refusal> {
    let is_given = |name: &&str| request.header(name).is_some() || request.has_parameter(name);
    if let Some(name) = OF_DIRECTORY_BUCKETS.into_iter().find(is_given) {
        let message =
            format!("The sandbox has no directory buckets, which take {name}; nothing was changed.");
        return Err(Refusal::new("NotImplemented", 501, message).detail("Header", name));
    }
    check_match(request, existing)
}

/// Whether the caller learns if an ETag is the object's: that takes the right to read it.
pub(super) fn compares_tags(request: &Request) -> bool {
    request.header(IF_MATCH).is_some_and(|tags| tags != "*")
}

fn check_match(request: &Request, existing: impl Fn() -> Option<StoredObject>) -> Result<(), Refusal> {
    let Some(tags) = request.header(IF_MATCH) else { return Ok(()) };
    match existing() {
        Some(object) if names(tags, &object) => Ok(()),
        Some(_) => Err(failed(IF_MATCH)),
        None => Err(Refusal::new("NoSuchKey", 404, "The specified key does not exist.")),
    }
}

fn failed(condition: &str) -> Refusal {
    let message = "At least one of the pre-conditions you specified did not hold";
    Refusal::new("PreconditionFailed", 412, message).detail("Condition", condition)
}

/// Whether a list of ETags has the object's, or is `*`.
fn names(tags: &str, object: &StoredObject) -> bool {
    tags == "*" || tags.split(',').any(|tag| is_tag_of(tag, object))
}

/// With or without quotes, as S3 takes them.
fn is_tag_of(tag: &str, object: &StoredObject) -> bool {
    tag.trim().trim_matches('"') == object.etag
}

/// A header's date in seconds since 1970. What is not a date is ignored (RFC 9110, 13.1.3).
fn date(request: &Request, name: &str) -> Option<i64> {
    let date = OffsetDateTime::parse(request.header(name)?, &Rfc2822).ok()?;
    Some(date.unix_timestamp())
}

fn is_newer(object: &StoredObject, date: i64) -> bool {
    whole_seconds(object) > date
}

/// As Last-Modified tells it.
fn whole_seconds(object: &StoredObject) -> i64 {
    object.last_modified.unix_timestamp()
}
