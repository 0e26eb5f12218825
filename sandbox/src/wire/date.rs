//! Times as answers write them.

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http(time: OffsetDateTime) -> String {
    time.format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT")
}

/// Milliseconds, as S3 writes them.
pub(crate) fn iso_milliseconds(time: OffsetDateTime) -> String {
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, millisecond) = time.to_hms_milli();
    let parts = [
        (year.unsigned_abs(), 1000, '-'),
        (u8::from(month).into(), 10, '-'),
        (day.into(), 10, 'T'),
        (hour.into(), 10, ':'),
        (minute.into(), 10, ':'),
        (second.into(), 10, '.'),
        (millisecond.into(), 100, 'Z'),
    ];
    let mut text = String::with_capacity(24);
    for (number, mut place, separator) in parts {
        // By hand: the formatter takes ten times as long, and a page has a thousand of these.
        while place > 0 {
            text.push(char::from(b'0' + (number / place % 10) as u8));
            place /= 10;
        }
        text.push(separator);
    }
    text
}
