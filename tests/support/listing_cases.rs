//! Cases of a listing: which server, which keys, how it is asked; and how each ends.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use sts3::{
    Client, Concurrency, Error, Pages, ParallelPages,
    s3::{ListObjectsV2, Page},
};

use crate::{
    odd_servers::{Beyond, Kind, Order, Server, Start, Tokens},
    world::{Dice, World},
};

pub const SHAPES: [&str; 10] =
    ["numbers", "uuids", "dated", "deep", "unicode", "one folder", "few", "control", "one key", "none"];

pub fn keys(shape: &str, dice: &mut Dice) -> Vec<String> {
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
        match dice.below(19) {
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
            16 => kind.start = Start::SkipsOne,
            17 => kind.start = Start::OneShard,
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
pub struct Case {
    pub kind: Kind,
    pub shape: &'static str,
    pub width: usize,
    pub page_size: u32,
    pub prefix: String,
    pub start_after: Option<String>,
    pub stop_at: Option<String>,
    pub is_unordered: bool,
    pub is_cancelled: bool,
    /// One request after the other, by [`sts3::Pages`].
    pub is_plain: bool,
}

pub fn case(dice: &mut Dice) -> (Case, Vec<String>) {
    let shape = dice.pick(&SHAPES);
    let keys = keys(shape, dice);
    let kind = kind(dice);
    let prefix = match keys.get(keys.len() / 2) {
        Some(key) if kind.ignores_prefix || dice.once_in(3) => key.chars().take(1).collect(),
        _ => String::new(),
    };
    // Where names stand in another order, starts and ends mean other places there.
    // Of a start of one's own that is misread always, nothing else tells.
    let is_sorted = kind.order == Order::Bytes && kind.start != Start::SkipsOne;
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

pub enum Walk {
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

pub struct Outcome {
    pub listed: Vec<String>,
    pub result: Result<(), Error>,
    pub requests: u64,
    pub counted: u64,
}

pub fn run(case: &Case, keys: Vec<String>, seed: u64) -> (Outcome, Server) {
    let world = World::default();
    let server = Server::new(case.kind, keys, world.clone(), seed);
    let client = Client::builder().region("us-east-1").endpoint_url("https://odd.test");
    let client = client.anonymous().transport(server.clone()).clock(world.clone()).build().unwrap();
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

/// Panics that are part of a test say nothing.
pub fn quiet_panics() {
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
