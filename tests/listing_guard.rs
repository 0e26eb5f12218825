//! A listing is complete, or an error that says what the server does: against a family of servers in memory.
//!
//! `LISTING_SEED=7 cargo test --test listing_guard` runs one combination, `LISTING_ROUNDS=100000` that many.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/listing_cases.rs"]
mod listing_cases;
#[path = "support/odd_servers.rs"]
mod odd_servers;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;

use listing_cases::{Case, Outcome, SHAPES, case, keys, quiet_panics, run};
use odd_servers::{Beyond, Kind, Order, Server, Start, Tokens};
use sts3::{Client, Concurrency, Error, ListingFault, TransportErrorKind};
use world::{Dice, World};

/// How many requests the plain sequence takes.
fn plain_requests(case: &Case, keys: &[String]) -> u64 {
    let count =
        keys.iter().filter(|key| case.kind.ignores_prefix || key.starts_with(&case.prefix)).count() as u64;
    // A page of no particular size has half as many keys as asked for.
    let size = u64::from(case.page_size) / if case.kind.fewer_keys { 3 } else { 1 };
    let pages = count / size.max(1) + 2;
    if case.kind.empty_pages { 2 * pages } else { pages }
}

fn check(seed: u64) -> &'static str {
    let mut dice = Dice::new(seed);
    let (case, keys) = case(&mut dice);
    if std::env::var_os("LISTING_TRACE").is_some() {
        eprintln!("{seed}: {case:?}, {} keys {}", keys.len(), case.shape);
    }
    let (outcome, server) = run(&case, keys.clone(), seed);
    let Outcome { listed, result, requests, counted } = outcome;
    let told = || format!("seed {seed}: {case:?}, {} keys {}, {requests} requests", keys.len(), case.shape);
    // Whatever happens: nothing twice, and nothing that was not asked for.
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    listed.iter().for_each(|key| *counts.entry(key).or_default() += 1);
    let is_wanted = |key: &str| {
        key.starts_with(&case.prefix)
            && case.start_after.as_deref().is_none_or(|start| key > start)
            && case.stop_at.as_deref().is_none_or(|stop| key <= stop)
    };
    let lies = case.kind.tokens != Tokens::Honest;
    for (key, count) in &counts {
        assert!(is_wanted(key), "{key:?} was not asked for: {}", told());
        assert!(*count == 1 || (lies && result.is_err()), "{key:?} comes {count} times: {}", told());
    }
    if !case.is_unordered && case.kind.order == Order::Bytes && !lies {
        assert!(listed.is_sorted(), "not in order: {}", told());
    }
    let faults = if case.kind.has_faults() { 4 } else { 1 };
    let endless = if lies || case.kind.beyond == Beyond::NothingAndMore { 2100 } else { 0 };
    let budget = faults * (4 * plain_requests(&case, &keys) + 6 * case.width as u64 + 20) + endless;
    assert!(requests <= budget, "more than {budget}: {}", told());
    assert_eq!(counted, requests, "{}", told());
    match result {
        Ok(()) => {
            let missing: Vec<&String> = server
                .steady_keys(&case.prefix)
                .filter(|key| is_wanted(key) && !counts.contains_key(key.as_str()))
                .collect();
            assert!(
                missing.is_empty(),
                "Ok, and {} of {} keys are missing ({:?}…): {}",
                missing.len(),
                keys.len(),
                missing.first(),
                told()
            );
            "complete"
        }
        Err(Error::Listing(error)) => {
            let may_fail = lies || case.kind.order != Order::Bytes;
            assert!(may_fail, "{error}: {}", told());
            assert!(error.to_string().contains("the server at https://"), "{error}");
            "an error that says what the server does"
        }
        Err(Error::Parse(error)) => {
            let says =
                ["just used", "no NextContinuationToken"].iter().any(|text| error.problem.contains(text));
            assert!(lies && says, "{error}: {}", told());
            "an error that says what the server does"
        }
        Err(error) => {
            assert!(case.kind.has_faults(), "{error}: {}", told());
            "a lost answer"
        }
    }
}

/// Two halves, for two processors.
#[test]
fn a_listing_is_complete_or_an_error_whatever_the_server_does() {
    family(0);
}

#[test]
fn a_listing_is_complete_or_an_error_whatever_another_server_does() {
    family(1_000_000);
}

