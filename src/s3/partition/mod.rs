//! Listing one bucket with many requests at once, without knowing its keys: a planner that does no I/O.
//!
//! The keys are cut into ranges `(after, until]`, each listed page by page from its start with `start-after`,
//! which takes any text: it need not be a key. When there is room for another request, the range with the
//! most work left is cut at a guessed key, and the page that comes back is both the proof and the first page
//! of the new range. A wrong guess costs one request and teaches where nothing is. The prefix is never
//! changed, so that policies with an `s3:prefix` condition go on working.
//!
//! ```
//! use sts3::s3::partition::Planner;
//!
//! # struct Page(Vec<String>);
//! # impl sts3::s3::partition::Listed for Page {
//! #     fn keys(&self) -> Vec<&str> { self.0.iter().map(String::as_str).collect() }
//! #     fn is_truncated(&self) -> bool { self.0.last().is_some_and(|last| last != "key-4999") }
//! # }
//! # fn list(after: &str) -> Page {
//! #     let all = (0..5000).map(|number| format!("key-{number:04}")).filter(|key| key.as_str() > after);
//! #     Page(all.take(1000).collect())
//! # }
//! let mut planner = Planner::new("", 24);
//! let mut listed = Vec::new();
//! while !planner.is_done() {
//!     // All of these may be under way at the same time.
//!     while let Some(request) = planner.next_request() {
//!         let page = list(&request.start_after);
//!         planner.arrived(request.id, page).expect("a sorted listing");
//!     }
//!     // Pages come out in the order of their keys; of each, so many keys count.
//!     while let Some((page, count)) = planner.pop() {
//!         listed.extend(page.0.into_iter().take(count));
//!     }
//! }
//! assert_eq!(listed.len(), 5000);
//! assert!(listed.is_sorted());
//! ```
//!
//! Read `model` (which characters stand where), `calendar` (where dates end), `frame` (keys as numbers and
//! back), `range` (one stretch of keys), then `split` (where to cut known ground), `explore` (where the
//! unknown may begin), `survey` (parts for many workers), and this file, which hands out requests and takes
//! pages.

mod calendar;
mod characters;
mod explore;
mod frame;
mod model;
mod range;
mod split;
mod survey;

use std::collections::VecDeque;

pub use survey::Part;

use self::{
    model::Model,
    range::{Range, State},
};

/// Requests at once, unless told otherwise: more hardly saves time and wastes more of them.
pub const DEFAULT_WIDTH: usize = 24;
/// Requests at once at most: each costs money, and S3 asks for fewer of them at some thousand a second.
pub const MAX_WIDTH: usize = 256;
/// How many guesses into the unknown may be under way at once, at the end of what is known.
const SCOUTS: usize = 3;
/// Pages that may wait for their turn, unless told otherwise.
pub const DEFAULT_WINDOW: usize = 256;

/// One request to send: the keys behind `start_after` (empty: from the start).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to tell the planner with the page.
    pub id: u64,
    /// Where it starts.
    pub start_after: String,
}

/// What the planner has to know of a page.
pub trait Listed {
    /// Its keys, in the order in which they came.
    fn keys(&self) -> Vec<&str>;

    /// Whether there are more behind them.
    fn is_truncated(&self) -> bool;
}

/// Why a listing cannot be planned. What has been taken so far is sound; the rest is to be listed in sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplannable {
    /// A page did not start where it was asked to.
    StartIgnored,
    /// Keys are not in the order of their bytes, or there are said to be more and none came.
    Unsorted,
}

/// Plans the listing of a bucket. `P` is what a page is to whoever sends the requests.
#[derive(Debug)]
pub struct Planner<P> {
    /// In the order of their keys, without gaps between them.
    ranges: VecDeque<Range<P>>,
    model: Model,
    /// All keys start with it.
    prefix: String,
    width: usize,
    window: usize,
    /// How many keys a full page has.
    page: f64,
    running: usize,
    /// Requests in all, but for those that failed.
    asked: usize,
    /// Keys in all that have arrived and count.
    taken: usize,
    waiting: usize,
    next_id: u64,
    /// A page has said that nothing follows it.
    knows_end: bool,
    /// Where the listing starts, and whether it stops at a key.
    start: String,
    has_stop: bool,
}

