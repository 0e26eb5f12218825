//! The planner against buckets that answer at once: no server, every request counted.
//!
//! `cargo test --release --test partition -- --nocapture` prints the tables.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sandbox::{Distribution, SyntheticKeys};
use sts3::s3::partition::{Listed, Planner};

/// A page of keys from rank `from` on.
struct Page {
    from: u64,
    keys: Vec<String>,
    is_truncated: bool,
}

impl Listed for Page {
    fn keys(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }

    fn is_truncated(&self) -> bool {
        self.is_truncated
    }
}

struct Outcome {
    requests: usize,
    round_trips: usize,
    keys: u64,
    is_sorted: bool,
}

/// List with all answers arriving one round trip after they were asked for.
fn simulate(bucket: &SyntheticKeys, width: usize, window: usize, trace: bool) -> Outcome {
    let mut planner: Planner<Page> = Planner::new("", width).window(window);
    let mut outcome = Outcome { requests: 0, round_trips: 0, keys: 0, is_sorted: true };
    let mut next = 0;
    loop {
        let mut asked = Vec::new();
        while let Some(request) = planner.next_request() {
            asked.push(request);
        }
        if asked.is_empty() {
            break;
        }
        outcome.requests += asked.len();
        outcome.round_trips += 1;
        for request in asked {
            let from = match request.start_after.as_str() {
                "" => 0,
                after => bucket.rank([after.as_bytes(), b"\0"].concat().as_slice()),
            };
            let to = (from + 1000).min(bucket.len());
            let keys: Vec<String> = (from..to).map(|rank| bucket.key(rank).unwrap()).collect();
            if trace {
                println!(
                    "{:>3} {} → {} keys from {:?} (rank {from})",
                    outcome.round_trips,
                    request.start_after,
                    keys.len(),
                    keys.first()
                );
            }
            planner.arrived(request.id, Page { from, keys, is_truncated: to < bucket.len() }).unwrap();
        }
        while let Some((Page { from, .. }, count)) = planner.pop() {
            outcome.is_sorted &= count == 0 || from == next;
            next = if count == 0 { next } else { from + count as u64 };
            outcome.keys += count as u64;
        }
    }
    assert!(planner.is_done());
    outcome
}

#[test]
fn table() {
    let trace = std::env::var("TRACE").ok();
    for distribution in Distribution::ALL {
        let bucket = SyntheticKeys::new(distribution, 200_000);
        for width in [20, 24, 28, 32, 40] {
            let is_traced = trace.as_deref() == Some(&format!("{distribution}:{width}"));
            let outcome = simulate(&bucket, width, usize::MAX, is_traced);
            println!(
                "{distribution:<10} width {width:>2}: {:>4} requests, {:>3} round trips, {} keys, sorted {}",
                outcome.requests, outcome.round_trips, outcome.keys, outcome.is_sorted
            );
            assert!(outcome.is_sorted && outcome.keys == 200_000);
        }
    }
}

#[test]
fn windowed() {
    for distribution in Distribution::ALL {
        for (count, width, window) in [
            (200_000, 24, 64),
            (200_000, 24, 128),
            (1_000_000, 24, 64),
            (1_000_000, 24, 128),
            (1_000_000, 24, 256),
            (1_000_000, 24, usize::MAX),
        ] {
            let bucket = SyntheticKeys::new(distribution, count);
            let outcome = simulate(&bucket, width, window, false);
            println!(
                "{distribution:<10} {count} window {window}: {:>4} requests, {:>3} round trips",
                outcome.requests, outcome.round_trips
            );
            assert!(outcome.is_sorted && outcome.keys == count);
        }
    }
}
