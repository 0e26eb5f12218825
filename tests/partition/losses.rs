//! Nothing is lost while buckets change and requests fail, and servers that cannot be planned with are noticed.

use sts3::s3::partition::{DEFAULT_WIDTH, Planner, Request, Unplannable};
use sts3_sandbox::{Distribution, SyntheticKeys};

use super::simulation::{Bucket, Page};

/// Keys that exist throughout are listed exactly once while others come and go.
#[test]
fn a_bucket_that_changes_meanwhile() {
    for distribution in Distribution::ALL {
        let keys = SyntheticKeys::new(distribution, 60_000);
        let all: Vec<String> = (0..60_000).map(|rank| keys.key(rank).unwrap()).collect();
        let mut planner: Planner<Page> = Planner::new("", 16);
        let (mut listed, mut turn) = (Vec::new(), 0_usize);
        loop {
            let asked: Vec<Request> = std::iter::from_fn(|| planner.next_request()).collect();
            if asked.is_empty() {
                break;
            }
            for request in asked {
                turn += 1;
                // Every third key is there in odd turns only.
                let there = all.iter().enumerate().filter(|(rank, _)| rank % 3 != 0 || turn % 2 == 1);
                let mut behind = there.map(|(_, key)| key).filter(|key| **key > request.start_after);
                let page: Vec<String> = behind.by_ref().take(1000).cloned().collect();
                let is_truncated = behind.next().is_some();
                planner.arrived(request.id, Page { from: 0, keys: page, is_truncated }).unwrap();
            }
            while let Some((page, count)) = planner.pop() {
                listed.extend(page.keys.into_iter().take(count));
            }
        }
        assert!(listed.is_sorted_by(|a, b| a < b), "{distribution}: repeated or out of order");
        let throughout = all.iter().enumerate().filter(|(rank, _)| rank % 3 != 0).map(|(_, key)| key);
        let missing = throughout.filter(|key| listed.binary_search(key).is_err()).count();
        assert_eq!(missing, 0, "{distribution}");
    }
}

#[test]
fn a_prefix_is_never_left() {
    let keys: Vec<String> = (0..20_000).map(|number| format!("logs/2026/{number:07}")).collect();
    let mut planner: Planner<Page> = Planner::new("logs/2026/", DEFAULT_WIDTH);
    while !planner.is_done() {
        let request = planner.next_request().unwrap();
        assert!(
            request.start_after.is_empty() || request.start_after.starts_with("logs/2026/"),
            "{request:?}"
        );
        let from = keys.rank_behind(&request.start_after);
        let to = (from + 1000).min(20_000);
        let page = (from..to).map(|rank| Bucket::key(&keys, rank)).collect();
        planner.arrived(request.id, Page { from, keys: page, is_truncated: to < 20_000 }).unwrap();
    }
}

#[test]
fn servers_that_cannot_be_planned_with_are_noticed_at_once() {
    let page = |keys: &[&str]| Page {
        from: 0,
        keys: keys.iter().map(|key| key.to_string()).collect(),
        is_truncated: true,
    };
    let mut planner: Planner<Page> = Planner::new("", 4);
    let first = planner.next_request().unwrap();
    assert_eq!(planner.arrived(first.id, page(&["b", "a"])), Err(Unplannable::Unsorted));
    let mut planner: Planner<Page> = Planner::new("", 4);
    let first = planner.next_request().unwrap();
    planner.arrived(first.id, page(&["a", "b"])).unwrap();
    let guess = planner.next_request().unwrap();
    assert_eq!(planner.arrived(guess.id, page(&["a", "b"])), Err(Unplannable::StartIgnored));
}

/// What failed is asked for again, and fewer requests are under way after throttling.
#[test]
fn failures_lose_nothing() {
    let bucket = SyntheticKeys::new(Distribution::FlatUuid, 50_000);
    let mut planner: Planner<Page> = Planner::new("", DEFAULT_WIDTH);
    let (mut listed, mut turn) = (0, 0_u64);
    let mut under_way = Vec::new();
    loop {
        under_way.extend(std::iter::from_fn(|| planner.next_request()));
        let Some(request) = under_way.pop() else { break };
        turn += 1;
        if turn % 3 == 0 {
            planner.failed(request.id);
            planner.set_width(if turn % 2 == 0 { 1 } else { DEFAULT_WIDTH });
            continue;
        }
        let from = bucket.rank_behind(&request.start_after);
        let to = (from + 1000).min(50_000);
        let keys = (from..to).map(|rank| bucket.key(rank).unwrap()).collect();
        planner.arrived(request.id, Page { from, keys, is_truncated: to < 50_000 }).unwrap();
        while let Some((page, count)) = planner.pop() {
            assert!(count == 0 || page.from == listed);
            listed += count as u64;
        }
    }
    assert_eq!((listed, planner.is_done()), (50_000, true));
}
