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
    if is_plain(text.as_bytes()) {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
    } else {
        value(line, text);
    }
}

/// Whether a text has neither control characters nor quotes nor backslashes: eight bytes at a time, as the compiler does
/// not when it is told to make programs small.
fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    // A byte below `least` makes its highest bit come out, unless it has that itself (no ASCII).
    let below = |word: u64, least: u8| word.wrapping_sub(ONES * u64::from(least)) & !word & HIGH;
    let equals = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let special = |word: u64| below(word, b' ') | equals(word, b'"') | equals(word, b'\\');
    let (words, rest) = text.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| found | special(u64::from_le_bytes(*word)));
    found == 0 && rest.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\')
}

fn value<T: Serialize + ?Sized>(line: &mut Vec<u8>, value: &T) {
    // Memory takes every byte, and there is nothing in these values that JSON cannot have.
    let _ = serde_json::to_writer(line, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_an_escape_is_found_wherever_it_stands() {
        for byte in 0..=127_u8 {
            let is_special = byte < b' ' || byte == b'"' || byte == b'\\';
            for length in 1..20 {
                for at in 0..length {
                    let mut text = vec![b'~'; length];
                    text[at] = byte;
                    assert_eq!(is_plain(&text), !is_special, "{byte} at {at} of {length}");
                }
            }
        }
        assert!(is_plain("파일 ünïcödé 🦀 é".as_bytes()) && is_plain(b""));
    }
}
