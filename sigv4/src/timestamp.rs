use core::{fmt, time::Duration};

/// The longest life of a presigned URL: seven days.
pub const MAX_EXPIRES: Duration = Duration::from_secs(604_800);

const SECONDS_PER_DAY: u64 = 86_400;
/// 9999-12-31T23:59:59Z: the format has four digits for the year.
const LAST_SECOND: u64 = 253_402_300_799;

/// A point in time in whole seconds, as SigV4 writes it: `20130524T000000Z` (ISO 8601 basic format, UTC).
///
/// The crate reads no clock; with `std`, `Timestamp::from(SystemTime::now())` is the usual source.
///
/// ```
/// use sts3_sigv4::Timestamp;
///
/// let time = Timestamp::parse("20150830T123600Z").expect("basic ISO 8601");
/// assert_eq!(time.to_string(), "20150830T123600Z");
/// assert_eq!(Timestamp::parse("2015-08-30"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From seconds since 1970-01-01T00:00:00Z. Later than the year 9999 becomes that year's last second.
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(if seconds > LAST_SECOND { LAST_SECOND } else { seconds })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix_seconds(self) -> u64 {
        self.0
    }

    /// Read `YYYYMMDDTHHMMSSZ`; `None` for anything else, and for dates that no calendar has.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: &[u8; 16] = text.as_bytes().try_into().ok()?;
        let [y1, y2, y3, y4, o1, o2, d1, d2, b'T', h1, h2, m1, m2, s1, s2, b'Z'] = *digits else {
            return None;
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u32, |sum, digit| {
                digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
            })
        };
        let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[o1, o2])?, number(&[d1, d2])?);
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
        if year < 1970 || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_from_civil(year, month, day);
        let parsed = Self(u64::from(days) * SECONDS_PER_DAY + u64::from(hour * 3600 + minute * 60 + second));
        // February 30th reads back as March: not a date.
        (civil_from_days(days) == (year, month, day)).then_some(parsed)
    }

    /// `YYYYMMDDTHHMMSSZ`, on the stack.
    pub(crate) fn basic(self) -> Basic {
        let (year, month, day) = civil_from_days((self.0 / SECONDS_PER_DAY) as u32);
        let second = (self.0 % SECONDS_PER_DAY) as u32;
        let [c1, c2] = two_digits(year / 100);
        let [y1, y2] = two_digits(year % 100);
        let [o1, o2] = two_digits(month);
        let [d1, d2] = two_digits(day);
        let [h1, h2] = two_digits(second / 3600);
        let [m1, m2] = two_digits(second / 60 % 60);
        let [s1, s2] = two_digits(second % 60);
        Basic([c1, c2, y1, y2, o1, o2, d1, d2, b'T', h1, h2, m1, m2, s1, s2, b'Z'])
    }
}

/// The digits of a number below 100.
fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// The 16 characters of a timestamp; the first eight are the scope's date.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basic([u8; 16]);

impl Basic {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn date(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.basic().as_str())
    }
}

// Years start in March, so that the leap day comes last, and eras of 400 years have a fixed number of days:
// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: u32, month: u32, day: u32) -> u32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let year_of_era = year % 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.max(1) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

// With multiplications in place of most divisions: Cassio Neri and Lorenz Schneider, "Euclidean affine
// functions and their application to calendar algorithms", 2022, section 6.
fn civil_from_days(days: u32) -> (u32, u32, u32) {
    let shifted = 4 * (days + 719_468) + 3;
    let century = shifted / 146_097;
    let day_of_century = shifted % 146_097 / 4;
    let scaled = 2_939_745 * u64::from(4 * day_of_century + 3);
    let year_of_century = (scaled >> 32) as u32;
    let day_of_year = scaled as u32 / 2_939_745 / 4;
    let scaled_month = 2_141 * day_of_year + 197_913;
    let (month, day) = (scaled_month >> 16, (scaled_month & 0xFFFF) / 2_141 + 1);
    let is_next_year = day_of_year >= 306;
    let year = 100 * century + year_of_century + u32::from(is_next_year);
    (year, if is_next_year { month - 12 } else { month }, day)
}

#[cfg(feature = "std")]
impl From<std::time::SystemTime> for Timestamp {
    /// Before 1970 becomes 1970: such a clock is wrong anyway, and the service will say so.
    fn from(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self::from_unix_seconds(since.as_secs())
    }
}

#[cfg(feature = "time")]
impl From<time::OffsetDateTime> for Timestamp {
    /// Before 1970 becomes 1970.
    fn from(time: time::OffsetDateTime) -> Self {
        Self::from_unix_seconds(u64::try_from(time.unix_timestamp()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn known_instants_are_written_and_read() {
        // Unix seconds from GNU date: `date -u -d 2015-08-30T12:36:00Z +%s`.
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_369_353_600, "20130524T000000Z"),
            (1_440_938_160, "20150830T123600Z"),
            (4_107_542_399, "21000228T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (LAST_SECOND, "99991231T235959Z"),
        ] {
            assert_eq!(Timestamp::from_unix_seconds(seconds).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp(seconds)), "{text}");
        }
    }

    #[test]
    fn every_day_comes_after_the_one_before_and_reads_back() {
        let mut before = civil_from_days(0);
        assert_eq!(before, (1970, 1, 1));
        for days in 1..=(LAST_SECOND / SECONDS_PER_DAY) as u32 {
            let date = civil_from_days(days);
            assert!(before < date && days_from_civil(date.0, date.1, date.2) == days, "{date:?}");
            before = date;
        }
        assert_eq!(before, (9999, 12, 31));
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in [
            "",
            "20130524",
            "20130524T000000",
            "2013-05-24T00:00:00Z",
            "20130230T000000Z",
            "20131301T000000Z",
            "20130524T240000Z",
            "20130524t000000z",
            "2013052AT000000Z",
            "20130500T000000Z",
            "19691231T235959Z",
            "２０130524T0000",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text:?}");
        }
    }
}
