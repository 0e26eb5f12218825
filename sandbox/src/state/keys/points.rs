//! Sorted random numbers that are computed when asked for.

/// `count` distinct 64-bit numbers, uniformly random and sorted, none of them stored.
///
/// Think of a binary tree over the range of numbers: each node holds a count and hands a random share of it
/// (binomial, as if every number had been drawn by itself) to its left half. The share depends only on the
/// node, so the number of any rank is found by one descent, for a thousand numbers or for 10⁹.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    seed: u64,
    count: u64,
}

impl Points {
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        Self { seed: mix(seed), count }
    }

    /// The number of this rank; ranks start at 0.
    pub(crate) fn at(&self, rank: u64) -> u64 {
        let (mut node, mut count, mut rank, mut value) = (self.seed, self.count, rank, 0);
        for level in 0..u64::BITS {
            if count <= 1 {
                // Alone in its range: the bits that remain are free.
                return value | (mix(node) >> level);
            }
            let bit = 1_u64 << (u64::BITS - 1 - level);
            let left = share(node, count, bit);
            if rank < left {
                count = left;
                node = mix(node);
            } else {
                rank -= left;
                count -= left;
                value |= bit;
                node = mix(node ^ 0x9E37_79B9_7F4A_7C15);
            }
        }
        value
    }
}

/// How many of `count` numbers fall into the left half, which has room for `half` of them.
fn share(node: u64, count: u64, half: u64) -> u64 {
    let random = mix(node ^ 0x5851_F42D_4C95_7F2D);
    let drawn = if count <= u64::from(u64::BITS) {
        // One coin for each.
        u64::from((random >> (u64::from(u64::BITS) - count)).count_ones())
    } else {
        // The normal approximation of the binomial distribution; 256 coins stand for the normal variable.
        let coins = (0..4).map(|part| mix(random ^ part).count_ones()).sum::<u32>();
        let deviations = (f64::from(coins) - 128.0) / 8.0 + (random % 1024) as f64 / 8192.0 - 0.0625;
        let share = count as f64 / 2.0 + deviations * (count as f64).sqrt() / 2.0;
        share.clamp(0.0, count as f64) as u64
    };
    // Distinct numbers need room in both halves.
    drawn.clamp(count.saturating_sub(half), half.min(count))
}

/// The finalizer of MurmurHash3: every bit of the input changes half of the output's.
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let value = (value ^ (value >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    value ^ (value >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_sorted_distinct_and_spread_like_random_ones() {
        for count in [1_u64, 2, 63, 64, 65, 10_000] {
            let points = Points::new(7, count);
            let all: Vec<u64> = (0..count).map(|rank| points.at(rank)).collect();
            assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{count}");
        }
        // Gaps of uniform points are exponential: 1/e of them exceed the mean. Evenly spaced points would
        // have none.
        let points = Points::new(1, 10_000);
        let mean = u64::MAX / 10_000;
        let large = (1..10_000).filter(|rank| points.at(*rank) - points.at(rank - 1) > mean).count();
        assert!((3_400..3_960).contains(&large), "{large}");
    }
}
