//! Which keys of a bucket are proved to be listed, and by which answers, however their places were guessed.
//!
//! The measure is the server's *plain sequence*: page after page, each asked for with the token of the one
//! before, no start given. A listing with many requests at once starts at keys that somebody invented, and of
//! an invented start nothing is believed: there are servers that ignore it, that take only existing keys, that
//! answer it with an empty page. Believed is only how answers hang together:
//!
//! 1. an answer lists keys without leaving one out between them;
//! 2. an answer to the token of a page goes on right behind that page, and so does an answer to the page's last
//!    key but one as the start, if it begins with the last one.
//!
//! Answers that go on so form a *chain*. The first chain begins where the plain sequence begins, all others at
//! invented keys. Two neighbours are *joined* when the left one lists a key that the right one's first page
//! lists too: from that key on both are one chain. So when every chain is joined to its neighbour and the last
//! one has ended, all of them together are the plain sequence, and it is whole.
//!
//! - An empty answer to an invented start proves nothing. If the chain on its left ends before that start, it
//!   was right, and nobody needs it. If that chain lists a key behind the start, it was wrong.
//! - A key that appears or vanishes between two answers is in one of them only. Then neighbours are joined at
//!   the next key that both have; what the left one lists before it, counts.
//! - That nothing follows a page is believed of an answer to a token. After an answer to a start it is asked
//!   again behind the page's last key: there are servers that look no further than the folder or the shard in
//!   which a start lies. It is wrong if another answer lists a key behind that page.
//! - Of two neighbours, the right one may not leave out the key that lies right behind its start: who does that
//!   there may do it behind every start.
//!
//! What cannot be joined is a [`Doubt`]: it says from where the listing is to go on one page after the other.
//!
//! # Example
//! Pages of two keys; `5` is the invented start. The server takes existing keys only, so it answers `5` with
//! nothing.
//! ```text
//! asked        answered            chains
//! (beginning)  2 4 and more        2 4 …
//! behind 5     nothing             2 4 … | 5: empty, proves nothing
//! token of 4   6 8 and more        2 4 6 8 … lists 6 behind 5: the empty answer was wrong.
//!                                  Doubt: everything up to 8 is proved; go on with the token of that page.
//! ```
//! Had the server answered `5` with `6 8`, the left chain's `6` would have joined both, and `6 8` of one of them
//! been handed out.
//!
//! Read `doubt` (what cannot be joined), `chain` (one chain and its pages), `handed` (what has been handed out), and this file, which joins.

mod chain;
mod doubt;
mod handed;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use self::chain::{Chain, Held, State};
pub(crate) use self::{
    doubt::{Doubt, Reason},
    handed::{Handed, Intervals},
};
use super::partition::Listed;

/// An answer, as far as it counts as evidence.
#[derive(Debug)]
pub(crate) struct Answer<P, N> {
    /// The chain that it belongs to.
    pub(crate) chain: u64,
    /// It was asked for with a token of the plain sequence, or without any start.
    pub(crate) is_plain: bool,
    /// It was asked for with any token.
    pub(crate) is_by_token: bool,
    pub(crate) page: P,
    /// How to go on behind it with its token; none if it says that nothing follows.
    pub(crate) next: Option<N>,
}

/// Keys `from..to` of a page are to be handed out.
#[derive(Debug)]
pub(crate) struct Piece<P> {
    pub(crate) page: P,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The chains of a listing. `P` is a page, `N` whatever asks for the next one.
#[derive(Debug)]
pub(crate) struct Coverage<P, N> {
    /// In the order of their starts.
    chains: Vec<Chain<P, N>>,
    stop: Option<String>,
    known: String,
    out: VecDeque<Piece<P>>,
    handed: Handed<N>,
}

impl<P: Listed, N: Clone> Coverage<P, N> {
    /// Nothing is proved yet. `first` asks for the first page, keys behind `stop` are not wanted.
    pub(crate) fn new(first: N, stop: Option<String>) -> Self {
        Self {
            chains: Vec::new(),
            stop,
            known: String::new(),
            out: VecDeque::new(),
            handed: Handed::new(first),
        }
    }

    /// A request of this chain is under way; a new chain begins behind `start`.
    pub(crate) fn asked(&mut self, chain: u64, start: &str) {
        if self.chains.iter().any(|known| known.id == chain) {
            return;
        }
        let at = self.chains.partition_point(|known| known.start.as_str() <= start);
        self.chains.insert(at, Chain::new(chain, start.to_owned(), at == 0));
    }

    /// An answer has arrived. Answers of one chain come in their order.
    ///
    /// # Errors
    /// It does not fit the others.
    pub(crate) fn take(&mut self, answer: Answer<P, N>) -> Result<(), Doubt<N>> {
        let Some(index) = self.chains.iter().position(|chain| chain.id == answer.chain) else {
            return Ok(());
        };
        let bound = self.chains.get(index + 1).map(|next| next.start.clone());
        let is_last = bound.is_none();
        let bound = bound.or_else(|| self.stop.clone());
        let Answer { page, next, is_plain, is_by_token, .. } = answer;
        let is_sure = is_plain || is_by_token;
        let (keys, is_truncated) = (page.keys(), page.is_truncated());
        let Some(chain) = self.chains.get_mut(index) else { return Ok(()) };
        let Some(last) = keys.last().map(|last| (*last).to_owned()) else {
            chain.ended_empty(is_plain, is_sure);
            return self.join();
        };
        if last > self.known {
            self.known.clone_from(&last);
        }
        let count = bound.as_deref().map_or(keys.len(), |bound| keys.partition_point(|key| *key <= bound));
        let is_beyond = count < keys.len();
        let state = match (is_beyond, is_truncated) {
            (true, _) if is_last => State::Ended { is_sure: true },
            (true, _) => State::Beyond,
            (false, true) => State::Open,
            (false, false) => State::Ended { is_sure },
        };
        let to = if state == State::Beyond { None } else { Some(count) };
        let before = chain.arrived(state, last, next, is_plain);
        chain.is_sure = is_sure;
        let from = if chain.is_joined || chain.has_begun { Some(0) } else { None };
        chain.has_begun = true;
        chain.hold(Held { page, from, to, before, is_plain, next: chain.next.clone() });
        self.release(index);
        self.join()
    }

