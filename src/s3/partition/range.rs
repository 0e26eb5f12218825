//! One stretch of keys, listed from its start by whoever has taken it.

use std::collections::VecDeque;

use super::frame::Frame;

/// How many keys of a page are remembered as its sample: enough to see where in a page a folder ends.
const SAMPLES: usize = 9;

/// How many pages' ends are remembered: a survey lists few pages of a range one after the other.
const MARKS: usize = 16;

/// Keys behind `cursor` up to and including `until`.
#[derive(Debug)]
pub(super) struct Range<P> {
    pub(super) id: u64,
    /// All keys up to here have arrived; empty at the start of the bucket.
    pub(super) cursor: String,
    /// The last key that may belong to the range; none for the last range of all.
    pub(super) until: Option<String>,
    pub(super) state: State,
    /// How many keys have arrived.
    pub(super) count: usize,
    /// How many pages it is thought to have beyond those that have arrived.
    pub(super) left: f64,
    /// Keys of the page that arrived last, evenly spaced, with the number of keys up to each.
    pub(super) sample: Vec<(String, usize)>,
    /// The last keys of its first pages, with the number of keys up to each.
    pub(super) marks: Vec<(String, usize)>,
    /// The first key of the range, once a page has arrived.
    pub(super) first: Option<String>,
    /// Pages that wait for their turn, with the number of their keys that count.
    pub(super) pages: VecDeque<(P, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its next page may be asked for.
    Idle,
    /// Its next page was asked for.
    Asked,
    /// All its keys have arrived.
    Done,
}

impl<P> Range<P> {
    pub(super) fn new(id: u64, cursor: String, until: Option<String>, left: f64) -> Self {
        Self {
            id,
            cursor,
            until,
            state: State::Idle,
            left,
            count: 0,
            sample: Vec::new(),
            marks: Vec::new(),
            first: None,
            pages: VecDeque::new(),
        }
    }

    pub(super) fn has_begun(&self) -> bool {
        self.first.is_some() || self.state == State::Done
    }

    /// Remember a page of which the first `count` keys belong to the range.
    pub(super) fn took(&mut self, keys: &[&str], count: usize) {
        let Some(taken) = keys.get(..count) else { return };
        let (Some(first), Some(last)) = (taken.first(), taken.last()) else { return };
        if self.first.is_none() {
            self.first = Some((*first).to_owned());
        }
        self.cursor = (*last).to_owned();
        self.count += count;
        if self.marks.len() < MARKS {
            self.marks.push((self.cursor.clone(), self.count));
        }
        self.left = (self.left - 1.0).max(0.0);
        let step = (count - 1).max(1) as f64 / (SAMPLES - 1) as f64;
        let ranks = (0..SAMPLES).map(|index| (index as f64 * step) as usize);
        self.sample = ranks.filter_map(|rank| Some(((*taken.get(rank)?).to_owned(), rank + 1))).collect();
        self.sample.dedup();
    }

    /// Keys for each unit of a frame in its last page.
    pub(super) fn page_density(&self, frame: &Frame<'_>) -> Option<f64> {
        let inside: Vec<_> = self.sample.iter().filter(|(key, _)| frame.holds(key)).collect();
        let ((from, low), (to, high)) = (inside.first()?, inside.last()?);
        let width = frame.number(to) - frame.number(from);
        let count = high.checked_sub(*low).filter(|count| *count > 0)?;
        (width > 0.0).then(|| count as f64 / width)
    }

    /// Keys for each unit of a frame.
    pub(super) fn density(&self, frame: &Frame<'_>) -> Option<f64> {
        let page = self.page_density(frame)?;
        // Busy days and quiet ones: what the whole range had so far counts as much as its last page.
        let whole = self.first.as_deref().filter(|first| frame.holds(first));
        let whole =
            whole.map(|first| frame.number(&self.cursor) - frame.number(first)).filter(|width| *width > 0.0);
        Some(whole.map_or(page, |width| (page * self.count as f64 / width).sqrt()))
    }
}
