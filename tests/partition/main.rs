//! The planner against buckets that answer from memory: no server, every request counted.
//!
//! `cargo test --release --test partition -- --nocapture` prints the tables of benches/README.md.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod losses;
mod parts;
mod simulation;

use simulation::{Bucket, Latency, Outcome, Page, simulate};
use sts3::s3::partition::{DEFAULT_WIDTH, Planner, Request};
use sts3_sandbox::{Distribution, SyntheticKeys};

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