fn family(first: u64) {
    quiet_panics();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("LISTING_SEED") {
        Some(seed) => seed..seed + 1,
        None => first..first + number("LISTING_ROUNDS").unwrap_or(3_000) / 2,
    };
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut failed = Vec::new();
    for seed in seeds.clone() {
        let outcome = std::panic::catch_unwind(|| check(seed));
        let Ok(outcome) = outcome else {
            failed.push(seed);
            continue;
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{outcomes:?}");
    assert!(failed.is_empty(), "LISTING_SEED=… of {failed:?} shows it again");
    if seeds.end - seeds.start > 1000 {
        let complete = outcomes["complete"];
        assert!(complete * 10 > (seeds.end - seeds.start) * 8, "{outcomes:?}");
    }
}

/// One case by hand: 400 keys in pages of 20.
fn by_hand(change: impl FnOnce(&mut Case)) -> (Case, Vec<String>) {
    let mut case = Case {
        kind: Kind::HONEST,
        shape: "numbered",
        width: 24,
        page_size: 20,
        prefix: String::new(),
        start_after: None,
        stop_at: None,
        is_unordered: false,
        is_cancelled: false,
        is_plain: false,
    };
    change(&mut case);
    (case, (0..400).map(|number| format!("key/{number:04}")).collect())
}

#[test]
fn a_dropped_next_loses_no_page_and_repeats_no_request() {
    for (width, is_plain) in [(1, true), (1, false), (24, false)] {
        let requests = [false, true].map(|is_cancelled| {
            let (case, keys) = by_hand(|case| {
                (case.width, case.is_plain, case.is_cancelled) = (width, is_plain, is_cancelled);
            });
            let (outcome, _) = run(&case, keys.clone(), 5);
            assert!(outcome.result.is_ok() && outcome.listed == keys, "{case:?}");
            assert_eq!(outcome.counted, outcome.requests, "{case:?}");
            outcome.requests
        });
        assert_eq!(requests[0], requests[1], "{width} {is_plain}");
        assert!(width > 1 || requests[0] == 20, "{requests:?}");
    }
}

#[test]
fn a_panicking_transport_costs_its_request_and_never_a_key() {
    quiet_panics();
    let mut errors = 0;
    for seed in 0..50 {
        let (case, keys) = by_hand(|case| case.kind.panics = 8);
        let world = World::default();
        let server = Server::new(case.kind, keys.clone(), world.clone(), seed);
        let client = Client::builder().region("us-east-1").endpoint_url("https://odd.test");
        let client = client.anonymous().transport(server).clock(world.clone()).build().unwrap();
        let mut pages = client.list_objects_v2("bucket").max_keys(20).parallel(Concurrency::Requests(8));
        let mut listed: Vec<String> = Vec::new();
        world.run(async {
            loop {
                match pages.next().await {
                    Ok(Some(page)) => listed.extend(page.keys().map(str::to_owned)),
                    Ok(None) => break,
                    Err(error) => {
                        assert!(error.to_string().contains("panicked: a planned panic"), "{error}");
                        errors += 1;
                    }
                }
            }
        });
        assert!(listed == keys, "{seed}: {} keys", listed.len());
    }
    assert!(errors > 50, "{errors}");
}

/// Every listing of a case, by each way of asking.
fn by_every_way(change: impl Fn(&mut Case), mut check: impl FnMut(&Case, &[String], Outcome)) {
    for (width, is_plain, is_unordered) in
        [(1, true, false), (1, false, false), (24, false, false), (24, false, true)]
    {
        let (case, keys) = by_hand(|case| {
            change(case);
            (case.width, case.is_plain, case.is_unordered) = (width, is_plain, is_unordered);
        });
        for seed in 0..20 {
            let (mut outcome, _) = run(&case, keys.clone(), seed);
            outcome.listed.sort();
            check(&case, &keys, outcome);
        }
    }
}

/// seaweedfs#11321, Garage: a start below the prefix is answered with nothing.
#[test]
fn a_start_below_the_prefix_is_not_sent() {
    let change = |case: &mut Case| {
        case.kind.below_prefix_is_nothing = true;
        (case.prefix, case.start_after) = ("key/01".into(), Some("a".into()));
    };
    by_every_way(change, |case, keys, outcome| {
        assert!(
            outcome.result.is_ok() && outcome.listed == keys[100..200],
            "{case:?}: {}",
            outcome.listed.len()
        );
    });
}

/// minio#21463.
#[test]
fn the_token_that_answers_an_invented_start_is_not_used() {
    let change = |case: &mut Case| {
        (case.kind.start, case.start_after) = (Start::TokenSkipsOne, Some("key/0009x".into()));
    };
    by_every_way(change, |case, keys, outcome| {
        assert!(outcome.result.is_ok() && outcome.listed == keys[10..], "{case:?}: {}", outcome.listed.len());
    });
}

/// Huawei OBS (minio-go#1703).
#[test]
fn a_truncated_page_without_a_token_is_an_error_that_says_so() {
    by_every_way(
        |case| case.kind.tokens = Tokens::None,
        |case, _, outcome| {
            let error = outcome.result.expect_err("a shorter listing").to_string();
            assert!(error.contains("no NextContinuationToken") && outcome.requests < 10, "{case:?}: {error}");
        },
    );
}

/// A start of one's own that nothing follows, on a server that takes existing keys only, and on an honest one.
#[test]
fn an_empty_answer_to_a_start_of_one_s_own_is_believed_only_of_a_server_that_takes_such_starts() {
    let change = |case: &mut Case| {
        (case.kind.start, case.start_after) = (Start::ExistingOrNothing, Some("key/0009x".into()));
    };
    by_every_way(change, |case, keys, outcome| {
        assert!(outcome.result.is_ok() && outcome.listed == keys[10..], "{case:?}: {}", outcome.listed.len());
    });
    let change = |case: &mut Case| case.start_after = Some("zzz".into());
    by_every_way(change, |case, _, outcome| {
        assert!(outcome.result.is_ok() && outcome.listed.is_empty(), "{case:?}");
        assert_eq!(outcome.requests, 3, "two to make sure: {case:?}");
    });
}

/// Names of which only the last few stand in another order than their bytes, as UTF-16 has them.
#[test]
fn another_order_that_shows_late_loses_nothing_and_repeats_nothing() {
    for (width, is_unordered) in [(1, false), (24, false), (24, true)] {
        let mut complete = 0;
        for seed in 0..40 {
            let (case, mut keys) = by_hand(|case| {
                (case.kind.order, case.width, case.is_unordered) = (Order::Utf16, width, is_unordered);
            });
            keys.extend((0..30).map(|n| format!("\u{1f600}{n:02}")));
            keys.extend((0..30).map(|n| format!("\u{ff21}{n:02}")));
            let (outcome, _) = run(&case, keys.clone(), seed);
            let mut listed = outcome.listed;
            listed.sort();
            assert!(listed.is_sorted_by(|a, b| a < b), "{seed}: repeated");
            keys.sort();
            match outcome.result {
                Ok(()) => {
                    assert!(listed == keys, "{width} {seed}: {} of {}", listed.len(), keys.len());
                    complete += 1;
                }
                Err(Error::Listing(error)) => assert_eq!(error.fault, ListingFault::Unsorted, "{error}"),
                Err(error) => panic!("{error}"),
            }
        }
        println!("{width} {is_unordered}: {complete} of 40 complete");
        assert!(complete == 40 || width > 1, "{complete}");
    }
}

#[test]
fn a_transport_that_never_answers_is_given_up_at_its_limit() {
    let (case, keys) = by_hand(|case| case.kind.hangs = 1);
    let world = World::default();
    let server = Server::new(Kind { hangs: 1, ..case.kind }, keys, world.clone(), 1);
    let client = Client::builder().region("us-east-1").endpoint_url("https://odd.test").max_attempts(1);
    let client = client.anonymous().transport(server).clock(world.clone()).build().unwrap();
    let mut pages = client.list_objects_v2("bucket").parallel(Concurrency::Requests(8));
    let Err(Error::Transport(error)) = world.run(pages.next()) else { panic!("an answer") };
    assert_eq!(error.kind, TransportErrorKind::Timeout);
    assert!(world.elapsed() <= sts3::RetryPolicy::default().attempt_timeout, "{:?}", world.elapsed());
}

/// The proof costs nothing where the server is honest: as many requests as the planner asks for.
#[test]
fn an_honest_server_is_asked_no_more_than_is_planned() {
    for seed in 0..100 {
        let mut dice = Dice::new(seed);
        let shape = dice.pick(&SHAPES);
        let keys = keys(shape, &mut dice);
        let (case, _) = by_hand(|case| (case.width, case.page_size) = (dice.pick(&[2, 8, 24]), 20));
        let (outcome, _) = run(&case, keys.clone(), seed);
        let pages = keys.len().div_ceil(20) as u64;
        // What the planner promises: half of the necessary requests and three times the width bring nothing.
        let most = pages + pages / 2 + 3 * case.width as u64 + 1;
        assert!(
            outcome.listed == keys && outcome.requests <= most,
            "{shape}: {} for {pages}",
            outcome.requests
        );
        assert!(keys.len() >= 20 || outcome.requests == 1, "{shape}: {}", outcome.requests);
    }
}
