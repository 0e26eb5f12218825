//! Which partition a region belongs to.

use super::{partition::Partition, region::Region, table::PARTITIONS};

impl Partition {
    /// All partitions, the public one first.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        PARTITIONS.iter()
    }

    /// The partition that a region belongs to; unknown regions fall to `aws`.
    pub fn of(region: &Region) -> Self {
        let [aws, others @ ..] = &PARTITIONS;
        *others.iter().find(|partition| region.as_str().starts_with(partition.region_prefix)).unwrap_or(aws)
    }
}
