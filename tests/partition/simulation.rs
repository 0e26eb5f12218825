//! A planner whose requests are answered from memory, in a time that is counted in round trips.
#![allow(unreachable_pub, reason = "shared by the files of this test")]

use sts3::s3::partition::{Listed, Planner, Request};
use sts3_sandbox::SyntheticKeys;

/// A page of keys from rank `from` on.
pub struct Page {
    pub from: u64,
    pub keys: Vec<String>,
    pub is_truncated: bool,
}

impl Listed for Page {
    fn keys(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }

    fn is_truncated(&self) -> bool {
        self.is_truncated
    }
}

/// A bucket: the rank of the first key behind a text, and the key of a rank.
pub trait Bucket {
    fn len(&self) -> u64;
    fn rank_behind(&self, after: &str) -> u64;
    fn key(&self, rank: u64) -> String;
}

impl Bucket for SyntheticKeys {
    fn len(&self) -> u64 {
        self.len()
    }

    fn rank_behind(&self, after: &str) -> u64 {
        if after.is_empty() { 0 } else { self.rank([after.as_bytes(), b"\0"].concat().as_slice()) }
    }

    fn key(&self, rank: u64) -> String {
        self.key(rank).unwrap()
    }
}

/// Keys that are listed as they are.
impl Bucket for Vec<String> {
    fn len(&self) -> u64 {
        Vec::len(self) as u64
    }

    fn rank_behind(&self, after: &str) -> u64 {
        if after.is_empty() { 0 } else { self.partition_point(|key| key.as_str() <= after) as u64 }
    }

    fn key(&self, rank: u64) -> String {
        self[usize::try_from(rank).unwrap()].clone()
    }
}

#[derive(Debug)]
pub struct Outcome {
    pub requests: usize,
    /// In round trips.
    pub time: f64,
    pub keys: u64,
    /// Every key came once, in its place.
    pub is_complete: bool,
    /// Most pages that waited for their turn.
    pub waiting: usize,
}

/// How answers come.
#[derive(Clone, Copy)]
pub enum Latency {
    /// All a round trip after they were asked for.
    Even,
    /// A round trip and up to a third more, as this seed has it, from a server that makes 20 pages in a round
    /// trip.
    Jittery(u64),
}

/// List a bucket from a server in memory.
pub fn simulate(bucket: &dyn Bucket, mut planner: Planner<Page>, latency: Latency) -> Outcome {
    let mut outcome = Outcome { requests: 0, time: 0.0, keys: 0, is_complete: true, waiting: 0 };
    let mut under_way: Vec<(f64, Request)> = Vec::new();
    let mut random = if let Latency::Jittery(seed) = latency { seed } else { 0 };
    let (mut now, mut next, mut server_free, mut waiting) = (0.0_f64, 0, 0.0_f64, 0);
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
            assert!(request.start_after.len() <= 1024, "no key is that long: {}", request.start_after);
            outcome.requests += 1;
            under_way.push((arrival, request));
        }
        under_way.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Some((first, _)) = under_way.first() else { break };
        now = *first;
        while under_way.first().is_some_and(|(arrival, _)| *arrival <= now) {
            let (_, request) = under_way.remove(0);
            let from = bucket.rank_behind(&request.start_after);
            let to = (from + 1000).min(bucket.len());
            let keys: Vec<String> = (from..to).map(|rank| bucket.key(rank)).collect();
            planner.arrived(request.id, Page { from, keys, is_truncated: to < bucket.len() }).unwrap();
            waiting += 1;
        }
        outcome.waiting = outcome.waiting.max(waiting);
        while let Some((Page { from, .. }, count)) = planner.pop() {
            waiting -= 1;
            outcome.is_complete &= count == 0 || from == next;
            next = if count == 0 { next } else { from + count as u64 };
            outcome.keys += count as u64;
        }
    }
    outcome.time = now;
    outcome.is_complete &= outcome.keys == bucket.len() && planner.is_done();
    outcome
}
