//! What other answers have told of the pages to come.

use crate::{
    Error, ListingError, ListingFault,
    s3::{Entry, progress::shown},
};

#[derive(Debug)]
pub(super) struct Expected {
    /// The next page begins behind this key,
    behind: String,
    /// and not behind this one.
    first: Option<String>,
    /// There is this key.
    known: String,
}

/// What a page listed, before anything was left out of it.
#[derive(Debug)]
pub(super) struct Seen {
    /// Its first and last key.
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    pub(super) before_last: Option<String>,
    pub(super) has_versions: bool,
}

impl Expected {
    pub(super) fn new(behind: String, first: Option<String>, known: String) -> Self {
        Self { behind, first, known }
    }

    /// Hold a page against it.
    pub(super) fn check(&mut self, seen: &Seen, is_last: bool) -> Result<(), Error> {
        let first = seen.first.as_deref();
        if first.is_some_and(|first| first <= self.behind.as_str()) {
            let problem = format!("was asked for keys behind `{}` and lists others", shown(&self.behind));
            return Err(ListingError::new(ListingFault::StartIgnored, problem).into());
        }
        if let Some(key) = self.first.take()
            && first.is_none_or(|first| first > key.as_str())
        {
            return contradiction(&key);
        }
        if let Some(last) = &seen.last {
            self.behind.clone_from(last);
        }
        if is_last && self.behind < self.known { contradiction(&self.known) } else { Ok(()) }
    }
}

pub(in crate::client) fn contradiction(key: &str) -> Result<(), Error> {
    let problem = format!("lists `{}` in one answer and leaves it out in another", shown(key));
    Err(ListingError::new(ListingFault::Contradiction, problem).into())
}

pub(super) fn unsorted() -> Error {
    let problem = "does not list keys in the order of their bytes, which showed only after some had been handed out \
                   from several places: list one page after the other";
    ListingError::new(ListingFault::Unsorted, problem).into()
}

impl Seen {
    pub(super) fn of(entries: &[Entry<'_>]) -> Self {
        let mut keys = entries.iter().filter(|entry| !entry.is_prefix);
        let first = keys.next();
        let mut last =
            entries.iter().rev().filter(|entry| !entry.is_prefix).map(|entry| entry.name.to_owned());
        Self {
            first: first.map(|entry| entry.name.to_owned()),
            last: last.next(),
            before_last: last.next(),
            has_versions: first.is_some_and(|first| first.version.is_some()),
        }
    }
}
