//! Listing one bucket with many requests at once, without knowing its keys: a planner that does no I/O.
//!
//! The keys are cut into ranges `(after, until]`, each listed page by page from its start with `start-after`, which takes
//! any text: it need not be a key. When there is room for another request, the range with the most work left is split at a
//! guessed key, and the page that comes back is both the proof and the first page of the new range. A wrong guess costs
//! one request and teaches where nothing is. The prefix is never changed, so that policies with an `s3:prefix` condition
//! go on working.
//!
//! `model` learns which characters stand where, `frame` turns keys into numbers with it and back, `range` is one stretch,
//! `explore` looks for the end of the bucket; this file hands out requests and takes pages.

mod characters;
mod explore;
mod frame;
mod model;
mod range;

use std::collections::VecDeque;

use self::{
    frame::Frame,
    model::{Model, common_prefix},
    range::{Range, State},
};

/// A page of keys as services send them.
const PAGE: f64 = 1000.0;
/// A range of fewer pages than this is not split: each split costs half a page.
const WORTHWHILE: f64 = 3.0;
/// How many guesses into the unknown may be under way at once, at each end of what is known.
const SCOUTS: usize = 3;

/// One request to send: the keys behind `start_after` (empty: from the start).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to tell the planner with the page.
    pub id: u64,
    /// Where it starts.
    pub start_after: String,
}

/// Where a range may be cut in two.
#[derive(Debug)]
struct Cut {
    index: usize,
    /// How many pages are thought to be left to ask for in the whole of it.
    left: f64,
    /// The last key of the first part.
    pivot: String,
}

/// Why a listing cannot be planned: the server does not sort, or does not start where it is asked to. What has been
/// taken so far is sound; the rest is to be listed in sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unplannable;

/// Plans the listing of a bucket. `P` is what a page is to whoever sends the requests.
#[derive(Debug)]
pub struct Planner<P> {
    ranges: VecDeque<Range<P>>,
    model: Model,
    width: usize,
    running: usize,
    next_id: u64,
    pages: u64,
    worthwhile: f64,
    tail: usize,
}

impl<P> Planner<P> {
    /// A plan for all keys behind `start_after` (empty: from the start) up to and including `until`, with at most `width`
    /// requests at once.
    pub fn new(start_after: &str, until: Option<&str>, width: usize) -> Self {
        let all = Range::new(0, start_after.to_owned(), until.map(str::to_owned), 1.0);
        Self {
            ranges: VecDeque::from([all]),
            model: Model::default(),
            width: width.max(1),
            running: 0,
            next_id: 1,
            pages: 0,
            worthwhile: std::env::var("WORTH").ok().and_then(|t| t.parse().ok()).unwrap_or(WORTHWHILE),
            tail: std::env::var("TAIL").ok().and_then(|t| t.parse().ok()).unwrap_or(1),
        }
    }

    /// The next request to send now; `None` if there is none, or as many are under way as may be.
    pub fn next_request(&mut self) -> Option<Request> {
        if self.running >= self.width {
            return None;
        }
        let idle = self.ranges.iter().position(|range| range.state == State::Idle);
        // What is not known yet may be most of the bucket: one guess behind the end is always under way.
        let scout = self.needs_scout(1).then(|| self.scout()).flatten();
        let index = match (scout, idle) {
            (Some(cut), _) => self.cut(cut),
            (None, Some(index)) => index,
            (None, None) => self.split()?,
        };
        let range = self.ranges.get_mut(index)?;
        range.state = State::Asked;
        self.running += 1;
        Some(Request { id: range.id, start_after: range.cursor.clone() })
    }

    /// A page has arrived: its keys, whether there are more behind them, and the page itself.
    ///
    /// # Errors
    /// [`Unplannable`]: the keys are not sorted or do not lie behind the start; the page is not taken.
    pub fn arrived(&mut self, id: u64, keys: &[&str], is_truncated: bool, page: P) -> Result<(), Unplannable> {
        let Some(index) = self.ranges.iter().position(|range| range.id == id) else { return Ok(()) };
        let Some(range) = self.ranges.get_mut(index) else { return Ok(()) };
        self.running = self.running.saturating_sub(1);
        range.state = State::Idle;
        let is_sorted = keys.is_sorted_by(|a, b| a < b);
        if !is_sorted || keys.first().is_some_and(|first| *first <= range.cursor.as_str()) {
            return Err(Unplannable);
        }
        let count = match &range.until {
            Some(until) => keys.partition_point(|key| *key <= until.as_str()),
            None => keys.len(),
        };
        let gap = (count == 0 && range.first.is_none() && !range.cursor.is_empty()).then(|| range.cursor.clone());
        range.took(keys, count);
        if count < keys.len() || !is_truncated {
            range.state = State::Done;
        }
        range.pages.push_back((page, count));
        self.pages += 1;
        self.model.learn(keys);
        if let Some(guess) = gap {
            self.model.learn_gap(&guess, keys.first().copied());
        }
        if !is_truncated {
            self.end_at(index, keys.last().copied());
        }
        Ok(())
    }

    /// The request came to nothing: it will be handed out again.
    pub fn failed(&mut self, id: u64) {
        if let Some(range) = self.ranges.iter_mut().find(|range| range.id == id && range.state == State::Asked) {
            range.state = State::Idle;
            self.running = self.running.saturating_sub(1);
        }
    }

