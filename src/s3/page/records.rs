//! What a page keeps of each object: places in its text instead of copies.

use time::OffsetDateTime;

use crate::s3::RestoreStatus;

/// A stretch of a page's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::s3) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Nothing, as opposed to an empty text.
    pub(super) const NONE: Self = Self { start: u32::MAX, end: u32::MAX };

    /// Bytes `start..end`. No page is larger than 4 GiB: [`MAX_BODY`](crate::transport::MAX_BODY) is far less.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: place(start), end: place(end) }
    }

    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    /// The same stretch of a text that has this many bytes less in front.
    pub(super) fn shifted(self, less: usize) -> Self {
        Self::new(self.start().saturating_sub(less), (self.end as usize).saturating_sub(less))
    }

    pub(in crate::s3) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    pub(in crate::s3) fn of_some(self, text: &str) -> Option<&str> {
        (self != Self::NONE).then(|| self.of(text))
    }
}

/// A time as seconds since 1970 and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::s3) struct Time {
    seconds: i64,
    nanoseconds: u32,
}

impl Time {
    pub(super) const NONE: Self = Self { seconds: i64::MIN, nanoseconds: 0 };

    pub(in crate::s3) fn get(self) -> Option<OffsetDateTime> {
        let time = OffsetDateTime::from_unix_timestamp(self.seconds).ok()?;
        time.replace_nanosecond(self.nanoseconds).ok()
    }

    /// `2026-11-24T00:10:57.972Z` and nothing else; times written otherwise are for the full parser.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes: &[u8; 20] = text.as_bytes().first_chunk()?;
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if !separators.iter().all(|(at, expected)| bytes.get(*at) == Some(expected)) {
            return None;
        }
        let number = |from: usize, to: usize| {
            let digits = text.as_bytes().get(from..to)?;
            digits.iter().try_fold(0_u32, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
            })
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let nanoseconds = match text.as_bytes().get(19..)? {
            [b'Z'] => 0,
            [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
                number(20, 20 + digits.len())? * 10_u32.pow(9 - u32::try_from(digits.len()).ok()?)
            }
            _ => return None,
        };
        if hour > 23 || minute > 59 || second > 59 || day == 0 || day > days_in(year, month)? {
            return None;
        }
        let seconds =
            days_from_1970(year, month, day) * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
        Some(Self { seconds, nanoseconds })
    }
}

impl From<OffsetDateTime> for Time {
    fn from(time: OffsetDateTime) -> Self {
        Self { seconds: time.unix_timestamp(), nanoseconds: time.nanosecond() }
    }
}

fn days_in(year: u32, month: u32) -> Option<u32> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    })
}

/// Days of the proleptic Gregorian calendar. Years are taken to begin in March, so that a leap day is their last.
fn days_from_1970(year: u32, month: u32, day: u32) -> i64 {
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    i64::from(year * 365 + year / 4 - year / 100 + year / 400 + of_year) - 719_468 - 146_097
}

/// One object.
#[derive(Clone, Copy, Debug)]
pub(in crate::s3) struct Record {
    pub(in crate::s3) key: Span,
    pub(in crate::s3) size: u64,
    pub(in crate::s3) last_modified: Time,
    pub(in crate::s3) etag: Span,
    pub(in crate::s3) storage_class: Span,
    /// The place of its [`More`], plus one; 0 if it has none.
    pub(in crate::s3) more: u32,
}

impl Record {
    pub(super) const EMPTY: Self = Self {
        key: Span::NONE,
        size: 0,
        last_modified: Time::NONE,
        etag: Span::NONE,
        storage_class: Span::NONE,
        more: 0,
    };
}

/// What not every server sends.
#[derive(Clone, Debug)]
pub(in crate::s3) struct More {
    pub(in crate::s3) has_owner: bool,
    pub(in crate::s3) owner_id: Span,
    pub(in crate::s3) owner_name: Span,
    pub(in crate::s3) checksum_type: Span,
    /// Nearly always one: that needs no memory of its own.
    pub(in crate::s3) checksum_algorithm: Span,
    pub(in crate::s3) other_algorithms: Vec<Span>,
    pub(in crate::s3) restore_status: Option<Box<RestoreStatus>>,
}

impl Default for More {
    fn default() -> Self {
        Self {
            has_owner: false,
            owner_id: Span::NONE,
            owner_name: Span::NONE,
            checksum_type: Span::NONE,
            checksum_algorithm: Span::NONE,
            other_algorithms: Vec::new(),
            restore_status: None,
        }
    }
}

impl More {
    pub(super) fn push_algorithm(&mut self, name: Span) {
        if self.checksum_algorithm == Span::NONE {
            self.checksum_algorithm = name;
        } else {
            self.other_algorithms.push(name);
        }
    }

    pub(in crate::s3) fn algorithms(&self) -> impl Iterator<Item = Span> + Clone {
        let first = (self.checksum_algorithm != Span::NONE).then_some(self.checksum_algorithm);
        first.into_iter().chain(self.other_algorithms.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::timestamp;

    #[test]
    fn times_are_those_of_the_full_parser() {
        for seconds in
            (-62_167_219_200_i64..=253_402_300_799).step_by(86_399 * 97).chain([0, -1, 951_782_400])
        {
            let expected = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let text = expected.format(&time::format_description::well_known::Rfc3339).unwrap();
            assert_eq!(Time::read(&text).unwrap().get(), Some(expected), "{text}");
        }
        for digits in 1..=9 {
            let text = format!("2026-11-24T00:10:57.{}Z", &"972117714"[..digits]);
            assert_eq!(Time::read(&text).unwrap().get(), timestamp::iso_8601(&text), "{text}");
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
            assert_eq!(Time::read(other), None, "{other}");
        }
    }
}
