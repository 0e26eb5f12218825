//! Synthetic buckets: the key of any rank is computed, nothing is stored, so a billion keys cost as much as
//! ten.
//!
//! `points` makes the randomness, `distributions` makes keys of it, this file finds ranks by key.

use std::{fmt, str::FromStr};

use super::shape::Shape;

/// What the keys of a synthetic bucket look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distribution {
    /// Random UUIDs, no structure: `1b4e28ba-2fa1-11d2-883f-b9a761bde3fb`.
    FlatUuid,
    /// Log files of two years by day, busy days and quiet ones: `logs/2026/01/02/13-45-07-….json.gz`.
    Dated,
    /// 99 % of the keys under one long prefix.
    DeepSkew,
    /// Decimal numbers without leading zeros: `1`, `10`, `100`, `1000`, `1001`, ….
    Numeric,
    /// Characters of many scripts, one to four bytes each.
    Unicode,
}

impl Distribution {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::FlatUuid, Self::Dated, Self::DeepSkew, Self::Numeric, Self::Unicode];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FlatUuid => "flat-uuid",
            Self::Dated => "dated",
            Self::DeepSkew => "deep-skew",
            Self::Numeric => "numeric",
            Self::Unicode => "unicode",
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Distribution {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|own| own.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|own| own.name()).collect();
            format!("unknown distribution `{}`: use {}", text.escape_debug(), names.join(", "))
        })
    }
}

/// The keys of a synthetic bucket, in ascending order of their bytes.
///
/// ```
/// use sandbox::{Distribution, SyntheticKeys};
///
/// let keys = SyntheticKeys::new(Distribution::Numeric, 1_000_000_000);
/// assert_eq!(keys.key(1).as_deref(), Some("10"));
/// ```
#[derive(Clone, Debug)]
pub struct SyntheticKeys {
    shape: Shape,
    count: u64,
}

impl SyntheticKeys {
    /// `count` keys, the same ones each time.
    pub fn new(distribution: Distribution, count: u64) -> Self {
        Self { shape: Shape::new(distribution, count), count }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The key of this rank (from 0); `None` past the end.
    pub fn key(&self, rank: u64) -> Option<String> {
        (rank < self.count).then(|| self.shape.key(rank))
    }

    /// How many keys are smaller than `bound`: the rank of the first one at or after it.
    pub fn rank(&self, bound: &[u8]) -> u64 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.shape.key(middle).as_bytes() < bound {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ascending_and_found_by_their_rank() {
        for distribution in Distribution::ALL {
            for count in [0_u64, 1, 7, 1_000, 12_345] {
                let keys = SyntheticKeys::new(distribution, count);
                let all: Vec<String> = (0..count).map(|rank| keys.key(rank).unwrap()).collect();
                assert!(
                    all.windows(2).all(|pair| pair[0].as_bytes() < pair[1].as_bytes()),
                    "{distribution} {count}"
                );
                assert_eq!(keys.key(count), None);
                for rank in (0..count).step_by(97) {
                    let key = all[rank as usize].as_bytes();
                    assert_eq!(keys.rank(key), rank, "{distribution}");
                    assert_eq!(keys.rank(&[key, b"\0"].concat()), rank + 1, "{distribution}");
                }
                assert!(all.iter().all(|key| key.len() <= 1024));
            }
        }
    }

    #[test]
    fn a_billion_keys_need_no_memory() {
        for distribution in Distribution::ALL {
            let keys = SyntheticKeys::new(distribution, 1_000_000_000);
            let key = keys.key(777_777_777).unwrap();
            assert_eq!(keys.rank(key.as_bytes()), 777_777_777, "{distribution}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for distribution in Distribution::ALL {
            assert_eq!(distribution.to_string().parse(), Ok(distribution));
        }
        assert!("uuid".parse::<Distribution>().unwrap_err().contains("flat-uuid"));
    }
}
