//! Cutting a bucket into parts of about the same size, in few requests: for workers that list one part each.

use super::{
    Listed, Planner, Request, SCOUTS,
    frame::Frame,
    model::common_prefix,
    range::{Range, State},
};

/// Requests for each part: enough to find parts that are within a factor of two of each other.
const REQUESTS_A_PART: usize = 8;

/// Keys behind `start_after` (empty: from the start) up to and including `stop_at` (none: to the end).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The part's keys lie behind this.
    pub start_after: String,
    /// The last key that may belong to the part.
    pub stop_at: Option<String>,
    /// About how many keys it has.
    pub keys: u64,
}

impl<P: Listed> Planner<P> {
    /// The next request to learn where `parts` parts lie; the pages are told to [`arrived`](Self::arrived) as
    /// usual. `None` if enough is known, or for now as many are under way as may be.
    pub fn survey_request(&mut self, parts: usize) -> Option<Request> {
        let is_first = self.next_id == 1 && self.ranges.len() == 1 && self.running == 0 && self.waiting == 0;
        let budget = REQUESTS_A_PART.saturating_mul(parts).saturating_add(8);
        if self.running >= self.width || self.running + self.waiting > budget {
            return None;
        }
        let failed = |range: &Range<P>| range.state == State::Idle && !range.has_begun();
        let index = match self.ranges.iter().position(failed) {
            Some(index) => index,
            None if is_first => 0,
            None => {
                let all = self.ranges.len();
                match self.scout(SCOUTS).or_else(|| self.best_cut(all)) {
                    Some(cut) => self.cut(cut),
                    // Too little to guess about: it is listed, once no answer can tell more.
                    None if self.running > 0 => return None,
                    None => self.ranges.iter().position(|range| range.state == State::Idle)?,
                }
            }
        };
        self.ask(index)
    }

    /// The bucket in at most `parts` parts, as far as it is known: without gaps, without overlaps.
    pub fn parts(&mut self, parts: usize) -> Vec<Part> {
        let all = self.ranges.len();
        // What each range is thought to have left is worked out with the cuts.
        let _ = self.best_cut(all);
        let weights: Vec<f64> = self
            .ranges
            .iter()
            .enumerate()
            .map(|(index, range)| range.count as f64 + self.left_of(index))
            .collect();
        let total: f64 = weights.iter().sum();
        let share = total / parts.max(1) as f64;
        let mut bounds: Vec<(String, f64)> = Vec::new();
        let mut before = 0.0;
        for (index, weight) in weights.into_iter().enumerate() {
            while bounds.len() + 1 < parts && before + weight >= share * (bounds.len() + 1) as f64 {
                let inside = share * (bounds.len() + 1) as f64 - before;
                let Some(bound) = self.key_inside(index, inside) else { break };
                if bounds.last().is_some_and(|(last, _)| *last >= bound) {
                    break;
                }
                bounds.push((bound, before + inside));
            }
            before += weight;
        }
        self.between(bounds, total)
    }

    /// How many keys a range may have beyond those that have arrived.
    fn left_of(&self, index: usize) -> f64 {
        let Some(range) = self.ranges.get(index).filter(|range| range.state != State::Done) else {
            return 0.0;
        };
        let measured = range.until.as_deref().and_then(|until| {
            let frame = Frame::new(&self.model, range.cursor.get(..common_prefix(&range.cursor, until))?);
            let width = frame.number(until) - frame.number(&range.cursor);
            Some(width.max(0.0) * self.density(index, &frame)?)
        });
        let guessed = range.left * self.page;
        measured.map_or(guessed, |measured| measured.min(guessed.max(4.0 * self.page)))
    }

    /// The key that so many keys of a range come before.
    fn key_inside(&self, index: usize, keys: f64) -> Option<String> {
        let range = self.ranges.get(index)?;
        let of_page = range.sample.last().map_or(0, |(_, rank)| *rank);
        let before_page = range.count.saturating_sub(of_page) as f64;
        if before_page <= keys && keys <= range.count as f64 {
            let known = range.sample.iter().find(|(_, rank)| before_page + *rank as f64 >= keys);
            return known.or(range.sample.last()).map(|(key, _)| key.clone());
        }
        let until = range.until.as_deref();
        if keys < before_page {
            let nearest = range.marks.iter().min_by_key(|(_, rank)| rank.abs_diff(keys as usize));
            return nearest.map(|(key, _)| key.clone());
        }
        let common = until.map_or(0, |until| common_prefix(&range.cursor, until));
        let frame = Frame::new(&self.model, range.cursor.get(..common)?);
        let key = self.density(index, &frame).map(|density| {
            let number = frame.number(&range.cursor) + (keys - range.count as f64) / density;
            frame.key(number, 1.0 / density)
        });
        let is_inside = |key: &String| *key > range.cursor && until.is_none_or(|until| key.as_str() <= until);
        key.filter(is_inside).or_else(|| range.until.clone()).or_else(|| Some(range.cursor.clone()))
    }

    /// The parts between bounds.
    fn between(&self, bounds: Vec<(String, f64)>, total: f64) -> Vec<Part> {
        let end = self.ranges.back().and_then(|range| range.until.clone()).filter(|_| self.has_stop);
        let mut parts = Vec::new();
        let (mut start_after, mut before) = (self.start.clone(), 0.0);
        for (bound, rank) in bounds {
            parts.push(Part { start_after, stop_at: Some(bound.clone()), keys: (rank - before) as u64 });
            (start_after, before) = (bound, rank);
        }
        parts.push(Part { start_after, stop_at: end, keys: (total - before) as u64 });
        parts
    }
}
