//! A listing is complete, or an error that says what the server does: against a family of servers in memory.
//!
//! `LISTING_SEED=7 cargo test --test listing_guard` runs one combination, `LISTING_ROUNDS=100000` that many.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/odd_servers.rs"]
mod odd_servers;
#[path = "support/world.rs"]
mod world;

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use odd_servers::{Beyond, Kind, Order, Server, Start, Tokens};
use sts3::{
    Client, Concurrency, Error, ListingFault, Pages, ParallelPages, TransportErrorKind,
    s3::{ListObjectsV2, Page},
};
use world::{Dice, World};

const SHAPES: [&str; 10] =
    ["numbers", "uuids", "dated", "deep", "unicode", "one folder", "few", "control", "one key", "none"];

fn keys(shape: &str, dice: &mut Dice) -> Vec<String> {
    let count = 60 + dice.below(400);
    let mut keys: Vec<String> = match shape {
        "numbers" => (0..count).map(|number| format!("{}", number * 7)).collect(),
        "uuids" => (0..count).map(|_| format!("{:016x}-{:04x}", dice.next(), dice.below(65_536))).collect(),
        "dated" => (0..count)
            .map(|n| format!("logs/2026/{:02}/{:02}/{n:04}.gz", 1 + n / 60, 1 + n / 2 % 28))
            .collect(),
        "deep" => (0..count)
            .map(|n| format!("a{}/b{}/c{}/{}", n % 3, n / 3 % 7, n / 21 % 5, dice.below(10_000)))
            .collect(),
        "unicode" => (0..count)
            .map(|n| {
                let letter = dice.pick(&['a', 'Z', 'é', 'ß', '\u{ff21}', '\u{1f600}', '\u{e000}', '日']);
                format!("{letter}{}{n}", dice.pick(&["", "/", "x", "Ü"]))
            })
            .collect(),
        "one folder" => (0..count).map(|n| format!("folder/{:08}", n * n)).collect(),
        "few" => (0..1 + dice.below(20)).map(|n| format!("Few/{n}{}", dice.below(9))).collect(),
        "control" => (0..count)
            .map(|n| {
                format!("k{}{}{n}", char::from(1 + (n % 31) as u8), dice.pick(&["&", "<", "+", "%41", " "]))
            })
            .collect(),
        "one key" => vec!["only".into()],
        _ => Vec::new(),
    };
    keys.sort();
    keys.dedup();
    keys
}

fn kind(dice: &mut Dice) -> Kind {
    let mut kind = Kind::HONEST;
    // Mostly one thing is wrong, sometimes several.
    for _ in 0..dice.pick(&[1, 1, 1, 2, 3]) {
        match dice.below(17) {
            0 => kind.start = Start::Ignored,
            1 => kind.start = Start::Inclusive,
            2 | 3 => kind.start = Start::ExistingOrNothing,
            4 => kind.start = Start::ExistingOrAll,
            5 => kind.start = Start::Refused(dice.pick(&[400, 403, 404, 405, 501])),
            6 => kind.start = Start::SaysNothingFollows,
            7 => {
                kind.beyond =
                    dice.pick(&[Beyond::LastPage, Beyond::All, Beyond::NotFound, Beyond::NothingAndMore]);
            }
            8 => {
                let lies = [Tokens::SamePage, Tokens::TwoPages, Tokens::SameToken, Tokens::NothingAndMore];
                kind.tokens = dice.pick(&lies);
            }
            9 => {
                let orders = [Order::Utf16, Order::NoCase, Order::ReversedNames, Order::Length, Order::Hash];
                kind.order = dice.pick(&orders);
                // Who sorts otherwise, but only in few places, and takes a start for a filter by bytes, drops keys
                // at the end of a page without any sign.
                let shows_early = matches!(kind.order, Order::ReversedNames | Order::Length | Order::Hash);
                kind.starts_by_bytes = shows_early && dice.once_in(2);
            }
            10 => kind.ignores_prefix = true,
            11 => kind.below_prefix_is_nothing = true,
            12 => kind.fewer_keys = true,
            13 => kind.empty_pages = true,
            14 => kind.start = Start::TokenSkipsOne,
            15 => kind.tokens = Tokens::None,
            _ => kind.changes = true,
        }
    }
    // Who cuts pages at will and says of each that nothing follows gives no sign that it lies.
    kind.fewer_keys &= kind.start != Start::SaysNothingFollows;
    match dice.below(12) {
        0 => kind.lost = 10,
        1 => kind.panics = 15,
        2 => kind.hangs = 25,
        3 => kind.throttles = 10,
        _ => {}
    }
    kind
}

#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    shape: &'static str,
    width: usize,
    page_size: u32,
    prefix: String,
    start_after: Option<String>,
    stop_at: Option<String>,
    is_unordered: bool,
    is_cancelled: bool,
    /// One request after the other, by [`sts3::Pages`].
    is_plain: bool,
}

