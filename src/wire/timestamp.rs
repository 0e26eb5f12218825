//! Times in answers: ISO 8601 in XML, and in documents also as numbers; HTTP dates in headers.

use time::{
    Date, Month, OffsetDateTime, Time, UtcOffset,
    format_description::well_known::{Rfc2822, Rfc3339},
};

/// `2026-11-24T00:10:57.972117714Z`, and the other forms of ISO 8601 that programs write for it: an offset (`+02:00`, `-0530`,
/// `+02`) or `UTC` for the `Z`, a comma before the fraction, no seconds, a blank for the `T`, no separators at all
/// (`20261124T001057Z`). A time without a zone is none: it may be anybody's.
///
/// It is handed on in UTC: whoever prints it may write a `Z` behind it. Of a fraction nine digits count.
pub(crate) fn iso_8601(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    iso_8601_utc(text)
        .or_else(|| any_iso_8601(text))
        .or_else(|| in_utc(OffsetDateTime::parse(text, &Rfc3339).ok()?))
}

/// Numbers below are seconds since 1970, others milliseconds: seconds of the year 5138, milliseconds of 1973.
#[cfg(feature = "providers")]
const MILLISECONDS_FROM: i64 = 100_000_000_000;
/// No expiration is older than 1973; what is smaller is something else, a life in seconds for one.
#[cfg(feature = "providers")]
const EARLIEST: i64 = 100_000_000;

/// A number of seconds or milliseconds since 1970.
#[cfg(feature = "providers")]
pub(crate) fn unix_time(number: i64) -> Option<OffsetDateTime> {
    let seconds = match number {
        ..EARLIEST => return None,
        EARLIEST..MILLISECONDS_FROM => number,
        MILLISECONDS_FROM.. => number / 1000,
    };
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// As RFC 3339, which is how the command prints times.
#[cfg(feature = "serde")]
pub(crate) fn serialize<S: serde::Serializer>(
    time: &Option<OffsetDateTime>,
    to: S,
) -> Result<S::Ok, S::Error> {
    use serde::{Serialize, ser::Error};
    time.map(|time| time.format(&Rfc3339).map_err(Error::custom)).transpose()?.serialize(to)
}

/// `2026-11-24T00:10:57Z`, as other tools write it into the files that we share with them.
#[cfg(feature = "providers")]
pub(crate) fn whole_seconds(time: OffsetDateTime) -> String {
    let time = in_utc(time).unwrap_or(time);
    // A year of four digits, which is all that is ever read, can be written.
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

/// Date, time and zone, each in any of its forms.
fn any_iso_8601(text: &str) -> Option<OffsetDateTime> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let date = match *date.as_bytes() {
        [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] | [y0, y1, y2, y3, m0, m1, d0, d1] => {
            date_of_digits([y0, y1, y2, y3], [m0, m1], [d0, d1])?
        }
        _ => return None,
    };
    let zone = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))?;
    let (time, zone) = rest.split_at_checked(zone)?;
    let (time, fraction) =
        time.split_once(['.', ',']).map_or((time, None), |(time, digits)| (time, Some(digits)));
    let (hour, minute, second) = match *time.as_bytes() {
        [h0, h1, b':', m0, m1, b':', s0, s1] | [h0, h1, m0, m1, s0, s1] => {
            (two_digits(h0, h1)?, two_digits(m0, m1)?, two_digits(s0, s1)?)
        }
        // A fraction would be one of a minute.
        [h0, h1, b':', m0, m1] | [h0, h1, m0, m1] if fraction.is_none() => {
            (two_digits(h0, h1)?, two_digits(m0, m1)?, 0)
        }
        _ => return None,
    };
    let nanosecond = match fraction {
        None => 0,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            nanoseconds(digits.as_bytes().get(..9).unwrap_or(digits.as_bytes()))?
        }
        Some(_) => return None,
    };
    let time = Time::from_hms_nano(hour, minute, second, nanosecond).ok()?;
    let offset = match zone.trim_start() {
        "Z" | "z" | "UTC" | "GMT" => UtcOffset::UTC,
        offset => utc_offset(offset.as_bytes())?,
    };
    in_utc(OffsetDateTime::new_in_offset(date, time, offset))
}

#[inline]
fn date_of_digits(year: [u8; 4], month: [u8; 2], day: [u8; 2]) -> Option<Date> {
    let ([y0, y1, y2, y3], [m0, m1], [d0, d1]) = (year, month, day);
    let month = Month::try_from(two_digits(m0, m1)?).ok()?;
    let year = i32::from(two_digits(y0, y1)?) * 100 + i32::from(two_digits(y2, y3)?);
    Date::from_calendar_date(year, month, two_digits(d0, d1)?).ok()
}

