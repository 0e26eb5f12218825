use std::collections::{HashMap, VecDeque};

use crate::{Region, call::MonotonicTime, endpoint::Service};

/// Buckets whose region is remembered. The one that has been known longest makes room.
const MAX_BUCKETS: usize = 1_000;

/// What earlier answers have taught: buckets' regions and the services' clocks. Each has the time at which the request
/// was sent whose answer told it: answers may overtake each other, and what was asked last counts.
#[derive(Default)]
pub(super) struct Learned {
    regions: HashMap<String, (Region, MonotonicTime)>,
    /// The buckets, the one first that was learned first.
    order: VecDeque<String>,
    clock_offsets: HashMap<Service, (i64, MonotonicTime)>,
}

impl Learned {
    pub(super) fn region(&self, bucket: &str) -> Option<Region> {
        self.regions.get(bucket).map(|(region, _)| region.clone())
    }

    pub(super) fn learn_region(&mut self, bucket: &str, region: Region, at: MonotonicTime) {
        match self.regions.get_mut(bucket) {
            Some(known) if known.1 > at => {}
            Some(known) => *known = (region, at),
            None => {
                if self.order.len() >= MAX_BUCKETS
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.regions.remove(&oldest);
                }
                self.order.push_back(bucket.to_owned());
                self.regions.insert(bucket.to_owned(), (region, at));
            }
        }
    }

    /// A request that was sent at this time did not find the bucket where it was thought to be.
    pub(super) fn forget_region(&mut self, bucket: &str, at: MonotonicTime) {
        if self.regions.get(bucket).is_some_and(|known| known.1 <= at) {
            self.regions.remove(bucket);
            self.order.retain(|known| known != bucket);
        }
    }

    /// The seconds to add to our clock for a service's, if that is known.
    pub(super) fn clock_offset(&self, service: &Service) -> Option<i64> {
        self.clock_offsets.get(service).map(|(seconds, _)| *seconds)
    }

    pub(super) fn learn_clock_offset(&mut self, service: Service, seconds: i64, at: MonotonicTime) {
        if self.clock_offsets.get(&service).is_none_or(|known| known.1 <= at) {
            self.clock_offsets.insert(service, (seconds, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> MonotonicTime {
        MonotonicTime::since_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn the_newest_clock_offset_wins_whichever_answer_comes_last() {
        let mut learned = Learned::default();
        assert_eq!(learned.clock_offset(&Service::S3), None);
        learned.learn_clock_offset(Service::S3, 3600, at(20));
        learned.learn_clock_offset(Service::S3, 0, at(10));
        assert_eq!(
            (learned.clock_offset(&Service::S3), learned.clock_offset(&Service::Sts)),
            (Some(3600), None)
        );
        learned.learn_clock_offset(Service::S3, 7, at(30));
        assert_eq!(learned.clock_offset(&Service::S3), Some(7));
    }

    #[test]
    fn the_regions_of_buckets_are_bounded_and_the_oldest_makes_room() {
        let mut learned = Learned::default();
        let region = |name: &str| Region::new(name).unwrap();
        for number in 0..MAX_BUCKETS + 10 {
            learned.learn_region(&format!("bucket-{number}"), region("eu-west-1"), at(1));
        }
        assert_eq!((learned.regions.len(), learned.order.len()), (MAX_BUCKETS, MAX_BUCKETS));
        assert_eq!(learned.region("bucket-9"), None);
        assert!(learned.region("bucket-10").is_some());
        // An older answer neither replaces nor removes what a newer one has told.
        learned.learn_region("bucket-10", region("eu-west-2"), at(5));
        learned.learn_region("bucket-10", region("eu-west-3"), at(4));
        learned.forget_region("bucket-10", at(4));
        assert_eq!(learned.region("bucket-10"), Some(region("eu-west-2")));
        learned.forget_region("bucket-10", at(5));
        assert_eq!((learned.region("bucket-10"), learned.order.len()), (None, MAX_BUCKETS - 1));
    }
}
