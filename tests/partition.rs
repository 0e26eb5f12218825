//! The planner against buckets that answer at once: no server, every request counted.
//!
//! `cargo test --release --test partition -- --nocapture` prints the tables.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sandbox::{Distribution, SyntheticKeys};
use sts3::s3::partition::{Listed, Planner, Request};

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
    /// In round trips.
    time: f64,
    keys: u64,
    is_sorted: bool,
}

/// How answers come.
#[derive(Clone, Copy)]
enum Latency {
    /// All a round trip after they were asked for.
    Even,
    /// A round trip and up to a third more, as chance has it, from a server that makes 20 pages in a round trip.
    Jittery(u64),
}

/// List a bucket from a server in memory.
fn simulate(bucket: &SyntheticKeys, width: usize, window: usize, latency: Latency, trace: bool) -> Outcome {
    let mut planner: Planner<Page> = Planner::new("", width).window(window);
    let mut outcome = Outcome { requests: 0, time: 0.0, keys: 0, is_sorted: true };
    let mut under_way: Vec<(f64, Request)> = Vec::new();
    let seed = if let Latency::Jittery(seed) = latency { seed } else { 0 };
    let (mut now, mut next, mut random, mut server_free) = (0.0_f64, 0, seed, 0.0_f64);
    loop {
        while let Some(request) = planner.next_request() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let arrival = match latency {
                Latency::Even => now + 1.0,
                Latency::Jittery(_) => {
                    server_free = server_free.max(now) + 0.05;
                    server_free.max(now + 1.0 + (random >> 40) as f64 / (3 << 24) as f64)
                }
            };
            outcome.requests += 1;
            under_way.push((arrival, request));
        }
        under_way.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Some((first, _)) = under_way.first() else { break };
        now = *first;
        while under_way.first().is_some_and(|(arrival, _)| *arrival <= now) {
            let (_, request) = under_way.remove(0);
            let from = match request.start_after.as_str() {
                "" => 0,
                after => bucket.rank([after.as_bytes(), b"\0"].concat().as_slice()),
            };
            let to = (from + 1000).min(bucket.len());
            let keys: Vec<String> = (from..to).map(|rank| bucket.key(rank).unwrap()).collect();
            if trace {
                println!(
                    "{now:>6.2} {} → {} keys from {:?} (rank {from})",
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
    outcome.time = now;
    assert!(planner.is_done());
    outcome
}

#[test]
fn table() {
    let trace = std::env::var("TRACE").ok();
    for distribution in Distribution::ALL {
        let bucket = SyntheticKeys::new(distribution, 200_000);
        for width in [16, 20, 24, 28] {
            let even = simulate(&bucket, width, usize::MAX, Latency::Even, false);
            let jittery: Vec<Outcome> = (1..=6)
                .map(|seed| {
                    let is_traced = trace.as_deref() == Some(&format!("{distribution}:{width}:{seed}"));
                    simulate(&bucket, width, usize::MAX, Latency::Jittery(seed * 7919), is_traced)
                })
                .collect();
            let mean =
                |value: fn(&Outcome) -> f64| jittery.iter().map(value).sum::<f64>() / jittery.len() as f64;
            println!(
                "{distribution:<10} width {width:>2}: even {} requests, {:.0} round trips; jittery {:.0} ({:.0} at most), {:.1}",
                even.requests,
                even.time,
                mean(|outcome| outcome.requests as f64),
                jittery.iter().map(|outcome| outcome.requests).max().unwrap(),
                mean(|outcome| outcome.time),
            );
            for outcome in jittery.iter().chain([&even]) {
                assert!(outcome.is_sorted && outcome.keys == 200_000);
            }
        }
    }
}

#[test]
fn windowed() {
    for distribution in Distribution::ALL {
        for (count, width, window) in
            [(200_000, 28, 128), (1_000_000, 28, 128), (1_000_000, 28, 256), (1_000_000, 28, usize::MAX)]
        {
            let bucket = SyntheticKeys::new(distribution, count);
            let outcome = simulate(&bucket, width, window, Latency::Even, false);
            println!(
                "{distribution:<10} {count} window {window}: {:>4} requests, {:>3.1} round trips",
                outcome.requests, outcome.time
            );
            assert!(outcome.is_sorted && outcome.keys == count);
        }
    }
}