fn case(dice: &mut Dice) -> (Case, Vec<String>) {
    let shape = dice.pick(&SHAPES);
    let keys = keys(shape, dice);
    let kind = kind(dice);
    let prefix = match keys.get(keys.len() / 2) {
        Some(key) if kind.ignores_prefix || dice.once_in(3) => key.chars().take(1).collect(),
        _ => String::new(),
    };
    // Where names stand in another order, starts and ends mean other places there.
    let is_sorted = kind.order == Order::Bytes;
    let text = |dice: &mut Dice| match (dice.below(3), keys.is_empty()) {
        (0, _) | (_, true) => dice.pick(&["", "!", "M", "folder/", "zz", "\u{10ffff}"]).to_owned(),
        (1, _) => dice.pick(&keys),
        _ => format!("{}x", dice.pick(&keys)),
    };
    let start_after = (is_sorted && dice.once_in(4)).then(|| text(dice));
    let stop_at = (is_sorted && dice.once_in(6)).then(|| text(dice));
    let case = Case {
        kind,
        shape,
        width: dice.pick(&[1, 2, 3, 8, 24, 64]),
        page_size: dice.pick(&[1, 2, 5, 16, 16, 17, 20, 50, 100, 1000]),
        prefix,
        start_after,
        stop_at,
        is_unordered: dice.once_in(3),
        is_cancelled: dice.once_in(3),
        is_plain: false,
    };
    let is_plain = case.stop_at.is_none() && dice.once_in(8);
    let case = Case { is_plain, ..case };
    (case, keys)
}

/// Poll a future once, and drop it if it is not ready.
async fn once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[allow(clippy::large_enum_variant, reason = "one at a time")]
enum Walk {
    Plain(Box<Pages<ListObjectsV2>>),
    Parallel(Box<ParallelPages>),
}

impl Walk {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        match self {
            Self::Plain(pages) => pages.next().await,
            Self::Parallel(pages) => pages.next().await,
        }
    }

    fn requests(&self) -> u64 {
        match self {
            Self::Plain(pages) => pages.requests(),
            Self::Parallel(pages) => pages.requests(),
        }
    }
}

struct Outcome {
    listed: Vec<String>,
    result: Result<(), Error>,
    requests: u64,
    counted: u64,
}

fn run(case: &Case, keys: Vec<String>, seed: u64) -> (Outcome, Server) {
    let world = World::default();
    let server = Server::new(case.kind, keys, world.clone(), seed);
    let client = Client::builder().region("us-east-1").endpoint_url("https://odd.test");
    let client = client.transport(server.clone()).clock(world.clone()).build().unwrap();
    let mut operation = client.list_objects_v2("bucket").max_keys(case.page_size).prefix(&case.prefix);
    if let Some(start) = &case.start_after {
        operation = operation.start_after(start);
    }
    let mut pages = if case.is_plain {
        Walk::Plain(Box::new(operation.pages()))
    } else {
        let mut pages = operation.parallel(Concurrency::Requests(case.width));
        if let Some(stop) = &case.stop_at {
            pages = pages.stop_at(stop);
        }
        Walk::Parallel(Box::new(if case.is_unordered { pages.unordered() } else { pages }))
    };
    let mut dice = Dice::new(seed ^ 1);
    let outcome = world.run(async {
        let (mut listed, mut faults) = (Vec::new(), 0);
        let result = loop {
            let cancelled =
                if case.is_cancelled && dice.once_in(2) { once(pages.next()).await } else { None };
            let next: Result<Option<Page>, Error> = match cancelled {
                Some(next) => next,
                None => pages.next().await,
            };
            match next {
                Ok(Some(page)) => listed.extend(page.keys().map(str::to_owned)),
                Ok(None) => break Ok(()),
                // Whoever asks again goes on.
                Err(error) if case.kind.has_faults() && error.is_retryable() && faults < 100 => faults += 1,
                Err(error) => break Err(error),
            }
            assert!(server.requests() < 30_000, "it never ends");
        };
        Outcome { listed, result, requests: server.requests(), counted: pages.requests() }
    });
    (outcome, server)
}

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
    assert!(counted <= requests, "{counted} counted: {}", told());
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
        let client = client.transport(server).clock(world.clone()).build().unwrap();
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
    let client = client.transport(server).clock(world.clone()).build().unwrap();
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

/// Panics that are part of a test say nothing.
fn quiet_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(set_quiet_hook);
}

fn set_quiet_hook() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>().cloned().unwrap_or_default();
        let is_planned = text.contains("a planned panic")
            || info.payload().downcast_ref::<&str>().is_some_and(|text| text.contains("a planned panic"));
        if !is_planned {
            usual(info);
        }
    }));
}
