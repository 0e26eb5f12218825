//! Looking for the end of the bucket: nobody says how far its keys go.

use super::{Cut, PAGE, Planner, SCOUTS, State, frame::Frame, model::common_prefix, range::Range};


impl<P> Planner<P> {
    /// Whether nobody knows how far the keys go, and too few guesses are under way to find out.
    pub(super) fn needs_scout(&self, most: usize) -> bool {
        let open = self.ranges.back().is_some_and(|last| last.until.is_none() && last.state != State::Done);
        open && self.ranges.iter().rev().take_while(|range| !range.has_begun()).count() < most.min(SCOUTS)
    }

    /// A guess behind all that is known, where another folder or another digit may start.
    pub(super) fn scout(&self) -> Option<Cut> {
        let last = self.ranges.back()?;
        let known = self.ranges.iter().rev().find(|range| range.first.is_some())?;
        // Guesses that are under way were made from the same key; the next one goes beyond them.
        let pivot = self.beyond(known, &last.cursor)?;
        Some(Cut { index: self.ranges.len() - 1, left: 2.0, pivot })
    }

    /// A guess behind the cursor of a range of which nobody knows how full it is.
    pub(super) fn tail_scout(&self, index: usize) -> Option<Cut> {
        let range = self.ranges.get(index).filter(|range| range.first.is_some())?;
        let pivot = self.beyond(range, &range.cursor)?;
        let is_inside = range.until.as_deref().is_some_and(|until| pivot.as_str() < until);
        is_inside.then_some(Cut { index, left: 4.0, pivot })
    }

    /// Characters that vary are likely to go on varying to the end of their alphabet: where the last range would be cut
    /// if the bucket ended there.
    pub(super) fn open_proposal(&self) -> Option<Cut> {
        let last = self.ranges.back().filter(|last| last.until.is_none() && last.state != State::Done)?;
        let index = self.ranges.len() - 1;
        for (level, _) in last.cursor.char_indices() {
            let frame = Frame::new(&self.model, last.cursor.get(..level)?);
            if !self.model.is_familiar(frame.place()) {
                continue;
            }
            let density = self.density(index, &frame)?;
            let (from, to) = (frame.number(&last.cursor), frame.size());
            let pages = (to - from) * density / PAGE;
            return self.halved(index, &frame, from, pages, density);
        }
        None
    }

    /// A key behind those of `known` (and behind the guesses up to `guessed`) where another folder, another digit may
    /// start.
    fn beyond(&self, known: &Range<P>, guessed: &str) -> Option<String> {
        let (end, page_start) = (known.cursor.as_str(), known.sample.first()?.0.as_str());
        let shared = common_prefix(end, page_start);
        let levels = end.char_indices().map(|(level, _)| level).filter(|level| *level <= shared);
        for level in levels.collect::<Vec<_>>().into_iter().rev() {
            let prefix = end.get(..level)?;
            let frame = Frame::new(&self.model, prefix);
            // What stands for less than two pages is not worth a guess.
            if frame.holds(page_start) && frame.number(end) - frame.number(page_start) > 0.5 {
                continue;
            }
            let own = end.get(level..)?.chars().next()?;
            // What differs behind a separator was tried one level above.
            if !own.is_alphanumeric() && self.model.variety(frame.place()) <= 1 && level > 0 {
                continue;
            }
            let found = self.siblings(&frame, own).into_iter().map(|sibling| format!("{prefix}{sibling}"));
            if let Some(found) = found.into_iter().find(|candidate| candidate.as_str() > guessed) {
                return Some(found);
            }
        }
        None
    }

    /// Characters behind `own` at a frame's place that are worth a guess.
    fn siblings(&self, frame: &Frame<'_>, own: char) -> Vec<char> {
        let alphabet = self.model.alphabet(frame.place());
        let others: Vec<char> = alphabet.iter().copied().filter(|character| *character > own).collect();
        let is_random = alphabet.len() > 10;
        match others.first() {
            Some(_) if is_random => others.iter().copied().step_by(others.len().div_ceil(SCOUTS)).collect(),
            Some(next) => vec![*next],
            None => successor(own).into_iter().collect(),
        }
    }
}

/// The next character that can be part of a key.
fn successor(character: char) -> Option<char> {
    (character as u32 + 1..=char::MAX as u32).find_map(char::from_u32)
}
