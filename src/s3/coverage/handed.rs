//! What has been handed out: it is not to come again when a listing goes on otherwise.

use std::{
    collections::BTreeMap,
    ops::Bound::{Included, Unbounded},
};

use super::chain::Held;
use crate::s3::partition::Listed;

/// What has been handed out: of the plain sequence as far as it goes, and other stretches of keys.
#[derive(Clone, Debug)]
pub(crate) struct Handed<N> {
    /// Asks for the page behind the last one of the plain sequence that was handed out whole.
    pub(crate) plain: Option<N>,
    /// The first and the last key of that page.
    pub(crate) plain_ends: Option<(String, String)>,
    /// What was handed out beside that.
    pub(crate) others: Intervals,
}

impl<N: Clone> Handed<N> {
    pub(super) fn new(first: N) -> Self {
        Self { plain: Some(first), plain_ends: None, others: Intervals::default() }
    }

    pub(super) fn add<P: Listed>(&mut self, held: &Held<P, N>) {
        let keys = held.page.keys();
        let (from, to) = (held.from.unwrap_or_default(), held.to.unwrap_or_default());
        if held.is_plain && from == 0 && to == keys.len() {
            self.plain.clone_from(&held.next);
            let ends = keys.first().zip(keys.last());
            self.plain_ends = ends.map(|(first, last)| ((*first).to_owned(), (*last).to_owned()));
        } else if let (true, Some(first), Some(last)) =
            (from < to, keys.get(from), keys.get(to.wrapping_sub(1)))
        {
            self.others.add(held.before.as_deref(), first, last);
        }
    }
}

/// Stretches of keys, both ends included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Intervals(BTreeMap<String, String>);

impl Intervals {
    /// Keys from `first` to `last`; nothing lies between them and `before`.
    pub(crate) fn add(&mut self, before: Option<&str>, first: &str, last: &str) {
        if let Some((_, end)) = self.0.range_mut::<str, _>((Unbounded, Included(first))).next_back()
            && before == Some(end.as_str())
        {
            last.clone_into(end);
            return;
        }
        self.0.insert(first.to_owned(), last.to_owned());
    }

    /// Whatever lies before the last of them counts as handed out, too: keys that have come since would be out of
    /// their order.
    pub(crate) fn close_gaps(&mut self) {
        if let Some(end) = self.end().map(str::to_owned) {
            self.0 = BTreeMap::from([(String::new(), end)]);
        }
    }

    pub(crate) fn holds(&self, key: &str) -> bool {
        self.0
            .range::<str, _>((Unbounded, Included(key)))
            .next_back()
            .is_some_and(|(_, last)| key <= last.as_str())
    }

    /// The last key of all.
    pub(crate) fn end(&self) -> Option<&str> {
        self.0.values().next_back().map(String::as_str)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
