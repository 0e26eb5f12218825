//! Where to cut known ground: how many pages a range still has, and which key lies in their middle.

use super::{
    Planner, SCOUTS,
    frame::Frame,
    model::common_prefix,
    range::{Range, State},
};

/// A range of fewer pages than this is not cut: each cut costs half a page.
const WORTHWHILE: f64 = 4.0;
/// The same at the end, when requests that may be under way are not: time counts for more.
const WORTHWHILE_IDLE: f64 = 2.0;
/// How much more may follow than lies before, where nothing says how far keys go.
const HOPE: f64 = 2.0;
/// The end is near when less than this many pages are left for each request that may be under way.
const AT_THE_END: f64 = 1.0;
/// No key is longer, and so no guess.
pub(super) const MAX_KEY: usize = 1024;

/// Where a range may be cut in two.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) index: usize,
    /// How many pages are thought to be left to ask for in the whole of it.
    pub(super) left: f64,
    /// The last key of the first part.
    pub(super) pivot: String,
    /// The first part has no more pages than there is room for.
    pub(super) room: f64,
}

impl<P> Planner<P> {
    /// The cut among the first `near` ranges that helps most; none if no guess is worth its request.
    pub(super) fn best_cut(&mut self, near: usize) -> Option<Cut> {
        let mut best: Option<Cut> = None;
        let mut ahead = 0.0;
        for index in 0..near {
            let room = (self.window as f64 - ahead).max(1.0);
            let cut = self.proposal(index, room).or_else(|| self.open_proposal(index, room));
            if let (Some(cut), Some(range)) = (&cut, self.ranges.get_mut(index)) {
                range.left = cut.left;
            }
            ahead += self.ranges.get(index).map_or(0.0, |range| range.pages.len() as f64 + range.left);
            // What is far away counts no more than what there is room for.
            let worth = |cut: &Cut| cut.left.min(2.0 * cut.room);
            if let Some(cut) = cut
                && best.as_ref().is_none_or(|best| worth(&cut) > worth(best))
            {
                best = Some(cut);
            }
        }
        best
    }

    /// Cut a range in two: the index of the second part.
    pub(super) fn cut(&mut self, Cut { index, pivot, left, room }: Cut) -> usize {
        let id = self.next_id;
        self.next_id += 1;
        let first = (left / 2.0).min(room);
        let until = self.ranges.get_mut(index).and_then(|range| {
            range.left = first;
            range.until.replace(pivot.clone())
        });
        self.ranges.insert(index + 1, Range::new(id, pivot, until, left - first));
        index + 1
    }

    /// Where to cut a range that has an end; `None` if it is not worth it or nothing is known.
    fn proposal(&self, index: usize, room: f64) -> Option<Cut> {
        let range = self.ranges.get(index).filter(|range| range.state != State::Done)?;
        let until = range.until.as_deref()?;
        let common = common_prefix(&range.cursor, until);
        let frame = Frame::new(&self.model, range.cursor.get(..common)?);
        // With keys of the same kind before and behind, there are some between. Otherwise it is unknown how
        // far they go, and one guess at a time has to do.
        let is_bounded = self.next_key(index).is_some_and(|key| frame.holds(key));
        if is_bounded && !frame.is_familiar_between(&range.cursor, until) {
            return if self.guesses_around(index) == 0 { self.tail_scout(index) } else { None };
        }
        if !is_bounded && (!range.has_begun() || self.guesses_around(index) >= SCOUTS) {
            return None;
        }
        let frame = frame.careful(is_bounded);
        let mut density = self.density(index, &frame)?;
        if self.is_idle() {
            // A busy day must not be what all wait for at last.
            density = density.max(range.page_density(&frame).unwrap_or(density));
        }
        let (from, to) = (frame.number(&range.cursor), frame.number(until));
        let mut width = to - from;
        if !is_bounded {
            // What lies before is the best guess for what is left.
            width = width.min(HOPE * self.filled(index, &frame, from));
        }
        let cut = self.halved(index, &frame, width * density / self.page, density, room);
        if cut.is_none() && !is_bounded && self.guesses_around(index) == 0 {
            return self.tail_scout(index);
        }
        cut
    }

    /// Cut a range of so many pages such that half of those that have not been asked for yet lie on each side,
    /// but no further away than there is room.
    pub(super) fn halved(
        &self,
        index: usize,
        frame: &Frame<'_>,
        pages: f64,
        density: f64,
        room: f64,
    ) -> Option<Cut> {
        let range = self.ranges.get(index)?;
        let asked = if range.state == State::Asked { 1.0 } else { 0.0 };
        let left = pages - asked;
        if left < if self.is_idle() { WORTHWHILE_IDLE } else { WORTHWHILE } {
            return None;
        }
        let at = frame.number(&range.cursor) + (asked + (left / 2.0).min(room)) * self.page / density;
        let pivot = frame.key(at, self.page / density / 50.0);
        let is_inside = range.cursor.as_str() < pivot.as_str()
            && range.until.as_deref().is_none_or(|until| pivot.as_str() < until);
        (is_inside && pivot.len() <= MAX_KEY).then_some(Cut { index, left, pivot, room })
    }

    /// The end is near, and there is room for many more requests.
    fn is_idle(&self) -> bool {
        let left: f64 =
            self.ranges.iter().filter(|range| range.state != State::Done).map(|range| range.left).sum();
        self.running * 4 < self.width * 3 && left < self.width as f64 * AT_THE_END
    }

    /// How many guesses that have not been answered lie around a range.
    fn guesses_around(&self, index: usize) -> usize {
        let behind = self.ranges.iter().skip(index + 1).take_while(|range| !range.has_begun()).count();
        let before = self.ranges.iter().take(index + 1).rev().take_while(|range| !range.has_begun()).count();
        before + behind
    }

    /// Keys for each unit of a frame around a range: between what the nearest pages on both sides have.
    pub(super) fn density(&self, index: usize, frame: &Frame<'_>) -> Option<f64> {
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
        let mut before = self.ranges.iter().take(index + 1).filter_map(|range| range.first.as_deref());
        let first = before.find(|key| frame.holds(key)).map(|key| frame.number(key));
        first.map_or(0.0, |first| to - first)
    }
}
