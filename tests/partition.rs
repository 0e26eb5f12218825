//! The planner against buckets that answer from memory: no server, every request counted.
//!
//! `cargo test --release --test partition -- --nocapture` prints the tables of benches/README.md.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use sts3::s3::partition::{DEFAULT_WIDTH, Listed, Planner, Request, Unplannable};
use sts3_sandbox::{Distribution, SyntheticKeys};

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

/// A bucket: the rank of the first key behind a text, and the key of a rank.
trait Bucket {
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
struct Outcome {
    requests: usize,
    /// In round trips.
    time: f64,
    keys: u64,
    /// Every key came once, in its place.
    is_complete: bool,
    /// Most pages that waited for their turn.
    waiting: usize,
}

/// How answers come.
#[derive(Clone, Copy)]
enum Latency {
    /// All a round trip after they were asked for.
    Even,
    /// A round trip and up to a third more, as this seed has it, from a server that makes 20 pages in a round
    /// trip.
    Jittery(u64),
}

/// List a bucket from a server in memory.
fn simulate(bucket: &dyn Bucket, mut planner: Planner<Page>, latency: Latency) -> Outcome {
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

/// What 200,000 keys cost: requests against round trips. The limits are what was measured, with a little
/// room: whoever makes the planner worse will see it.
#[test]
fn the_curve_of_requests_against_round_trips() {
    println!(
        "| keys | width | requests | round trips | jittery: requests, round trips |\n| --- | --- | --- | --- | --- |"
    );
    for distribution in Distribution::ALL {
        let bucket = SyntheticKeys::new(distribution, 200_000);
        let planner = |width| Planner::new("", width).window(usize::MAX);
        // Without optimization the whole curve takes minutes.
        let widths: &[usize] = if cfg!(debug_assertions) {
            &[DEFAULT_WIDTH]
        } else {
            &[1, 2, 4, 8, 16, DEFAULT_WIDTH, 32, 48, 64]
        };
        for width in widths.iter().copied() {
            let even = simulate(&bucket, planner(width), Latency::Even);
            let jittery: Vec<Outcome> = (1..=3)
                .map(|seed| simulate(&bucket, planner(width), Latency::Jittery(seed * 7919)))
                .collect();
            let mean =
                |value: fn(&Outcome) -> f64| jittery.iter().map(value).sum::<f64>() / jittery.len() as f64;
            let (requests, time) = (mean(|outcome| outcome.requests as f64), mean(|outcome| outcome.time));
            println!(
                "| {distribution} | {width} | {} | {:.0} | {requests:.0}, {time:.1} |",
                even.requests, even.time
            );
            assert!(
                jittery.iter().chain([&even]).all(|outcome| outcome.is_complete),
                "{distribution} {width}"
            );
            if width == 1 {
                assert_eq!((even.requests, even.time), (200, 200.0), "{distribution}");
            }
            if width == DEFAULT_WIDTH {
                assert!(even.requests <= 250 && requests <= 255.0, "{distribution}: {even:?} {requests}");
                assert!(even.time <= 18.0 && time <= 21.0, "{distribution}: {even:?} {time}");
            }
        }
    }
}

/// In the order of the keys, and no more pages in memory than asked for.
#[test]
fn a_window_bounds_memory_and_keeps_most_of_the_speed() {
    println!("| keys | window | requests | round trips |\n| --- | --- | --- | --- |");
    for distribution in Distribution::ALL {
        let bucket = SyntheticKeys::new(distribution, 1_000_000);
        let windows: &[usize] = if cfg!(debug_assertions) { &[64] } else { &[64, 128, 256] };
        for window in windows.iter().copied() {
            let planner = Planner::new("", DEFAULT_WIDTH).window(window);
            let outcome = simulate(&bucket, planner, Latency::Even);
            println!("| {distribution} | {window} | {} | {:.0} |", outcome.requests, outcome.time);
            assert!(outcome.is_complete && outcome.waiting <= window, "{distribution} {window}: {outcome:?}");
            assert!(
                outcome.requests <= 1_250 && outcome.time <= 400.0,
                "{distribution} {window}: {outcome:?}"
            );
        }
    }
}

/// A billion keys: the planner's own memory and time must not grow with them. A thousandth of them is listed:
/// from a key on, and up to a key.
#[test]
fn a_slice_of_a_billion_keys() {
    for distribution in Distribution::ALL {
        let bucket = SyntheticKeys::new(distribution, 1_000_000_000);
        let key = |rank| bucket.key(rank).unwrap();
        let (start, end) = (555_000_000, 555_200_000);
        let slice: Vec<String> = (start..end).map(key).collect();
        let planner = Planner::new("", DEFAULT_WIDTH).start_after(key(start - 1)).stop_at(key(end - 1));
        let outcome = simulate_slice(&bucket, &slice, planner);
        println!("{distribution}: {} requests, {:.0} round trips", outcome.requests, outcome.time);
        assert!(outcome.is_complete && outcome.requests <= 300, "{distribution}: {outcome:?}");
    }
}

fn simulate_slice(bucket: &SyntheticKeys, slice: &[String], mut planner: Planner<Page>) -> Outcome {
    let mut outcome = Outcome { requests: 0, time: 0.0, keys: 0, is_complete: true, waiting: 0 };
    let mut listed: Vec<String> = Vec::new();
    loop {
        let asked: Vec<Request> = std::iter::from_fn(|| planner.next_request()).collect();
        if asked.is_empty() {
            break;
        }
        outcome.time += 1.0;
        outcome.requests += asked.len();
        for request in asked {
            let from = bucket.rank_behind(&request.start_after);
            let keys = (from..from + 1000).map(|rank| bucket.key(rank).unwrap()).collect();
            planner.arrived(request.id, Page { from, keys, is_truncated: true }).unwrap();
        }
        while let Some((page, count)) = planner.pop() {
            listed.extend(page.keys.into_iter().take(count));
        }
    }
    outcome.keys = listed.len() as u64;
    outcome.is_complete = listed == slice && planner.is_done();
    outcome
}

/// Keys that nobody would choose.
fn adversarial() -> Vec<(&'static str, Vec<String>)> {
    let long = "x".repeat(1010);
    let limits = [
        '\u{1}',
        '\u{7f}',
        '\u{80}',
        '\u{7ff}',
        '\u{800}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '\u{10000}',
        '\u{10ffff}',
    ];
    let pick = |number: u64, place: u32| limits[(number / 10_u64.pow(place) % 10) as usize];
    let named: Vec<(&str, Vec<String>)> = vec![
        ("one long shared prefix", (0..20_000).map(|number| format!("{long}{number:06}")).collect()),
        ("1,024 bytes each", (0..20_000).map(|number| format!("{number:06}{}", "y".repeat(1018))).collect()),
        (
            "differ in the last byte",
            (0..20_000)
                .map(|n| format!("{}/{:04}/{}", "deep/".repeat(20), n / 90, char::from(33 + (n % 90) as u8)))
                .collect(),
        ),
        (
            "at the limits of UTF-8",
            (0..20_000_u64).map(|n| (0..5).rev().map(|place| pick(n, place)).collect::<String>()).collect(),
        ),
        ("each a prefix of the next", (1..=1000).map(|length| "a".repeat(length)).collect()),
        ("one folder each", (0..20_000).map(|n| format!("{n:x}/{}", n % 3)).collect()),
        (
            "few keys, then many",
            (0..20_000).map(|n| if n < 5 { format!("a{n}") } else { format!("zzz/{:09}", n * n) }).collect(),
        ),
        ("no keys", Vec::new()),
        ("exactly one page", (0..1000).map(|n| n.to_string()).collect()),
        ("one more than a page", (0..1001).map(|n| n.to_string()).collect()),
    ];
    named
        .into_iter()
        .map(|(name, mut keys)| {
            keys.sort();
            keys.dedup();
            (name, keys)
        })
        .collect()
}

#[test]
fn no_key_is_lost_or_repeated_however_they_look() {
    println!("| keys | pages | requests | round trips |\n| --- | --- | --- | --- |");
    for (name, keys) in adversarial() {
        for width in [1, 3, DEFAULT_WIDTH, 256] {
            for window in [2, 16, usize::MAX] {
                for latency in [Latency::Even, Latency::Jittery(99)] {
                    let outcome = simulate(&keys, Planner::new("", width).window(window), latency);
                    assert!(outcome.is_complete, "{name} {width} {window}: {outcome:?}");
                    if (width, window) == (DEFAULT_WIDTH, usize::MAX) && matches!(latency, Latency::Even) {
                        let pages = keys.len().div_ceil(1000).max(1);
                        println!("| {name} | {pages} | {} | {:.0} |", outcome.requests, outcome.time);
                        assert!(outcome.requests <= 3 * pages + 24, "{name}: {outcome:?}");
                    }
                }
            }
        }
    }
}

/// Found by the fuzzer: guesses that bring nothing were made without end. However keys look, the waste is
/// bounded.
#[test]
fn guesses_that_bring_nothing_come_to_an_end() {
    const SIZE: usize = 17;
    let names = ["loglA\u{10}\0A\u{10}\0l9", "'\0l/", "\u{1c}\0l9", "0"];
    let mut keys: Vec<String> =
        names.iter().flat_map(|name| (0..936).map(move |number| format!("{name}{number}"))).collect();
    keys.sort();
    for width in [2, 24, 234] {
        let mut planner: Planner<Page> = Planner::new("", width).page_size(SIZE as u32).window(49);
        let (mut under_way, mut requests, mut listed) = (Vec::new(), 0, 0);
        let limit = keys.len().div_ceil(SIZE) * 3 / 2 + 3 * width;
        while !planner.is_done() {
            under_way.extend(std::iter::from_fn(|| planner.next_request()));
            let request: Request = under_way.swap_remove(0);
            requests += 1;
            assert!(requests <= limit, "{width}");
            let from = keys.partition_point(|key| *key <= request.start_after);
            let to = (from + SIZE).min(keys.len());
            let page = Page { from: 0, keys: keys[from..to].to_vec(), is_truncated: to < keys.len() };
            planner.arrived(request.id, page).unwrap();
            listed += std::iter::from_fn(|| planner.pop()).map(|(_, count)| count).sum::<usize>();
        }
        assert_eq!(listed, keys.len(), "{width}");
    }
}

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
