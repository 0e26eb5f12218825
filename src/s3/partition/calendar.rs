//! Dates in keys: which digits may follow, before a whole year of them was seen.
//!
//! Logs and tables are kept by date more often than by anything else, and a listing has to guess where months
//! end long before it sees the end of one.

/// A digit, and how many of the months (days, hours…) that may follow start with it.
pub(super) type Share = (char, u8);

const MONTHS: [Share; 2] = [('0', 9), ('1', 3)];
const DAYS: [Share; 4] = [('0', 9), ('1', 10), ('2', 10), ('3', 2)];
const DAYS_OF_30: [Share; 4] = [('0', 9), ('1', 10), ('2', 10), ('3', 1)];
const DAYS_OF_FEBRUARY: [Share; 3] = [('0', 9), ('1', 10), ('2', 10)];
const HOURS: [Share; 3] = [('0', 10), ('1', 10), ('2', 4)];
const DIGITS: [Share; 10] =
    [('0', 1), ('1', 1), ('2', 1), ('3', 1), ('4', 1), ('5', 1), ('6', 1), ('7', 1), ('8', 1), ('9', 1)];

/// The fields of a date behind its year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Month,
    Day {
        month: u8,
    },
    Hour,
    /// A minute or a second.
    Sixtieth,
}

/// Where in a key its first date goes on behind the year.
pub(super) fn behind_year(key: &str) -> Option<usize> {
    let bytes = key.as_bytes();
    let is_year = |at: &usize| {
        let is_free =
            at.checked_sub(1).and_then(|at| bytes.get(at)).is_none_or(|before| !before.is_ascii_digit());
        let year = bytes.get(*at..at + 4).unwrap_or_default();
        is_free
            && matches!(year, [b'1', b'9', a, b] | [b'2', b'0', a, b] if a.is_ascii_digit() && b.is_ascii_digit())
    };
    let mut candidates = memchr::memchr2_iter(b'1', b'2', bytes).filter(is_year).map(|at| at + 4);
    candidates.find(|at| key.get(*at..).is_some_and(|rest| !separator(rest).is_empty()))
}

/// The digits that may follow `rest`, what a key has behind the year of its date: `/1`, `-11-`, `/month=`.
pub(super) fn following(mut rest: &str) -> Option<&'static [Share]> {
    let mut field = Field::Month;
    loop {
        let between = separator(rest);
        if between.is_empty() {
            return None;
        }
        rest = rest.get(between.len()..)?;
        match rest.as_bytes() {
            [] => return Some(field.tens()),
            [tens] => return field.units(*tens),
            [tens, units, ..] if tens.is_ascii_digit() && units.is_ascii_digit() => {
                field = field.next((tens - b'0') * 10 + (units - b'0'))?;
                rest = rest.get(2..)?;
            }
            _ => return None,
        }
    }
}

/// What stands before a field of a date: one character, or a `/` and the field's name.
fn separator(rest: &str) -> &str {
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let length = match rest.as_bytes() {
        [b'/', name @ ..] => match name.iter().position(|byte| !is_name(byte)) {
            Some(end) if end > 0 && name.get(end) == Some(&b'=') => end + 2,
            _ => 1,
        },
        [b'-' | b'_' | b'.' | b'T' | b':' | b' ', ..] => 1,
        _ => 0,
    };
    rest.get(..length).unwrap_or_default()
}

impl Field {
    /// The field behind this one; none if this value cannot be part of a date.
    fn next(self, value: u8) -> Option<Self> {
        match self {
            Self::Month => (1..=12).contains(&value).then_some(Self::Day { month: value }),
            Self::Day { .. } => (1..=31).contains(&value).then_some(Self::Hour),
            Self::Hour => (value < 24).then_some(Self::Sixtieth),
            Self::Sixtieth => (value < 60).then_some(Self::Sixtieth),
        }
    }

    fn tens(self) -> &'static [Share] {
        match self {
            Self::Month => &MONTHS,
            Self::Day { month: 2 } => &DAYS_OF_FEBRUARY,
            Self::Day { month: 4 | 6 | 9 | 11 } => &DAYS_OF_30,
            Self::Day { .. } => &DAYS,
            Self::Hour => &HOURS,
            Self::Sixtieth => &DIGITS[..6],
        }
    }

    fn units(self, tens: u8) -> Option<&'static [Share]> {
        Some(match (self, tens) {
            (Self::Month | Self::Day { .. }, b'0') => &DIGITS[1..],
            (Self::Month, b'1') => &DIGITS[..3],
            (Self::Day { month: 4 | 6 | 9 | 11 }, b'3') => &DIGITS[..1],
            (Self::Day { .. }, b'3') => &DIGITS[..2],
            (Self::Hour, b'2') => &DIGITS[..4],
            (Self::Day { .. }, b'1' | b'2') | (Self::Hour, b'0' | b'1') | (Self::Sixtieth, b'0'..=b'5') => {
                &DIGITS
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits_behind(key: &str) -> Option<String> {
        let at = behind_year(key)?;
        Some(following(&key[at..])?.iter().map(|(digit, _)| digit).collect())
    }

    #[test]
    fn months_days_and_hours_end_where_the_calendar_says() {
        for (key, expected) in [
            ("logs/2026/", "01"),
            ("logs/2026/1", "012"),
            ("logs/2026/0", "123456789"),
            ("logs/2026-11-3", "0"),
            ("logs/2026-02-", "012"),
            ("t/year=2026/month=12/day=3", "01"),
            ("t/year=2026/month=12/day=31/hour=", "012"),
            ("a/1999/12/31/2", "0123"),
            ("a/1999_12_31T23:", "012345"),
        ] {
            assert_eq!(digits_behind(key).as_deref(), Some(expected), "{key}");
        }
    }

    #[test]
    fn other_numbers_are_no_dates() {
        for key in [
            "logs/", "20265/", "12026/", "2026", "2026/13/", "2026/00/", "2026/1x", "2026/12", "1850/1",
            "2026é1",
        ] {
            assert_eq!(digits_behind(key), None, "{key}");
        }
    }
}
