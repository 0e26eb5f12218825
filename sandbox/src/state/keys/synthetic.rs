//! The key of any rank, and the rank of any key.

use super::{distribution::Distribution, shape::Shape};

/// The keys of a synthetic bucket, in ascending order of their bytes.
///
/// ```
/// use sts3_sandbox::{Distribution, SyntheticKeys};
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
}
