//! Answers that go on where the one before ended.

use super::doubt::{Doubt, Reason};
use crate::s3::partition::Listed;

/// So many keys, and one in so many, may differ between two answers that list the same stretch: keys come and go.
/// Where more do, one of the answers leaves keys out.
const FEW: usize = 2;
const FEW_OF: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its first answer is awaited.
    Asked,
    /// It goes on.
    Open,
    /// Its last page lists keys behind its neighbour's start.
    Beyond,
    /// An answer said that nothing follows.
    Ended { is_sure: bool },
    /// Its invented start was answered with nothing.
    Void,
}

/// A page that waits until both its ends are settled.
#[derive(Debug)]
pub(super) struct Held<P, N> {
    pub(super) page: P,
    /// Its first key that counts; none until the chain on the left is joined.
    pub(super) from: Option<usize>,
    /// Behind its last key that counts; none until the chain on the right is joined.
    pub(super) to: Option<usize>,
    /// The key before its first one that counts, if it is known.
    pub(super) before: Option<String>,
    pub(super) is_plain: bool,
    pub(super) next: Option<N>,
}

#[derive(Debug)]
pub(super) struct Chain<P, N> {
    pub(super) id: u64,
    /// It begins behind this key.
    pub(super) start: String,
    pub(super) state: State,
    pub(super) has_begun: bool,
    /// It is part of what begins with the plain sequence.
    pub(super) is_joined: bool,
    /// All its answers belong to the plain sequence.
    pub(super) is_plain: bool,
    /// Its first key.
    pub(super) first: Option<String>,
    /// The last key of its last page.
    pub(super) reached: String,
    /// How to go on behind that page.
    pub(super) next: Option<N>,
    /// Whether that page's statement that nothing follows counts as proof.
    pub(super) is_sure: bool,
    /// The first page, if it waits for the left neighbour.
    head: Option<Held<P, N>>,
    /// The last page; never one that could be released.
    tail: Option<Held<P, N>>,
}

impl<P: Listed, N: Clone> Chain<P, N> {
    pub(super) fn new(id: u64, start: String, is_first: bool) -> Self {
        Self {
            id,
            reached: start.clone(),
            start,
            state: State::Asked,
            has_begun: false,
            is_joined: is_first,
            is_plain: is_first,
            first: None,
            next: None,
            is_sure: false,
            head: None,
            tail: None,
        }
    }

    /// An empty answer without more to come.
    pub(super) fn ended_empty(&mut self, is_plain: bool, is_sure: bool) {
        // Where the page before said that more follows, that may have vanished, or the page's last key has.
        let may_end = self.has_begun || self.is_joined;
        self.state = if may_end { State::Ended { is_sure } } else { State::Void };
        self.is_plain &= is_plain;
    }

    /// A page with keys: what it leads to. The key before it, if the chain has one.
    pub(super) fn arrived(
        &mut self,
        state: State,
        last: String,
        next: Option<N>,
        is_plain: bool,
    ) -> Option<String> {
        self.state = state;
        self.next = next;
        self.is_plain &= is_plain;
        let before = std::mem::replace(&mut self.reached, last);
        self.has_begun.then_some(before)
    }

    pub(super) fn hold(&mut self, held: Held<P, N>) {
        if self.first.is_none() {
            self.first = held.page.keys().first().map(|first| (*first).to_owned());
        }
        if held.from.is_none() { self.head = Some(held) } else { self.tail = Some(held) }
    }

    /// The next page whose both ends are settled.
    pub(super) fn released(&mut self) -> Option<Held<P, N>> {
        let is_settled = |held: &mut Held<P, N>| held.from.is_some() && held.to.is_some();
        self.head.take_if(is_settled).or_else(|| self.tail.take_if(is_settled))
    }

    /// The page that runs into the right neighbour.
    fn last_page(&self) -> Option<&Held<P, N>> {
        self.tail.as_ref().or(self.head.as_ref()).filter(|held| held.to.is_none())
    }

    /// Where its last page and the first one of the right neighbour list the same key; nowhere if what both
    /// list behind the neighbour's start differs in more than a few keys.
    pub(super) fn meets(&self, right: &Self) -> Option<(usize, usize)> {
        let held = self.last_page()?;
        let (mine, other) = (held.page.keys(), right.head.as_ref()?.page.keys());
        // What came from further left does not come once more. As long as that is not known, nothing is joined.
        let overlap = mine.partition_point(|key| *key <= right.start.as_str()).max(held.from?);
        let mine_here = mine.get(overlap..)?;
        // Who leaves out what lies right behind a start may do so behind every start.
        if mine_here.first()? < other.first()? {
            return None;
        }
        // Both list everything up to where the first of them ends.
        let end = *mine_here.last()?.min(other.last()?);
        let here = |keys: &[&str]| keys.partition_point(|key| *key <= end);
        let both = mine_here.iter().filter(|key| **key <= end && other.binary_search(key).is_ok()).count();
        let all = here(mine_here) + here(&other) - both;
        if all - both > FEW + all / FEW_OF {
            return None;
        }
        (overlap..mine.len()).find_map(|at| Some((at, other.binary_search(mine.get(at)?).ok()?)))
    }

    /// Of the last page, so many keys count. The last one that does.
    pub(super) fn settle_tail(&mut self, to: usize) -> Option<String> {
        let held = self.tail.as_mut().or(self.head.as_mut()).filter(|held| held.to.is_none())?;
        held.to = Some(to);
        held.page.keys().get(to.checked_sub(1)?).map(|last| (*last).to_owned())
    }

    /// Of the last page, keys up to this one count; all without it. Whether these are all: if not, the page's token
    /// leads too far.
    pub(super) fn settle_tail_before(&mut self, bound: Option<&str>) -> bool {
        let Some(page) = self.last_page() else { return true };
        let keys = page.page.keys();
        let to = bound.map_or(keys.len(), |bound| keys.partition_point(|key| *key <= bound));
        let is_whole = to == keys.len();
        let before = page.before.clone();
        self.reached = self.settle_tail(to).or(before).unwrap_or_else(|| self.start.clone());
        if !is_whole {
            self.next = None;
        }
        is_whole
    }

    /// The first page counts from this key on, which follows `before`.
    pub(super) fn settle_head(&mut self, from: usize, before: Option<String>) {
        if let Some(head) = &mut self.head {
            (head.from, head.before) = (Some(from), before);
        }
    }

    /// The right neighbour is the rest of this chain from now on.
    pub(super) fn absorb(&mut self, right: Self) {
        self.id = right.id;
        self.state = right.state;
        self.has_begun = true;
        self.is_plain = false;
        self.reached = right.reached;
        self.next = right.next;
        self.is_sure = right.is_sure;
        // A page that still waits is the last one: it was both ends of a chain of one page, or its tail.
        self.tail = right.head.or(right.tail);
    }

    pub(super) fn doubt(&self, reason: Reason, expected: Option<String>, known: String) -> Doubt<N> {
        Doubt {
            reason,
            behind: self.reached.clone(),
            next: self.next.clone(),
            is_plain: self.is_plain,
            expected,
            known,
        }
    }
}