    /// What may be handed out now.
    pub(crate) fn pop(&mut self) -> Option<Piece<P>> {
        self.out.pop_front()
    }

    pub(crate) fn has_more(&self) -> bool {
        !self.out.is_empty()
    }

    /// Nothing more will be asked: is all proved?
    ///
    /// # Errors
    /// It is not.
    pub(crate) fn finish(&mut self) -> Result<(), Doubt<N>> {
        // What was never answered claims nothing.
        self.chains.retain(|chain| chain.has_begun || chain.state != State::Asked);
        self.join()?;
        let known = self.known.clone();
        let Some(chain) = self.chains.first_mut() else { return Ok(()) };
        if chain.state == State::Beyond {
            let is_stopped = !chain.settle_tail_before(self.stop.as_deref());
            chain.state = match chain.next {
                Some(_) => State::Open,
                None => State::Ended { is_sure: chain.is_sure || is_stopped },
            };
            self.release(0);
        }
        let Some(chain) = self.chains.first() else { return Ok(()) };
        match chain.state {
            State::Ended { is_sure: true } if self.chains.len() == 1 => Ok(()),
            _ => Err(chain.doubt(Reason::UnsureEnd, None, known)),
        }
    }

    /// What has been handed out.
    pub(crate) fn into_handed(self) -> Handed<N> {
        self.handed
    }

    /// Join neighbours as far as their answers allow.
    fn join(&mut self) -> Result<(), Doubt<N>> {
        let mut index = 0;
        while let (Some(left), Some(right)) = (self.chains.get(index), self.chains.get(index + 1)) {
            let is_settled = matches!(left.state, State::Beyond | State::Ended { .. });
            if !is_settled || (right.state == State::Asked && !right.has_begun) {
                index += 1;
                continue;
            }
            match (left.state, right.state) {
                (State::Ended { .. }, State::Void) => {
                    self.chains.remove(index + 1);
                }
                // Of what does not fit, the first place tells from where to go on: the others wait for their turn.
                (State::Ended { .. }, _) | (_, State::Void) if index > 0 => index += 1,
                (State::Ended { .. }, _) => {
                    let first = right.first.clone();
                    return Err(left.doubt(Reason::EndedEarly, first, self.known.clone()));
                }
                (_, State::Void) => {
                    if self.go_through(index, Reason::EmptyAnswer)?.is_some() {
                        self.chains.remove(index + 1);
                    }
                }
                _ if index > 0 && left.meets(right).is_none() => index += 1,
                _ => self.join_at(index)?,
            }
        }
        Ok(())
    }

    /// The tail of the chain at `index` runs into the first page of its neighbour.
    fn join_at(&mut self, index: usize) -> Result<(), Doubt<N>> {
        let (Some(left), Some(right)) = (self.chains.get(index), self.chains.get(index + 1)) else {
            return Ok(());
        };
        let Some((to, from)) = left.meets(right) else {
            self.go_through(index, Reason::NotJoined)?;
            return Ok(());
        };
        let mut right = self.chains.remove(index + 1);
        let Some(left) = self.chains.get_mut(index) else { return Ok(()) };
        let last = left.settle_tail(to);
        right.settle_head(from, last);
        self.release(index);
        // Of the right one, too, what is settled goes before what it has behind that.
        while let Some(held) = right.released() {
            self.hand_out(held);
        }
        if let Some(left) = self.chains.get_mut(index) {
            left.absorb(right);
        }
        Ok(())
    }

    /// The right neighbour is of no use: the left chain's last page counts as far as it does not run into another
    /// one, and the listing goes on behind that. If nothing follows that page, the chain has ended.
    fn go_through(&mut self, index: usize, reason: Reason) -> Result<Option<()>, Doubt<N>> {
        let known = self.known.clone();
        let right = self.chains.get(index + 1);
        let expected = right.and_then(|right| right.first.clone());
        let further = if reason == Reason::NotJoined { index + 1 } else { index + 2 };
        let start = self.chains.get(further).map(|chain| chain.start.clone());
        let has_neighbour = start.is_some();
        let bound = start.or_else(|| self.stop.clone());
        let Some(left) = self.chains.get_mut(index) else { return Ok(None) };
        let is_whole = left.settle_tail_before(bound.as_deref());
        let is_stopped = !is_whole && !has_neighbour;
        let expected = expected.filter(|first| *first > left.reached);
        let doubt = left.doubt(reason, expected, known);
        let is_over = reason == Reason::EmptyAnswer && (is_stopped || (is_whole && doubt.next.is_none()));
        if is_over {
            left.state = State::Ended { is_sure: left.is_sure || is_stopped };
        }
        self.release(index);
        if is_over { Ok(Some(())) } else { Err(doubt) }
    }

    fn release(&mut self, index: usize) {
        let Some(chain) = self.chains.get_mut(index) else { return };
        let settled: Vec<_> = std::iter::from_fn(|| chain.released()).collect();
        settled.into_iter().for_each(|held| self.hand_out(held));
    }

    fn hand_out(&mut self, held: Held<P, N>) {
        self.handed.add(&held);
        let Held { page, from, to, .. } = held;
        self.out.push_back(Piece { page, from: from.unwrap_or_default(), to: to.unwrap_or_default() });
    }
}
