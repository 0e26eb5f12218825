//! An object as JSON, member by member: a listing has millions of objects, and they are most of its work.

use serde::Serialize;
use serde_json::Value;
use sts3::s3::Object;
use time::OffsetDateTime;

use crate::output::{
    escape::{escaped_json, is_plain_in_json},
    iso,
    listing::quick_time::{Rfc3339, end_with_number},
};

pub(super) fn append_object(line: &mut Vec<u8>, object: &Object<'_>) {
    let start = line.len();
    if append_usual(line, object).is_none() {
        line.truncate(start);
        append_unusual(line, object);
    }
    append_more(line, object);
    line.push(b'}');
}

/// The members that every server sends, if all are there and can stand in JSON as they are: nearly always. A piece
/// costs more than its bytes, so there are few: each begins with the quote that ends the one before.
fn append_usual(line: &mut Vec<u8>, object: &Object<'_>) -> Option<()> {
    let (etag, class) = (object.etag?, object.storage_class?);
    let time = object.last_modified?;
    if !(is_plain_in_json(object.key) && is_plain_in_json(etag) && is_plain_in_json(class)) {
        return None;
    }
    line.extend_from_slice(b"{\"key\":\"");
    line.extend_from_slice(object.key.as_bytes());
    append_size_and_time(line, object.size, time)?;
    line.extend_from_slice(etag.as_bytes());
    line.extend_from_slice(b"\",\"storage_class\":\"");
    line.extend_from_slice(class.as_bytes());
    line.push(b'"');
    Some(())
}

/// `","size":7,"last_modified":"2026-11-24T00:10:57Z","etag":"`: what stands between a key and an entity tag, in one
/// piece. It always has its place, which an array's parts cannot tell.
fn append_size_and_time(line: &mut Vec<u8>, size: u64, time: OffsetDateTime) -> Option<()> {
    const SIZE: &[u8; 9] = b"\",\"size\":";
    const TIME: &[u8; 18] = b",\"last_modified\":\"";
    const ETAG: &[u8; 10] = b"\",\"etag\":\"";
    const SIZE_END: usize = SIZE.len() + "18446744073709551615".len();
    let mut text =
        *b"\",\"size\":18446744073709551615,\"last_modified\":\"2026-11-24T00:10:57.123456789Z\",\"etag\":\"";
    // `,"last_modified":"` keeps its place: the digits end before it, the time begins behind it.
    let (before, behind) = text.split_at_mut_checked(SIZE_END)?;
    let start = end_with_number(before, size).checked_sub(SIZE.len())?;
    *before.get_mut(start..)?.first_chunk_mut()? = *SIZE;
    let time = Rfc3339::new(time);
    let (_, behind) = behind.split_first_chunk_mut::<{ TIME.len() }>()?;
    *behind.first_chunk_mut()? = time.text;
    *behind.get_mut(time.length..)?.first_chunk_mut()? = *ETAG;
    let end = SIZE_END + TIME.len() + time.length + ETAG.len();
    line.extend_from_slice(text.get(start..end)?);
    Some(())
}

fn append_unusual(line: &mut Vec<u8>, object: &Object<'_>) {
    append_text(line, b"{\"key\":\"", Some(object.key));
    line.extend_from_slice(b",\"size\":");
    append(line, &object.size);
    match object.last_modified.map(Rfc3339::new) {
        Some(time) => {
            line.extend_from_slice(b",\"last_modified\":\"");
            line.extend_from_slice(time.as_bytes());
            line.push(b'"');
        }
        None => line.extend_from_slice(b",\"last_modified\":null"),
    }
    append_text(line, b",\"etag\":\"", object.etag);
    append_text(line, b",\"storage_class\":\"", object.storage_class);
}

/// What not every server sends.
fn append_more(line: &mut Vec<u8>, object: &Object<'_>) {
    if let Some(owner) = object.owner() {
        append_text(line, b",\"owner\":{\"id\":\"", owner.id.as_deref());
        append_text(line, b",\"display_name\":\"", owner.display_name.as_deref());
        line.push(b'}');
    }
    let mut algorithms = object.checksum_algorithms();
    if let Some(first) = algorithms.next() {
        append_text(line, b",\"checksum_algorithm\":[\"", Some(first));
        for algorithm in algorithms {
            append_text(line, b",\"", Some(algorithm));
        }
        line.push(b']');
    }
    if let Some(kind) = object.checksum_type() {
        append_text(line, b",\"checksum_type\":\"", Some(kind));
    }
    if let Some(status) = object.restore_status() {
        line.extend_from_slice(b",\"restore_status\":{\"in_progress\":");
        append(line, &status.in_progress);
        append_text(line, b",\"expiry_date\":\"", status.expiry_date.map(iso).as_deref());
        line.push(b'}');
    }
}

/// A text or `null`, behind something that ends with the text's opening quote.
fn append_text(line: &mut Vec<u8>, before: &[u8], text: Option<&str>) {
    line.extend_from_slice(before);
    match text {
        Some(text) if is_plain_in_json(text) => {
            line.extend_from_slice(text.as_bytes());
            line.push(b'"');
        }
        text => {
            line.pop();
            line.extend_from_slice(escaped_json(Value::from(text).to_string()).as_bytes());
        }
    }
}

/// A number, or true or false.
fn append(line: &mut Vec<u8>, value: &impl Serialize) {
    // Memory takes every byte.
    let _ = serde_json::to_writer(line, value);
}
