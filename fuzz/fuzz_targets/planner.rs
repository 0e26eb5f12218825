//! Whatever keys a server has, in whatever order its answers come and however many of them fail: every key
//! comes out once, in its place.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3::s3::partition::{Listed, Planner, Request};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    keys: Vec<&'a str>,
    /// Each key also with these numbers behind it: many that look alike.
    numbered: u8,
    width: u8,
    window: u8,
    page: u8,
    start: Option<&'a str>,
    stop: Option<&'a str>,
    /// Which of those under way is answered next, and whether it fails.
    order: Vec<u8>,
    is_unordered: bool,
    /// A server that does not do as it should.
    ignores_start: bool,
}

struct Page(Vec<String>, bool);

impl Listed for Page {
    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    fn is_truncated(&self) -> bool {
        self.1
    }
}

fuzz_target!(|input: Input<'_>| {
    let numbers = || (0..u32::from(input.numbered) * 4).map(|number| number.to_string());
    let numbered = input.keys.iter().take(4).flat_map(|key| numbers().map(move |number| format!("{key}{number}")));
    let mut keys: Vec<String> = input.keys.iter().map(|key| (*key).to_owned()).chain(numbered).collect();
    keys.retain(|key| (1..=1024).contains(&key.len()));
    keys.sort();
    keys.dedup();
    let size = usize::from(input.page % 20) + 1;
    let list = |after: &str| {
        let from = if input.ignores_start { 0 } else { keys.partition_point(|key| key.as_str() <= after) };
        let to = (from + size).min(keys.len());
        Page(keys[from..to].to_vec(), to < keys.len())
    };
    let mut planner = Planner::new("", usize::from(input.width)).page_size(size as u32);
    if let Some(start) = input.start {
        planner = planner.start_after(start);
    }
    if let Some(stop) = input.stop {
        planner = planner.stop_at(stop);
    }
    planner = planner.window(if input.window == 0 { usize::MAX } else { usize::from(input.window) });

    let (mut under_way, mut listed): (Vec<Request>, Vec<String>) = Default::default();
    let (mut order, mut requests, mut failures) = (input.order.iter(), 0, 0);
    while !planner.is_done() {
        while let Some(request) = planner.next_request() {
            assert!(request.start_after.len() <= 1024);
            requests += 1;
            under_way.push(request);
        }
        assert!(!under_way.is_empty(), "it is not done and asks for nothing");
        let pick = usize::from(order.next().copied().unwrap_or_default());
        let request = under_way.swap_remove((pick / 2) % under_way.len());
        if pick % 2 == 1 && failures < 100 {
            failures += 1;
            planner.failed(request.id);
        } else if planner.arrived(request.id, list(&request.start_after)).is_err() {
            assert!(input.ignores_start, "a sound page was refused");
            return;
        }
        let next = |planner: &mut Planner<Page>| if input.is_unordered { planner.pop_any() } else { planner.pop() };
        while let Some((page, count)) = next(&mut planner) {
            listed.extend(page.0.into_iter().take(count));
        }
    }
    if input.is_unordered {
        listed.sort();
    }
    let start = input.start.unwrap_or_default();
    let expected: Vec<&String> = keys
        .iter()
        .filter(|key| key.as_str() > start && input.stop.is_none_or(|stop| key.as_str() <= stop))
        .collect();
    if !input.ignores_start {
        assert!(listed.iter().eq(expected.iter().copied()), "{listed:?} for {expected:?}");
        let pages = expected.len().div_ceil(size);
        let width = usize::from(input.width).clamp(1, 256);
        assert!(requests - failures <= pages * 3 / 2 + 3 * width + 1, "{requests} requests for {pages} pages");
    }
});