/// `+02:00`, `+0200`, `+02`: less than a day.
fn utc_offset(text: &[u8]) -> Option<UtcOffset> {
    let (sign, digits) = text.split_first()?;
    let (hours, minutes) = match *digits {
        [h0, h1] => (two_digits(h0, h1)?, 0),
        [h0, h1, m0, m1] | [h0, h1, b':', m0, m1] => (two_digits(h0, h1)?, two_digits(m0, m1)?),
        _ => return None,
    };
    if !matches!(sign, b'+' | b'-') || hours > 23 || minutes > 59 {
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
    let date = date_of_digits([y0, y1, y2, y3], [m0, m1], [d0, d1])?;
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

/// An HTTP date in any of its three forms (RFC 9110, 5.6.7), with `GMT` or `UTC`:
///
/// - `Tue, 24 Nov 2026 02:26:30 GMT`
/// - `Tuesday, 24-Nov-26 02:26:30 GMT`: a year that would be more than 50 years after `now` is of the century before
/// - `Tue Nov 24 02:26:30 2026`
pub(crate) fn http_date(text: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let separators = |c: char| matches!(c, ' ' | ',' | '-');
    let words: Vec<&str> = text.split(separators).filter(|word| !word.is_empty()).take(7).collect();
    match *words {
        [_, day, month, year, time, "GMT" | "UTC"] => date_of(day, month, full_year(year, now)?, time),
        [_, month, day, time, year] if year.len() == 4 => date_of(day, month, year.parse().ok()?, time),
        // Some servers give an offset, as mail has it.
        _ => OffsetDateTime::parse(text.trim(), &Rfc2822).ok(),
    }
}

fn full_year(year: &str, now: OffsetDateTime) -> Option<i32> {
    let number: i32 = year.parse().ok()?;
    if year.len() != 2 {
        return Some(number).filter(|_| year.len() == 4);
    }
    let this_century = now.year() / 100 * 100 + number;
    Some(if this_century > now.year() + 50 { this_century - 100 } else { this_century })
}

fn date_of(day: &str, month: &str, year: i32, time: &str) -> Option<OffsetDateTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = MONTHS.iter().position(|name| *name == month)? + 1;
    let month = Month::try_from(u8::try_from(number).ok()?).ok()?;
    let date = Date::from_calendar_date(year, month, day.parse().ok()?).ok()?;
    let &[h0, h1, b':', m0, m1, b':', s0, s1] = time.as_bytes() else { return None };
    // A leap second is the last one before it, for our purpose.
    let second = two_digits(s0, s1)?.min(59);
    let time = Time::from_hms(two_digits(h0, h1)?, two_digits(m0, m1)?, second).ok()?;
    Some(OffsetDateTime::new_utc(date, time))
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
    }

    /// The example of RFC 9110, 5.6.7, in its three forms; 784,111,777 is what `date -d` says of it.
    #[test]
    fn dates_are_read_in_all_forms_that_http_has() {
        let now = OffsetDateTime::from_unix_timestamp(1_795_479_057).unwrap();
        let seconds = |text: &str| http_date(text, now).map(OffsetDateTime::unix_timestamp);
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 +0000",
        ] {
            assert_eq!(seconds(text), Some(784_111_777), "{text}");
        }
        assert_eq!(seconds("Tue, 24 Nov 2026 00:10:57 GMT"), Some(1_795_479_057));
        // Seen from 2026: 2076 is not more than 50 years away, 2077 is.
        let year = |text: &str| http_date(text, now).map(OffsetDateTime::year);
        assert_eq!(year("Tuesday, 24-Nov-76 00:10:57 GMT"), Some(2076));
        assert_eq!(year("Thursday, 24-Nov-77 00:10:57 GMT"), Some(1977));
        for text in [
            "",
            "yesterday",
            "Sun, 06 Nov 1994 08:49:37 Mars",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nix 1994 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun Nov  6 08:49:37 94",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
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

    /// ISO 8601-1:2019, 4.3.8 and 5.4.2: separators may be left out, seconds too, and the decimal sign is a comma or a full stop.
    #[test]
    fn the_forms_that_programs_write_are_read_and_times_without_a_zone_are_not() {
        for text in [
            "2026-11-24T00:10:57,972Z",
            "2026-11-24T00:10:57.972+0000",
            "2026-11-24 00:10:57.972Z",
            "2026-11-24 00:10:57.972 UTC",
            "2026-11-24 00:10:57.972 +0000",
            "2026-11-24T00:10:57.972000000000Z",
            "2026-11-24T02:10:57,972117714+02:00",
            "20261124T001057Z",
            "20261124T001057.972Z",
            "20261124T021057+0200",
        ] {
            assert_eq!(iso_8601(text).map(OffsetDateTime::unix_timestamp), Some(1_795_479_057), "{text}");
        }
        for text in ["2026-11-24T00:10Z", "2026-11-24T02:10+02:00", "20261124T0010Z"] {
            assert_eq!(iso_8601(text).map(OffsetDateTime::unix_timestamp), Some(1_795_479_000), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-11-24",
            "2026-11-24T00:10:57",
            "2026-11-24 00:10:57",
            "2026-11-24T00:10:57 CET",
            "2026-11-24T00Z",
            "2026-11-24T00:10.5Z",
            "2026-11-24T00:10:57,Z",
            "2026-11-24T00:10:57,5,5Z",
            "2026-11-24T00:10:5Z",
            "2026-1124T00:10:57Z",
            "2026-11-24T24:10:57Z",
            "2026-11-24T00:10:57ZZ",
            "2026-11-24T00:10:57Z 1",
            "é026-11-24T00:10:57Z",
        ] {
            assert_eq!(iso_8601(text), None, "{text}");
        }
    }

    #[cfg(feature = "providers")]
    #[test]
    fn numbers_are_seconds_or_milliseconds_by_their_size_and_small_ones_are_no_times() {
        let seconds = |number| unix_time(number).map(OffsetDateTime::unix_timestamp);
        assert_eq!(seconds(1_795_479_057), Some(1_795_479_057));
        assert_eq!(seconds(1_795_479_057_972), Some(1_795_479_057));
        for other in [i64::MIN, -1_795_479_057, 0, 2030, 3600, i64::MAX] {
            assert_eq!(seconds(other), None, "{other}");
        }
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
