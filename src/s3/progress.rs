//! Every page goes forward: the check of a plain sequence, whatever the server's tokens and markers say.
//!
//! As long as names ascend by their bytes, a page goes forward if its first name lies behind the last one of
//! the page before. Servers of another order (directory buckets say so, others are found out) go forward as
//! long as no page holds what an earlier page began or the one before ended with: a sequence that starts again
//! must sooner or later list the first name of a page once more. Of each page 8 bytes are kept for that.
//!
//! Pages that list nothing and say that there are more are legal (deleted or hidden objects). Up to
//! [`MAX_EMPTY_PAGES`] of them may follow each other, each with a position of its own.

mod last_page;

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

use self::last_page::LastPage;
use super::paged::{Entry, Paged};
use crate::{Error, ListingError, ListingFault};

/// So many pages without a name may follow each other. S3 walks over some thousand deleted keys in a page.
pub(crate) const MAX_EMPTY_PAGES: u32 = 1000;

/// What has been seen of a sequence of pages.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    hashes: [RandomState; 2],
    /// The last name of the last page that had one.
    last: Option<String>,
    last_page: LastPage,
    /// The first entry of each page.
    firsts: HashSet<u64>,
    /// Common prefixes that were listed.
    prefixes: HashSet<u128>,
    /// Positions since the last page that listed something.
    positions: HashSet<u64>,
    empty_pages: u32,
    is_unsorted: bool,
    outside_prefix: u64,
}

impl Progress {
    /// Go on behind a page with these keys.
    pub(crate) fn behind(first: &str, last: &str) -> Self {
        let mut progress = Self::default();
        progress.firsts.insert(progress.hash(&Entry::new(first)));
        progress.last_page = LastPage::of(std::iter::once(last));
        Self { last: Some(last.to_owned()), ..progress }
    }

    /// The sequence begins anew.
    pub(crate) fn restarted(&self) -> Self {
        Self { outside_prefix: self.outside_prefix, ..Self::default() }
    }

    /// The last name of the last page that had one.
    pub(crate) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Names have come in another order than that of their bytes.
    pub(crate) fn is_unsorted(&self) -> bool {
        self.is_unsorted
    }

    /// How many names without the prefix that was asked for have been left out.
    pub(crate) fn outside_prefix(&self) -> u64 {
        self.outside_prefix
    }

