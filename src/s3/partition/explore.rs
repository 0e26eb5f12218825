//! Where the unlisted keys may begin: the service does not tell how far the keys of a bucket or a folder go.

use super::{
    Planner, SCOUTS,
    frame::{Choices, Frame},
    model::common_prefix,
    range::{Range, State},
    split::{Cut, MAX_KEY},
};

/// A folder is thought to have at most this many pages, before anything of it is known.
const MOST: f64 = 16.0;

impl<P> Planner<P> {
    /// A guess behind all that is known, where another folder or another digit may start; none if the
    /// bucket's end is known or `most` guesses are under way already.
    pub(super) fn scout(&self, most: usize) -> Option<Cut> {
        let last = self.ranges.back()?;
        let under_way = self.ranges.iter().rev().take_while(|range| !range.has_begun()).count();
        if self.knows_end || last.until.is_some() || last.state == State::Done || under_way >= most {
            return None;
        }
        let known = self.ranges.iter().rev().find(|range| range.first.is_some())?;
        // Guesses that are under way were made from the same key; the next one goes beyond them.
        let (pivot, left) = self.beyond(known, &last.cursor)?;
        Some(Cut { index: self.ranges.len() - 1, left, pivot, room: f64::INFINITY })
    }

    /// A guess behind the cursor of a range whose number of keys is unknown.
    pub(super) fn tail_scout(&self, index: usize) -> Option<Cut> {
        let range = self.ranges.get(index).filter(|range| range.first.is_some())?;
        let (pivot, left) = self.beyond(range, &range.cursor)?;
        let is_inside = range.until.as_deref().is_some_and(|until| pivot.as_str() < until);
        is_inside.then_some(Cut { index, left, pivot, room: f64::INFINITY })
    }

    /// Characters that vary go on varying to the end of their alphabet: where the last range would be cut if
    /// the bucket ended there.
    pub(super) fn open_proposal(&self, index: usize, room: f64) -> Option<Cut> {
        let last =
            self.ranges.get(index).filter(|range| range.until.is_none() && range.state != State::Done)?;
        let levels = last.cursor.char_indices().map(|(level, _)| level);
        for level in levels.filter(|level| *level >= self.prefix.len()) {
            let frame = Frame::new(&self.model, last.cursor.get(..level)?);
            if frame.is_familiar() {
                let density = self.density(index, &frame)?;
                let width = frame.size() - frame.number(&last.cursor);
                return self.halved(index, &frame, width * density / self.page, density, room);
            }
        }
        None
    }

    /// A key behind those of `known` (and behind the guesses up to `guessed`) where another folder, another
    /// digit may start, and how many pages may be there.
    fn beyond(&self, known: &Range<P>, guessed: &str) -> Option<(String, f64)> {
        let (end, page_start) = (known.cursor.as_str(), known.sample.first()?.0.as_str());
        let shared = common_prefix(end, page_start);
        let levels = end.char_indices().map(|(level, _)| level);
        let levels: Vec<usize> =
            levels.filter(|level| (self.prefix.len()..=shared).contains(level)).collect();
        for level in levels.into_iter().rev() {
            let prefix = end.get(..level)?;
            let frame = Frame::new(&self.model, prefix);
            // What stands for less than two pages is not worth a guess.
            let page =
                if frame.holds(page_start) { frame.number(end) - frame.number(page_start) } else { 0.0 };
            if page > 0.5 {
                continue;
            }
            let own = end.get(level..)?.chars().next()?;
            // What differs behind a separator was tried one level above.
            if !own.is_alphanumeric() && self.model.variety(frame.place()) <= 1 && level > 0 {
                continue;
            }
            let mut candidates =
                self.siblings(&frame, own).into_iter().map(|sibling| format!("{prefix}{sibling}"));
            if let Some(found) = candidates.find(|candidate| candidate.as_str() > guessed) {
                return (found.len() <= MAX_KEY).then(|| (found, (1.0 / page).min(MOST)));
            }
        }
        None
    }

    /// Characters behind `own` at a frame's place that are worth a guess.
    fn siblings(&self, frame: &Frame<'_>, own: char) -> Vec<char> {
        let choices = frame.choices();
        let others = choices.behind(own);
        // Digits count up, and may stop anywhere; larger alphabets are as good as random.
        let is_random = choices.len() > 10;
        match (others.first(), choices) {
            (Some(_), _) if is_random => {
                others.iter().copied().step_by(others.len().div_ceil(SCOUTS)).collect()
            }
            (Some(next), _) => vec![*next],
            (None, Choices::Even(_)) => successor(own).into_iter().collect(),
            (None, Choices::Dated(_)) => Vec::new(),
        }
    }
}

/// The next character that can be part of a key.
fn successor(character: char) -> Option<char> {
    (character as u32 + 1..=char::MAX as u32).find_map(char::from_u32)
}
