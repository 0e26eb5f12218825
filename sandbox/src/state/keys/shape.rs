//! How keys are made of ranks.

use super::{
    distribution::Distribution,
    points::{Points, mix},
};

/// How keys are made of ranks. Every mapping is strictly ascending.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    FlatUuid(Points),
    Dated(Dated),
    DeepSkew(DeepSkew),
    Numeric { count: u64 },
    Unicode(Points),
}

impl Shape {
    pub(super) fn new(distribution: Distribution, count: u64) -> Self {
        match distribution {
            Distribution::FlatUuid => Self::FlatUuid(Points::new(1, count)),
            Distribution::Dated => Self::Dated(Dated::new(count)),
            Distribution::DeepSkew => Self::DeepSkew(DeepSkew::new(count)),
            Distribution::Numeric => Self::Numeric { count },
            Distribution::Unicode => Self::Unicode(Points::new(5, count)),
        }
    }

    pub(super) fn key(&self, rank: u64) -> String {
        match self {
            Self::FlatUuid(points) => uuid(points.at(rank)),
            Self::Dated(dated) => dated.key(rank),
            Self::DeepSkew(skewed) => skewed.key(rank),
            Self::Numeric { count } => nth_decimal(rank, *count).to_string(),
            Self::Unicode(points) => unicode(points.at(rank)),
        }
    }
}

fn uuid(high: u64) -> String {
    let mut uuid = hex::encode([high.to_be_bytes(), mix(high).to_be_bytes()].concat());
    for dash in [8, 13, 18, 23] {
        uuid.insert(dash, '-');
    }
    uuid
}

/// Two years of logs. A day's share depends on the weekday, a slow growth and chance; some days are ten times
/// as busy as others.
#[derive(Clone, Debug)]
pub(super) struct Dated {
    /// The rank at which each day starts, and the total behind them.
    starts: Vec<u64>,
}

const DAYS: u64 = 730;
/// 2025-01-01, a Wednesday.
const FIRST_DAY: time::Date = match time::Date::from_calendar_date(2025, time::Month::January, 1) {
    Ok(date) => date,
    Err(_) => time::Date::MIN,
};

impl Dated {
    fn new(count: u64) -> Self {
        let weights: Vec<u64> = (0..DAYS).map(Self::weight).collect();
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        let mut sum = 0_u128;
        let mut starts = vec![0];
        for weight in weights {
            sum += u128::from(weight);
            starts.push((u128::from(count) * sum / total) as u64);
        }
        Self { starts }
    }

    fn weight(day: u64) -> u64 {
        let weekday = if day % 7 == 3 || day % 7 == 4 { 40 } else { 100 };
        let chance = 50 + mix(day) % 100;
        let spike = if mix(day ^ 0xDA7E).is_multiple_of(20) { 10 } else { 1 };
        weekday * (DAYS + day) * chance * spike
    }

    fn key(&self, rank: u64) -> String {
        let day = self.starts.partition_point(|start| *start <= rank).saturating_sub(1);
        let bound = |day: usize| self.starts.get(day).copied().unwrap_or_default();
        let within = rank - bound(day);
        let points = Points::new(day as u64 ^ 0x10_65, bound(day + 1) - bound(day));
        // The point as a fraction of the day: whole seconds, and what remains of them.
        let scaled = u128::from(points.at(within)) * 86_400;
        let (second, fraction) = ((scaled >> 64) as u64, scaled as u64);
        let date = FIRST_DAY + time::Duration::days(day as i64);
        format!(
            "logs/{}/{:02}/{:02}/{:02}-{:02}-{:02}-{fraction:016x}.json.gz",
            date.year(),
            u8::from(date.month()),
            date.day(),
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

/// 1 % of the keys under short prefixes around it, 99 % under one long prefix.
#[derive(Clone, Debug)]
pub(super) struct DeepSkew {
    before: u64,
    deep: u64,
}

const DEEP: &str = "data/warehouse/team=analytics/env=production/region=eu-central-1/table=events/schema=v3/year=2026/month=11/";

impl DeepSkew {
    fn new(count: u64) -> Self {
        let before = count / 200;
        Self { before, deep: count - 2 * before }
    }

    fn key(&self, rank: u64) -> String {
        let suffix = mix(rank);
        match rank.checked_sub(self.before) {
            None => format!("archive/{rank:09}-{suffix:016x}.tar"),
            Some(rank) if rank < self.deep => format!("{DEEP}part-{rank:010}-{suffix:016x}.snappy.parquet"),
            Some(rank) => format!("tmp/{:09}-{suffix:016x}", rank - self.deep),
        }
    }
}

/// The number of this rank among `1..=count` when they are sorted as text.
fn nth_decimal(rank: u64, count: u64) -> u64 {
    let (mut number, mut left) = (1_u64, rank);
    while left > 0 {
        let below = numbers_starting_with(number, count);
        if left >= below {
            // Skip this number and all that start with it.
            left -= below;
            number += 1;
        } else {
            left -= 1;
            number *= 10;
        }
    }
    number
}

/// How many of `1..=count` start with the digits of `number`.
fn numbers_starting_with(number: u64, count: u64) -> u64 {
    let (mut first, mut last, mut sum) = (u128::from(number), u128::from(number), 0);
    while first <= u128::from(count) {
        sum += last.min(u128::from(count)) - first + 1;
        (first, last) = (first * 10, last * 10 + 9);
    }
    sum as u64
}

/// 64 characters in ascending order of their UTF-8 bytes: Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari,
/// Thai, kana, CJK, Hangul, emoji.
const SCRIPTS: [char; 64] = [
    ' ', '&', '+', '0', '7', '=', 'A', 'M', 'a', 'e', 'n', 's', '~', '£', 'ß', 'à', 'ç', 'é', 'ñ', 'ö', 'ü',
    'ł', 'ő', 'ž', 'Ω', 'α', 'λ', 'ω', 'Ж', 'а', 'и', 'я', 'א', 'ש', 'ا', 'ع', 'ي', 'अ', 'क', 'ก', 'ท', '€',
    '→', '∞', 'い', 'か', 'ア', 'ン', '中', '件', '国', '字', '文', '日', '本', '語', '가', '파', '한', 'ｆ',
    '𝄞', '🌍', '🎉', '🦀',
];

fn unicode(value: u64) -> String {
    // 11 digits of base 64 hold 66 bits: the value moves up by two.
    let digits = u128::from(value) << 2;
    let mut key = String::new();
    for place in (0..11).rev() {
        let digit = (digits >> (6 * place) & 63) as usize;
        key.extend(SCRIPTS.get(digit));
        if place == 9 {
            key.push('/');
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_sorted_by_bytes() {
        assert!(
            SCRIPTS.windows(2).all(|pair| pair[0].to_string().as_bytes() < pair[1].to_string().as_bytes())
        );
    }

    #[test]
    fn decimals_are_sorted_as_text() {
        let mut expected: Vec<String> = (1..=2_345_u64).map(|number| number.to_string()).collect();
        expected.sort();
        let computed: Vec<String> = (0..2_345).map(|rank| nth_decimal(rank, 2_345).to_string()).collect();
        assert_eq!(computed, expected);
    }

    #[test]
    fn deep_skew_puts_99_percent_under_one_prefix() {
        let keys = DeepSkew::new(10_000);
        let deep = (0..10_000).filter(|rank| keys.key(*rank).starts_with(DEEP)).count();
        assert_eq!(deep, 9_900);
    }
}