    /// Check what the page lists that answered `operation`, before `next` is sent: does it go forward, and has it
    /// something to [`filter`](Self::filter)?
    ///
    /// # Errors
    /// [`Error::Listing`]: the page does not go forward.
    pub(crate) fn has_to_filter<O: Paged>(
        &mut self,
        operation: &O,
        entries: &[Entry<'_>],
        next: Option<&O>,
    ) -> Result<bool, Error> {
        let names = entries.iter().filter(|entry| !entry.is_prefix);
        let is_sorted = names.is_sorted_by(|a, b| is_before(a, b)) && self.is_behind_last(entries);
        let has_news = entries.first().is_some_and(|entry| !entry.is_prefix) || self.has_new_prefix(entries);
        if has_news {
            self.go_forward(entries, is_sorted)?;
            self.empty_pages = 0;
            self.positions.clear();
        } else if let Some(next) = next {
            self.stand_still(next.extent().position)?;
        }
        // Common prefixes follow the keys.
        let has_prefixes = entries.last().is_some_and(|entry| entry.is_prefix);
        Ok(!is_sorted || has_prefixes || !has_prefix(entries, operation.extent().prefix))
    }

    /// Leave out names that do not have the prefix, and common prefixes that were listed already.
    pub(crate) fn filter<O: Paged>(&mut self, operation: &O, page: &mut O::Output) {
        let prefix = operation.extent().prefix;
        let Self { hashes: [left, right], prefixes, outside_prefix, .. } = self;
        O::retain(page, &mut |entry| {
            if !entry.name.starts_with(prefix) {
                *outside_prefix += 1;
                return false;
            }
            let hash =
                || u128::from(left.hash_one(entry.name)) << 64 | u128::from(right.hash_one(entry.name));
            !entry.is_prefix || prefixes.insert(hash())
        });
    }

    /// A page with names that were not listed before.
    fn go_forward(&mut self, entries: &[Entry<'_>], is_sorted: bool) -> Result<(), Error> {
        let (Some(first), Some(last)) = (first(entries), last(entries)) else { return Ok(()) };
        let names = entries.iter().filter(|entry| !entry.is_prefix);
        // Once names have come out of order, a page in order may be an old one, too. Versions of one key have no
        // order, and not every server gives them a name.
        let is_proved = is_sorted && !self.is_unsorted && first.version.is_none();
        let page = if is_proved {
            LastPage::of(names.clone().map(|entry| entry.name))
        } else {
            self.unproved(entries)?
        };
        if !is_sorted {
            self.is_unsorted |= !is_nearly_sorted(entries, self.last.as_deref());
        }
        self.firsts.insert(self.hash(first));
        if !is_proved || names.clone().next().is_some() {
            self.last_page = page;
        }
        self.last = Some(last.name.to_owned());
        Ok(())
    }

    /// A page whose order proves nothing: none of its names may be known.
    fn unproved(&mut self, entries: &[Entry<'_>]) -> Result<LastPage, Error> {
        let [hashes, _] = &self.hashes;
        let before = std::mem::take(&mut self.last_page).into_hashes(hashes);
        let mut page = HashSet::with_capacity(entries.len());
        for entry in entries.iter().filter(|entry| !entry.is_prefix) {
            let hash = hashes.hash_one(entry);
            let is_in_page = !page.insert(hash) && entry.version.is_none_or(|version| !version.is_empty());
            if is_in_page || self.firsts.contains(&hash) || before.contains(&hash) {
                let problem = format!(
                    "goes on with a page that it has sent already, or a part of one: it lists `{}` again",
                    shown(entry.name)
                );
                return Err(ListingError::new(ListingFault::Repeats, problem).into());
            }
        }
        // A page without names leaves the one before it in its place.
        Ok(if page.is_empty() { LastPage::Hashes(before) } else { LastPage::Hashes(page) })
    }

    /// A page that says nothing but that there are more.
    fn stand_still(&mut self, position: Option<&str>) -> Result<(), Error> {
        self.empty_pages += 1;
        let [hashes, _] = &self.hashes;
        let is_new = self.positions.insert(hashes.hash_one(position));
        if is_new && self.empty_pages <= MAX_EMPTY_PAGES {
            return Ok(());
        }
        let problem = format!("says that there are more, and lists none in {} pages", self.empty_pages);
        Err(ListingError::new(ListingFault::EmptyPages, problem).into())
    }

    fn has_new_prefix(&self, entries: &[Entry<'_>]) -> bool {
        let [left, right] = &self.hashes;
        let hash = |name| u128::from(left.hash_one(name)) << 64 | u128::from(right.hash_one(name));
        entries.iter().any(|entry| entry.is_prefix && !self.prefixes.contains(&hash(entry.name)))
    }

    fn is_behind_last(&self, entries: &[Entry<'_>]) -> bool {
        let Some(last) = self.last.as_deref() else { return true };
        let mut names = entries.iter().filter(|entry| !entry.is_prefix);
        names.next().is_none_or(|first| first.name > last)
    }

    fn hash(&self, entry: &Entry<'_>) -> u64 {
        let [hashes, _] = &self.hashes;
        hashes.hash_one(entry)
    }
}

/// Whether two entries of one page stand in order. Versions of one key have an order of their own.
fn is_before(a: &Entry<'_>, b: &Entry<'_>) -> bool {
    a.name < b.name || (a.version.is_some() && a.name == b.name)
}

/// Sorted but for versions of one key that are spread over two pages.
fn is_nearly_sorted(entries: &[Entry<'_>], last: Option<&str>) -> bool {
    let names = entries.iter().filter(|entry| !entry.is_prefix);
    let is_behind = names.clone().next().is_none_or(|first| {
        last.is_none_or(|last| first.name > last || (first.version.is_some() && first.name == last))
    });
    is_behind && names.is_sorted_by(|a, b| is_before(a, b))
}

/// Of sorted names it is enough to look at both ends of each list.
fn has_prefix(entries: &[Entry<'_>], prefix: &str) -> bool {
    let mut keys = entries.iter().filter(|entry| !entry.is_prefix);
    let ends = [keys.next(), keys.next_back()];
    ends.into_iter().flatten().all(|entry| entry.name.starts_with(prefix))
        && entries.iter().filter(|entry| entry.is_prefix).all(|entry| entry.name.starts_with(prefix))
}

/// The first key; of a page without keys, the first common prefix.
fn first<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<&'e Entry<'a>> {
    entries.iter().find(|entry| !entry.is_prefix).or(entries.first())
}

/// The last key; of a page without keys, the last common prefix.
fn last<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<&'e Entry<'a>> {
    entries.iter().rev().find(|entry| !entry.is_prefix).or(entries.last())
}

/// A name in a message: escaped, and not longer than a line.
pub(crate) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(100).flat_map(char::escape_debug).collect();
    if name.chars().nth(100).is_some() {
        text.push('…');
    }
    text
}
