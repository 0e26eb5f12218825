//! Times in answers: ISO 8601 with 0 to 9 fractional digits in XML, RFC 1123 in headers.

use time::{
    Date, Month, OffsetDateTime, Time, UtcOffset,
    format_description::well_known::{Rfc2822, Rfc3339},
};

/// `2026-11-24T00:10:57.972117714Z`, also without a fraction or with an offset: `+02:00`, `-0530`, `+02`.
/// It is handed on in UTC: whoever prints it may write a `Z` behind it.
pub(crate) fn iso_8601(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    iso_8601_utc(text)
        .or_else(|| iso_8601_with_offset(text))
        .or_else(|| in_utc(OffsetDateTime::parse(text, &Rfc3339).ok()?))
}

/// The local time as if it were UTC, then its offset.
fn iso_8601_with_offset(text: &str) -> Option<OffsetDateTime> {
    // Before the time, hyphens separate the date's parts.
    let time = text.find('T')?;
    let sign = time + text.get(time..)?.find(['+', '-'])?;
    let (local, offset) = text.split_at_checked(sign)?;
    in_utc(iso_8601_utc(&format!("{local}Z"))?.replace_offset(utc_offset(offset.as_bytes())?))
}

/// `+02:00`, `+0200`, `+02`: less than a day.
fn utc_offset(text: &[u8]) -> Option<UtcOffset> {
    let (sign, digits) = text.split_first()?;
    let (hours, minutes) = match *digits {
        [h0, h1] => (two_digits(h0, h1)?, 0),
        [h0, h1, m0, m1] | [h0, h1, b':', m0, m1] => (two_digits(h0, h1)?, two_digits(m0, m1)?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    UtcOffset::from_whole_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()
}

/// `None` for what lies, in UTC, in a year of more than four digits.
fn in_utc(time: OffsetDateTime) -> Option<OffsetDateTime> {
    time.checked_to_offset(UtcOffset::UTC)
}

/// `2026-11-24T00:10:57.972Z` and nothing else: what nearly all servers write, read in a tenth of the time.
pub(crate) fn iso_8601_utc(text: &str) -> Option<OffsetDateTime> {
    let (whole, fraction) = text.as_bytes().split_first_chunk()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1] = *whole
    else {
        return None;
    };
    let month = Month::try_from(two_digits(m0, m1)?).ok()?;
    let year = i32::from(two_digits(y0, y1)?) * 100 + i32::from(two_digits(y2, y3)?);
    let date = Date::from_calendar_date(year, month, two_digits(d0, d1)?).ok()?;
    let nanosecond = match fraction {
        b"Z" | b".000Z" => 0,
        [b'.', digits @ .., b'Z'] => nanoseconds(digits)?,
        _ => return None,
    };
    let (hour, minute, second) = (two_digits(h0, h1)?, two_digits(n0, n1)?, two_digits(s0, s1)?);
    let time = Time::from_hms_nano(hour, minute, second, nanosecond).ok()?;
    Some(OffsetDateTime::new_utc(date, time))
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// The digits behind a decimal point of seconds.
fn nanoseconds(digits: &[u8]) -> Option<u32> {
    let missing = 9_u32.checked_sub(u32::try_from(digits.len()).ok()?).filter(|missing| *missing < 9)?;
    let number = digits.iter().try_fold(0, |number, byte| Some(number * 10 + u32::from(digit(*byte)?)))?;
    Some(number * 10_u32.pow(missing))
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

/// `Tue, 24 Nov 2026 02:26:30 GMT`.
pub(crate) fn http_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_fractional_digits_is_read() {
        for digits in 0..=9 {
            let fraction = if digits == 0 { String::new() } else { format!(".{}", &"972117714"[..digits]) };
            let parsed = iso_8601(&format!("2026-11-24T00:10:57{fraction}Z")).unwrap();
            assert_eq!(parsed.unix_timestamp(), 1_795_479_057, "{digits}");
        }
        assert_eq!(iso_8601("2026-11-24T00:10:57+00:00").unwrap().unix_timestamp(), 1_795_479_057);
        assert_eq!(iso_8601("yesterday"), None);
        assert_eq!(http_date("Tue, 24 Nov 2026 00:10:57 GMT").unwrap().unix_timestamp(), 1_795_479_057);
    }

    /// What the offsets come to is compared with botocore in `tests/timestamps.rs`.
    #[test]
    fn times_are_handed_on_in_utc_and_offsets_that_are_none_are_refused() {
        for text in ["2026-11-24T02:10:57+02:00", "2026-11-23T18:40:57-0530", "2026-11-24t02:10:57+02:00"] {
            let time = iso_8601(text).unwrap();
            assert_eq!((time.unix_timestamp(), time.offset()), (1_795_479_057, UtcOffset::UTC), "{text}");
        }
        for offset in
            ["+2", "+24:00", "+02:60", "+020", "+02:0", "+02:00:00", "+0a:00", "02:00", "+", "++02", "+é"]
        {
            assert_eq!(iso_8601(&format!("2026-11-24T02:10:57{offset}")), None, "{offset}");
        }
        assert_eq!(iso_8601("9999-12-31T23:59:59-01:00"), None);
        assert_eq!(iso_8601("2026-11-24+02:00"), None);
    }

    #[test]
    fn the_usual_form_is_read_as_by_the_full_parser() {
        for seconds in
            (-62_167_219_200_i64..=253_402_300_799).step_by(86_399 * 97).chain([0, -1, 951_782_400])
        {
            let expected = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let text = expected.format(&Rfc3339).unwrap();
            assert_eq!(iso_8601_utc(&text), Some(expected), "{text}");
        }
        for digits in 1..=9 {
            let text = format!("2026-11-24T00:10:57.{}Z", &"972117714"[..digits]);
            assert_eq!(iso_8601_utc(&text), OffsetDateTime::parse(&text, &Rfc3339).ok(), "{text}");
        }
        for other in [
            "",
            "2026-11-24",
            "2026-11-24T00:10:57+00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T23:59:60Z",
            "2026-11-24T00:10:57.Z",
            "2026-11-24T00:10:57.1234567890Z",
            "2026-00-10T00:00:00Z",
            "2026-11-00T00:00:00Z",
            "+026-11-24T00:10:57Z",
            "2026-11-24T00:10:57Zx",
        ] {
            assert_eq!(iso_8601_utc(other), None, "{other}");
        }
    }
}
