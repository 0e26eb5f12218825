//! Parts of a bucket for many workers.

use sts3::s3::partition::{DEFAULT_WIDTH, Planner, Request};
use sts3_sandbox::{Distribution, SyntheticKeys};

use super::simulation::{Bucket, Page};

/// Parts for workers: no gap, no overlap, and none much larger than the others, in few requests.
#[test]
fn a_bucket_is_cut_into_parts() {
    println!(
        "| keys | parts | requests | smallest and largest part, to the mean |\n| --- | --- | --- | --- |"
    );
    for distribution in Distribution::ALL {
        for (count, wanted) in [(200_000, 8), (1_000_000, 16), (3_500, 4), (10, 4)] {
            let bucket = SyntheticKeys::new(distribution, count);
            let mut planner: Planner<Page> = Planner::new("", DEFAULT_WIDTH).window(usize::MAX);
            let mut requests = 0;
            loop {
                let asked: Vec<Request> = std::iter::from_fn(|| planner.survey_request(wanted)).collect();
                if asked.is_empty() {
                    break;
                }
                requests += asked.len();
                for request in asked {
                    let from = bucket.rank_behind(&request.start_after);
                    let to = (from + 1000).min(count);
                    let keys = (from..to).map(|rank| bucket.key(rank).unwrap()).collect();
                    planner.arrived(request.id, Page { from, keys, is_truncated: to < count }).unwrap();
                }
            }
            let parts = planner.parts(wanted);
            assert!(parts.len() <= wanted && parts[0].start_after.is_empty(), "{parts:?}");
            assert!(
                parts.windows(2).all(|pair| pair[0].stop_at.as_ref() == Some(&pair[1].start_after)),
                "{parts:?}"
            );
            assert!(parts.last().unwrap().stop_at.is_none(), "{parts:?}");
            let size = |part: &sts3::s3::partition::Part| {
                let end = part.stop_at.as_ref().map_or(count, |stop| bucket.rank_behind(stop));
                end - bucket.rank_behind(&part.start_after)
            };
            let sizes: Vec<u64> = parts.iter().map(size).collect();
            assert_eq!(sizes.iter().sum::<u64>(), count, "{distribution}");
            let mean = count as f64 / wanted as f64;
            let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
            println!(
                "| {distribution} {count} | {wanted} | {requests} | {:.2} to {:.2} |",
                *least as f64 / mean,
                *most as f64 / mean
            );
            assert!(requests <= 8 * wanted + 16, "{distribution} {count}: {requests}");
            if count >= 3_500 {
                assert!((*most as f64) < 3.0 * mean, "{distribution} {count}: {sizes:?}");
            }
        }
    }
}
