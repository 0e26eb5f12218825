//! Times as text without the cost of a general formatter: a listing has millions of them.

use time::{OffsetDateTime, UtcOffset};

/// RFC 3339 in UTC, as [`iso`](crate::output::iso) has it: `2026-11-24T02:26:30Z`, with a fraction only where
/// there is one.
pub(super) struct Rfc3339 {
    /// The time, and behind it bytes of no meaning.
    pub(super) text: [u8; Self::LONGEST],
    pub(super) length: usize,
}

impl Rfc3339 {
    const LONGEST: usize = "2026-11-24T02:26:30.123456789Z".len();
    const WITHOUT_FRACTION: usize = "2026-11-24T02:26:30".len();

    /// Years of five digits are cut: no service has written any.
    pub(super) fn new(time: OffsetDateTime) -> Self {
        // Times of answers are in UTC already.
        let time = if time.offset().is_utc() {
            time
        } else {
            time.checked_to_offset(UtcOffset::UTC).unwrap_or(time)
        };
        let (year, month, day) = time.to_calendar_date();
        let (hour, minute, second, nanosecond) = time.to_hms_nano();
        let year = year.unsigned_abs() % 10_000;
        let (century, year) = ((year / 100) as u8, (year % 100) as u8);
        let [c, e] = two_digits(century);
        let [y, r] = two_digits(year);
        let [m, o] = two_digits(month.into());
        let [d, a] = two_digits(day);
        let [h, u] = two_digits(hour);
        let [n, i] = two_digits(minute);
        let [s, t] = two_digits(second);
        let whole = [c, e, y, r, b'-', m, o, b'-', d, a, b'T', h, u, b':', n, i, b':', s, t];
        let mut text = [b'Z'; Self::LONGEST];
        if let Some(start) = text.first_chunk_mut() {
            *start = whole;
        }
        let mut length = Self::WITHOUT_FRACTION;
        if nanosecond > 0 {
            length += fraction(text.iter_mut().skip(length), nanosecond);
        }
        Self { text, length: length + 1 }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    /// `2026-11-24 02:26:30`: as people read it.
    pub(super) fn to_seconds(&self) -> String {
        let mut seconds = self.text.get(..Self::WITHOUT_FRACTION).unwrap_or_default().to_vec();
        if let Some(separator) = seconds.get_mut("2026-11-24".len()) {
            *separator = b' ';
        }
        String::from_utf8(seconds).unwrap_or_default()
    }
}

/// Of a number below 100.
fn two_digits(number: u8) -> [u8; 2] {
    [b'0' + number / 10, b'0' + number % 10]
}

/// Write a number so that `text` ends with it, and say where it begins.
pub(super) fn end_with_number(text: &mut [u8], mut number: u64) -> usize {
    let mut start = text.len();
    for place in text.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        start -= 1;
        if number == 0 {
            break;
        }
    }
    start
}

/// Write `.25` for a quarter of a second, and say how long it is.
fn fraction<'a>(mut text: impl Iterator<Item = &'a mut u8>, mut nanosecond: u32) -> usize {
    let mut length = 0;
    let mut put = |byte| {
        if let Some(place) = text.next() {
            *place = byte;
            length += 1;
        }
    };
    put(b'.');
    while nanosecond > 0 {
        put(b'0' + (nanosecond / 100_000_000) as u8);
        nanosecond = nanosecond % 100_000_000 * 10;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::iso;

    #[test]
    fn times_are_written_as_the_library_for_them_writes_them() {
        for (seconds, nanoseconds) in [
            (0, 0),
            (1_795_479_057, 250_000_000),
            (951_782_399, 1),
            (1_600_000_000, 20_300_000),
            (253_402_300_799, 999_999_999),
        ] {
            let time = OffsetDateTime::from_unix_timestamp(seconds)
                .unwrap()
                .replace_nanosecond(nanoseconds)
                .unwrap();
            let quick = Rfc3339::new(time);
            assert_eq!(std::str::from_utf8(quick.as_bytes()).unwrap(), iso(time));
            assert_eq!(quick.to_seconds(), iso(time)[..19].replace('T', " "));
            let elsewhere = time.checked_to_offset(UtcOffset::from_hms(-5, -30, 0).unwrap()).unwrap();
            assert_eq!(Rfc3339::new(elsewhere).as_bytes(), quick.as_bytes());
        }
    }

    #[test]
    fn numbers_stand_at_the_end_of_their_place_as_the_standard_library_writes_them() {
        for number in [0, 7, 10, 99, 100, 4_096, 1_000_000_007, u64::MAX] {
            let mut text = [b'x'; 20];
            let start = end_with_number(&mut text, number);
            assert_eq!(std::str::from_utf8(&text[start..]).unwrap(), number.to_string());
            assert!(text[..start].iter().all(|byte| *byte == b'x'));
        }
    }
}
