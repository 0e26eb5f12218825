//! `Range: bytes=…` of GetObject and HeadObject:
//! [RFC 9110, 14.1.2](https://www.rfc-editor.org/rfc/rfc9110.html#section-14.1.2) as S3 reads it.
//!
//! S3 ["doesn't support retrieving multiple ranges of data per GET
//! request"](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html): it ignores them, as it
//! ignores what is not a range, and sends the whole object.

use std::ops::Range;

use crate::wire::Refusal;

/// Which bytes of an object a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Requested {
    /// All of them, with status 200.
    Whole,
    /// These, with status 206.
    Part(Range<usize>),
    /// Bytes that do not exist: status 416.
    Unsatisfiable,
}

/// What a `Range` header asks of an object of this many bytes.
pub(crate) fn read(header: &str, size: usize) -> Requested {
    let Some((unit, spec)) = header.split_once('=') else { return Requested::Whole };
    let Some((first, last)) = spec.split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes")) else {
        return Requested::Whole;
    };
    match (first, number(first), last, number(last)) {
        ("", _, _, Some(0)) => Requested::Unsatisfiable,
        // The last bytes; an empty object has none, and is sent as a whole.
        ("", _, _, Some(_)) if size == 0 => Requested::Whole,
        ("", _, _, Some(length)) => Requested::Part(size.saturating_sub(length)..size),
        (_, Some(first), "", _) => part(first, size, size),
        (_, Some(first), _, Some(last)) if first <= last => part(first, last.saturating_add(1), size),
        _ => Requested::Whole,
    }
}

fn part(first: usize, end: usize, size: usize) -> Requested {
    if first < size { Requested::Part(first..end.min(size)) } else { Requested::Unsatisfiable }
}

/// Digits; a number that is too large is larger than every object.
fn number(digits: &str) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}

/// How S3 refuses a range that begins after the end of the object.
pub(crate) fn unsatisfiable(header: &str, size: usize) -> Refusal {
    Refusal::new("InvalidRange", 416, "The requested range is not satisfiable")
        .detail("RangeRequested", header)
        .detail("ActualObjectSize", size.to_string())
}