impl<P: Listed> Planner<P> {
    /// A plan for all keys that start with `prefix`, with at most `width` requests at once (1 to
    /// [`MAX_WIDTH`]).
    pub fn new(prefix: impl Into<String>, width: usize) -> Self {
        Self {
            ranges: VecDeque::from([Range::new(0, String::new(), None, 1.0)]),
            model: Model::default(),
            prefix: prefix.into(),
            width: width.clamp(1, MAX_WIDTH),
            window: DEFAULT_WINDOW,
            page: 1000.0,
            running: 0,
            asked: 0,
            taken: 0,
            waiting: 0,
            next_id: 1,
            knows_end: false,
            start: String::new(),
            has_stop: false,
        }
    }

    /// Only keys behind this one.
    #[must_use]
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.start = key.into();
        if let Some(range) = self.ranges.front_mut() {
            range.cursor.clone_from(&self.start);
        }
        self
    }

    /// Only keys up to this one.
    #[must_use]
    pub fn stop_at(mut self, key: impl Into<String>) -> Self {
        if let Some(range) = self.ranges.back_mut() {
            range.until = Some(key.into());
            self.has_stop = true;
        }
        self
    }

    /// At most so many pages wait for their turn (those under way are counted); with `usize::MAX` the listing
    /// is cut where that is fastest, and all of it may have to wait.
    #[must_use]
    pub fn window(mut self, pages: usize) -> Self {
        self.window = pages.max(2);
        self
    }

    /// How many keys a full page has: 1,000 unless fewer are asked for.
    #[must_use]
    pub fn page_size(mut self, keys: u32) -> Self {
        self.page = f64::from(keys.clamp(1, 1000));
        self
    }

    /// How many requests may be under way at once, from now on.
    pub fn set_width(&mut self, width: usize) {
        self.width = width.clamp(1, MAX_WIDTH);
    }

    /// The next request to send now; `None` if there is none, as many are under way as may be, or too many
    /// pages wait.
    pub fn next_request(&mut self) -> Option<Request> {
        if self.running >= self.width {
            return None;
        }
        let index = self.next_range()?;
        self.ask(index)
    }

    /// The next request of the range at `index`, which is under way from now on.
    fn ask(&mut self, index: usize) -> Option<Request> {
        let range = self.ranges.get_mut(index)?;
        range.state = State::Asked;
        self.running += 1;
        self.asked += 1;
        Some(Request { id: range.id, start_after: range.cursor.clone() })
    }

    fn next_range(&mut self) -> Option<usize> {
        let is_idle = |range: &Range<P>| range.state == State::Idle;
        if self.running + self.waiting >= self.window {
            // Only what will be popped next makes room.
            return self.ranges.front().is_some_and(is_idle).then_some(0);
        }
        let near = self.near();
        let idle = self.ranges.iter().take(near).position(is_idle);
        let sees_all = near == self.ranges.len();
        // What is not known yet may be most of the bucket: one guess behind the end is always under way.
        let may_guess = self.width > 1 && self.may_guess();
        let scout = if sees_all && may_guess { self.scout(1) } else { None };
        let cut = match (scout, idle) {
            (Some(cut), _) => cut,
            (None, Some(index)) => return Some(index),
            (None, None) if !may_guess => return None,
            (None, None) => sees_all.then(|| self.scout(SCOUTS)).flatten().or_else(|| self.best_cut(near))?,
        };
        Some(self.cut(cut))
    }

    /// Whether guessing has been worth it. However keys look, no more requests than half of the necessary
    /// ones and three times the width bring nothing.
    fn may_guess(&self) -> bool {
        let necessary = self.taken as f64 / self.page;
        self.asked as f64 - necessary <= 2.0 * self.width as f64 + necessary / 2.0
    }

    /// How many ranges begin within the window: pages of the others would only wait.
    fn near(&self) -> usize {
        if self.window == usize::MAX {
            return self.ranges.len();
        }
        let mut ahead = 0.0;
        let is_near = |range: &&Range<P>| {
            let is_near = ahead < self.window as f64;
            ahead +=
                range.pages.len() as f64 + if range.state == State::Done { 0.0 } else { range.left.max(1.0) };
            is_near
        };
        self.ranges.iter().take_while(is_near).count()
    }

    /// A page has arrived.
    ///
    /// # Errors
    /// [`Unplannable`]: the keys are not sorted or do not lie behind the start; the page is not taken.
    pub fn arrived(&mut self, id: u64, page: P) -> Result<(), Unplannable> {
        let (keys, is_truncated) = (page.keys(), page.is_truncated());
        let asked = |range: &Range<P>| range.id == id && range.state == State::Asked;
        let Some(index) = self.ranges.iter().position(asked) else { return Ok(()) };
        let Some(range) = self.ranges.get_mut(index) else { return Ok(()) };
        self.running = self.running.saturating_sub(1);
        range.state = State::Idle;
        if keys.first().is_some_and(|first| *first <= range.cursor.as_str()) {
            return Err(Unplannable::StartIgnored);
        }
        if !keys.is_sorted_by(|a, b| a < b) || (keys.is_empty() && is_truncated) {
            return Err(Unplannable::Unsorted);
        }
        let count = match &range.until {
            Some(until) => keys.partition_point(|key| *key <= until.as_str()),
            None => keys.len(),
        };
        let is_wrong_guess = count == 0 && range.first.is_none();
        let guess = range.cursor.clone();
        range.took(&keys, count);
        self.taken += count;
        if count < keys.len() || !is_truncated {
            range.state = State::Done;
        }
        self.model.learn(&keys);
        if is_wrong_guess {
            self.model.learn_gap(&guess, keys.first().copied());
        }
        if !is_truncated {
            let last = keys.last().map_or(guess, |last| (*last).to_owned());
            self.end_at(index, &last);
        }
        if let Some(range) = self.ranges.get_mut(index) {
            range.pages.push_back((page, count));
            self.waiting += 1;
        }
        Ok(())
    }

    /// The request came to nothing: it will be handed out again.
    pub fn failed(&mut self, id: u64) {
        let asked = |range: &&mut Range<P>| range.id == id && range.state == State::Asked;
        if let Some(range) = self.ranges.iter_mut().find(asked) {
            range.state = State::Idle;
            self.running = self.running.saturating_sub(1);
            self.asked = self.asked.saturating_sub(1);
        }
    }

    /// The next page in the order of the keys, and how many of its keys count.
    pub fn pop(&mut self) -> Option<(P, usize)> {
        loop {
            let head = self.ranges.front_mut()?;
            if let Some(page) = head.pages.pop_front() {
                self.waiting = self.waiting.saturating_sub(1);
                return Some(page);
            }
            if head.state != State::Done || self.ranges.len() == 1 {
                return None;
            }
            self.ranges.pop_front();
        }
    }

    /// Any page that waits, and how many of its keys count: for whoever needs no order.
    pub fn pop_any(&mut self) -> Option<(P, usize)> {
        let page = self.ranges.iter_mut().find_map(|range| range.pages.pop_front());
        self.waiting = self.waiting.saturating_sub(usize::from(page.is_some()));
        page
    }

    /// Whether all pages have arrived.
    pub fn is_done(&self) -> bool {
        self.ranges.iter().all(|range| range.state == State::Done)
    }

    /// How many ranges are being listed.
    pub fn active_ranges(&self) -> usize {
        self.ranges.iter().filter(|range| range.state != State::Done).count()
    }

    /// There is nothing behind `last`: ranges that start there or later need not be asked for.
    fn end_at(&mut self, index: usize, last: &str) {
        self.knows_end = true;
        let behind = self.ranges.iter_mut().skip(index + 1);
        for range in behind.filter(|range| range.state == State::Idle && range.cursor.as_str() >= last) {
            range.state = State::Done;
        }
    }
}