    /// The next page in the order of the keys, and how many of its keys count.
    pub fn pop(&mut self) -> Option<(P, usize)> {
        loop {
            let head = self.ranges.front_mut()?;
            if let Some(page) = head.pages.pop_front() {
                return Some(page);
            }
            if head.state != State::Done || self.ranges.len() == 1 {
                return None;
            }
            self.ranges.pop_front();
        }
    }

    /// Whether all pages have arrived.
    pub fn is_done(&self) -> bool {
        self.ranges.iter().all(|range| range.state == State::Done)
    }

    /// How many requests may be under way at once, from now on.
    pub fn set_width(&mut self, width: usize) {
        self.width = width.max(1);
    }

    /// How many ranges are being listed.
    pub fn active_ranges(&self) -> usize {
        self.ranges.iter().filter(|range| range.state != State::Done).count()
    }

    /// There is nothing behind this range: those behind it that have not been asked for need not be.
    fn end_at(&mut self, index: usize, _last: Option<&str>) {
        for range in self.ranges.iter_mut().skip(index + 1) {
            if range.state == State::Idle {
                range.state = State::Done;
            }
        }
    }

    /// Make a new range where it helps most: its index, or none if no guess is worth its request.
    fn split(&mut self) -> Option<usize> {
        if self.needs_scout(usize::MAX)
            && let Some(cut) = self.scout()
        {
            return Some(self.cut(cut));
        }
        let proposals = (0..self.ranges.len()).filter_map(|index| self.proposal(index));
        let best = proposals.chain(self.open_proposal()).max_by(|a, b| a.left.total_cmp(&b.left))?;
        Some(self.cut(best))
    }

    /// Cut a range in two.
    fn cut(&mut self, Cut { index, left, pivot }: Cut) -> usize {
        let guess = left / 2.0;
        let id = self.next_id;
        self.next_id += 1;
        let until = self.ranges.get_mut(index).and_then(|range| {
            range.guess = guess;
            range.until.replace(pivot.clone())
        });
        self.ranges.insert(index + 1, Range::new(id, pivot, until, guess));
        index + 1
    }

    /// How many pages a range still has, beyond the one that was asked for, and where to cut it; `None` if it is not worth
    /// it or nothing is known.
    fn proposal(&self, index: usize) -> Option<Cut> {
        let range = self.ranges.get(index)?;
        let until = range.until.as_deref()?;
        if range.state == State::Done || range.is_stuck {
            return None;
        }
        let common = common_prefix(&range.cursor, until);
        let frame = Frame::new(&self.model, range.cursor.get(..common)?);
        // With keys of the same kind before and behind, there are some between. Otherwise nobody knows, and one guess
        // at a time has to do.
        let is_bounded = self.next_key(index).is_some_and(|key| frame.holds(key));
        if is_bounded && !frame.is_familiar_between(&range.cursor, until) {
            return if self.guesses_around(index) < self.tail { self.tail_scout(index) } else { None };
        }
        if !is_bounded && self.guesses_around(index) >= SCOUTS {
            return None;
        }
        let density = self.density(index, &frame)?;
        let (from, to) = (frame.number(&range.cursor), frame.number(until));
        let mut pages = (to - from) * density / PAGE;
        if !is_bounded {
            // What lies before is the best guess for what is left.
            pages = pages.min(self.filled(index, &frame, from) * density / PAGE);
        }
        self.halved(index, &frame, from, pages, density)
    }

    /// Cut a range whose cursor stands at `from` so that half of the pages that nobody has asked for yet lie on each side.
    fn halved(&self, index: usize, frame: &Frame<'_>, from: f64, pages: f64, density: f64) -> Option<Cut> {
        let range = self.ranges.get(index)?;
        let left = pages - if range.state == State::Asked { 1.0 } else { 0.0 };
        if left < self.worthwhile {
            return None;
        }
        let at = from + (pages - left / 2.0) * PAGE / density;
        let pivot = frame.key(at, PAGE / density / 50.0);
        let is_inside = range.cursor.as_str() < pivot.as_str()
            && range.until.as_deref().is_none_or(|until| pivot.as_str() < until);
        is_inside.then_some(Cut { index, left, pivot })
    }

    /// How many guesses that have not been answered lie around a range.
    fn guesses_around(&self, index: usize) -> usize {
        let behind = self.ranges.iter().skip(index + 1).take_while(|range| !range.has_begun()).count();
        let before = self.ranges.iter().take(index + 1).rev().take_while(|range| !range.has_begun()).count();
        before + behind
    }

    /// Keys for each unit of a frame around a range: between what the nearest pages on both sides have.
    fn density(&self, index: usize, frame: &Frame<'_>) -> Option<f64> {
        let before = self.ranges.iter().take(index + 1).rev().find(|range| range.first.is_some());
        let behind = self.ranges.iter().skip(index + 1).find(|range| range.first.is_some());
        let density = |range: Option<&Range<P>>| range?.density(frame);
        match (density(before), density(behind)) {
            (Some(left), Some(right)) => Some((left * right).sqrt()),
            (density, None) | (None, density) => density,
        }
    }

    /// The first key that is known behind a range.
    fn next_key(&self, index: usize) -> Option<&str> {
        self.ranges.iter().skip(index + 1).find_map(|range| range.first.as_deref())
    }

    /// How much of a frame lies before `to` and is known to hold keys.
    fn filled(&self, index: usize, frame: &Frame<'_>, to: f64) -> f64 {
        let before = self.ranges.iter().take(index + 1).filter_map(|range| range.first.as_deref());
        let first = before.filter(|key| frame.holds(key)).map(|key| frame.number(key)).next();
        first.map_or(0.0, |first| to - first)
    }
}
