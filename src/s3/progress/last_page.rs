//! What the last page listed, for whoever has to ask whether a name was in it.
//!
//! Nobody has to as long as pages come in order, so their names are only copied; a hash of each would cost more than
//! reading the page.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

use crate::s3::paged::Entry;

#[derive(Debug)]
pub(super) enum LastPage {
    /// The names of a page in order, without versions: one behind the other, and where each ends.
    Names { text: String, ends: Vec<usize> },
    /// The hashes of its entries.
    Hashes(HashSet<u64>),
}

impl Default for LastPage {
    fn default() -> Self {
        Self::Hashes(HashSet::new())
    }
}

impl LastPage {
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut text = String::with_capacity(names.clone().map(str::len).sum());
        let mut ends = Vec::with_capacity(names.size_hint().1.unwrap_or_default());
        for name in names {
            text.push_str(name);
            ends.push(text.len());
        }
        Self::Names { text, ends }
    }

    /// The hashes of the page's entries.
    pub(super) fn into_hashes(self, hashes: &RandomState) -> HashSet<u64> {
        let (text, ends) = match self {
            Self::Hashes(hashes) => return hashes,
            Self::Names { text, ends } => (text, ends),
        };
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let names = starts.zip(&ends).filter_map(|(start, end)| text.get(start..*end));
        names.map(|name| hashes.hash_one(Entry::new(name))).collect()
    }
}
