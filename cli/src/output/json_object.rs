//! An object as a line of JSON, written by hand: a listing has millions of them, and they are most of its work.

use serde::Serialize;
use sts3::s3::Object;

use super::iso;

/// Append an object, with its time as text.
pub(super) fn write(line: &mut Vec<u8>, object: &Object<'_>, last_modified: Option<&str>) {
    line.extend_from_slice(b"{\"key\":");
    text(line, object.key);
    line.extend_from_slice(b",\"size\":");
    value(line, &object.size);
    for (name, member) in [
        (&b",\"last_modified\":"[..], last_modified),
        (b",\"etag\":", object.etag),
        (b",\"storage_class\":", object.storage_class),
    ] {
        line.extend_from_slice(name);
        optional(line, member);
    }
    if let Some(owner) = object.owner() {
        line.extend_from_slice(b",\"owner\":{\"id\":");
        optional(line, owner.id.as_deref());
        line.extend_from_slice(b",\"display_name\":");
        optional(line, owner.display_name.as_deref());
        line.push(b'}');
    }
    let mut algorithms = object.checksum_algorithms();
    if let Some(first) = algorithms.next() {
        line.extend_from_slice(b",\"checksum_algorithm\":[");
        text(line, first);
        for algorithm in algorithms {
            line.push(b',');
            text(line, algorithm);
        }
        line.push(b']');
    }
    if let Some(kind) = object.checksum_type() {
        line.extend_from_slice(b",\"checksum_type\":");
        text(line, kind);
    }
    if let Some(status) = object.restore_status() {
        line.extend_from_slice(b",\"restore_status\":{\"in_progress\":");
        value(line, &status.in_progress);
        line.extend_from_slice(b",\"expiry_date\":");
        optional(line, status.expiry_date.map(iso).as_deref());
        line.push(b'}');
    }
    line.push(b'}');
}

fn optional(line: &mut Vec<u8>, member: Option<&str>) {
    match member {
        Some(member) => text(line, member),
        None => line.extend_from_slice(b"null"),
    }
}

fn text(line: &mut Vec<u8>, text: &str) {
    let is_plain =
        text.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'));
    if is_plain {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
    } else {
        value(line, text);
    }
}

fn value<T: Serialize + ?Sized>(line: &mut Vec<u8>, value: &T) {
    // Memory takes every byte, and there is nothing in these values that JSON cannot have.
    let _ = serde_json::to_writer(line, value);
}
