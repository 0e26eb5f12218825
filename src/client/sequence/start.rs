//! The start that a caller has chosen, which need not be a key. It proves itself by names that follow it; of an
//! empty answer nothing is believed before the server has shown that it knows such starts.

use crate::{
    Error,
    s3::{Entry, Paged},
};

#[derive(Debug)]
pub(in crate::client) enum Start<O> {
    /// None was chosen, or it is honoured, or not any more needed.
    Settled,
    /// Nothing has come of it yet.
    Given(String),
    /// It was answered with nothing: what does the listing begin with?
    First(String),
    /// Does the server know starts that are no keys? If so, this name is answered. If not, `plain` goes on.
    Probe { answer: String, plain: O },
    /// The next page is asked for behind a key that exists.
    AtKey,
    /// The next page is asked for behind the last key but one of a page that answered a start, because the token of
    /// that page may leave out a key: MinIO's does (minio#21463). That it begins with the last key once more proves
    /// that it leaves out none. A page of one key is asked to go on behind that. `token` goes on if it does not.
    Behind { last: String, is_repeated: bool, token: O },
    /// A page that answered a start said that nothing follows this key.
    Confirm(String),
}

/// What is to be done with a page.
pub(in crate::client) enum Taken<O> {
    /// It counts. Was it asked for with a start, and does it begin before that?
    Page { is_by_start: bool, is_ignored: bool },
    /// Ask this next.
    Ask(Start<O>, O),
    /// The start is of no use: this goes on in the plain sequence.
    Plain(O),
    /// So is this one: the plain sequence from its beginning, of which names behind this one count.
    StartOver { behind: String, whole: O },
    /// Nothing follows.
    End,
}

impl<O: Paged> Start<O> {
    /// The start of an operation, and the operation as it is sent.
    pub(in crate::client) fn of(operation: O) -> (Self, O) {
        let extent = operation.extent();
        let Some(start) = extent.start_after.map(str::to_owned) else { return (Self::Settled, operation) };
        // Everything with the prefix lies behind it: some servers look no further than the start (seaweedfs#11321).
        if start.as_str() < extent.prefix
            && let Some(whole) = operation.starting_after(None)
        {
            return (Self::Settled, whole);
        }
        (Self::Given(start), operation)
    }

    /// Look at the page that answers `operation`.
    pub(in crate::client) fn take(&self, operation: &O, page: &O::Output) -> Result<Taken<O>, Error> {
        match self {
            Self::Settled => Ok(Taken::Page { is_by_start: false, is_ignored: false }),
            Self::AtKey => Ok(Taken::Page { is_by_start: true, is_ignored: false }),
            Self::Given(start) => given(start, operation, page, &O::entries(page)),
            Self::First(start) => {
                let entries = O::entries(page);
                let is_known = keys(&entries).any(|key| key > start.as_str());
                let next = operation.next(page)?.filter(|_| !is_known);
                let probe = next.and_then(|plain| {
                    let (invented, answer) = between(&entries)?;
                    let asked = operation.starting_after(Some(&invented))?;
                    Some(Taken::Ask(Self::Probe { answer, plain }, asked))
                });
                Ok(probe.unwrap_or(Taken::Page { is_by_start: false, is_ignored: true }))
            }
            Self::Probe { answer, .. } if O::entries(page).iter().any(|entry| entry.name == answer) => {
                Ok(Taken::End)
            }
            Self::Probe { plain, .. } => Ok(Taken::Plain(plain.clone())),
            Self::Behind { last, is_repeated, token } => {
                let entries = O::entries(page);
                let mut keys = keys(&entries);
                let is_honoured = (!is_repeated || keys.next() == Some(last))
                    && (*is_repeated || keys.clone().next().is_some())
                    && keys.all(|key| key > last.as_str());
                Ok(if is_honoured {
                    // An end is asked for once more.
                    Taken::Page { is_by_start: operation.next(page)?.is_none(), is_ignored: false }
                } else {
                    Taken::Ask(Self::Settled, token.clone())
                })
            }
            Self::Confirm(last) => {
                let entries = O::entries(page);
                let has_news = keys(&entries).any(|key| key > last.as_str());
                let has_others = keys(&entries).any(|key| key <= last.as_str());
                Ok(match operation.next(page)? {
                    None if !has_news => Taken::End,
                    next if has_others => match operation.starting_after(None) {
                        Some(whole) => Taken::StartOver { behind: last.clone(), whole },
                        None => next.map_or(Taken::End, Taken::Plain),
                    },
                    _ => Taken::Page { is_by_start: true, is_ignored: false },
                })
            }
        }
    }

    /// The server refused: what to ask instead.
    pub(in crate::client) fn refused(&self, operation: &O) -> Option<Taken<O>> {
        match self {
            Self::Given(_) => operation.starting_after(None).map(Taken::Plain),
            Self::Probe { plain, .. } => Some(Taken::Plain(plain.clone())),
            Self::Behind { token, .. } => Some(Taken::Plain(token.clone())),
            Self::Confirm(last) => {
                let whole = operation.starting_after(None)?;
                Some(Taken::StartOver { behind: last.clone(), whole })
            }
            Self::Settled | Self::First(_) | Self::AtKey => None,
        }
    }

    /// The key that its page repeats.
    pub(in crate::client) fn repeated(&self) -> Option<&str> {
        if let Self::Behind { last, is_repeated: true, .. } = self { Some(last) } else { None }
    }
}

/// The first answer to the start that a caller has chosen.
fn given<O: Paged>(
    start: &str,
    operation: &O,
    page: &O::Output,
    entries: &[Entry<'_>],
) -> Result<Taken<O>, Error> {
    if !entries.is_empty() {
        let is_ignored = keys(entries).any(|key| key <= start);
        return Ok(Taken::Page { is_by_start: !is_ignored, is_ignored });
    }
    // Behind all that has the prefix, there is nothing.
    let may_follow = start.starts_with(operation.extent().prefix);
    match operation.next(page)? {
        Some(next) => Ok(Taken::Ask(Start::Given(start.to_owned()), next)),
        None if may_follow && let Some(whole) = operation.starting_after(None) => {
            Ok(Taken::Ask(Start::First(start.to_owned()), whole))
        }
        None => Ok(Taken::Page { is_by_start: false, is_ignored: false }),
    }
}

fn keys<'e>(entries: &'e [Entry<'_>]) -> impl Iterator<Item = &'e str> + Clone {
    entries.iter().filter(|entry| !entry.is_prefix).map(|entry| entry.name)
}

/// A text between two neighbours of a page, and the second of them.
pub(in crate::client) fn between(entries: &[Entry<'_>]) -> Option<(String, String)> {
    let is_prefix = entries.iter().all(|entry| entry.is_prefix);
    let names = entries.iter().filter(|entry| entry.is_prefix == is_prefix).map(|entry| entry.name);
    // Behind a common prefix lie the keys that it stands for.
    let end = if is_prefix { char::MAX } else { ' ' };
    names.clone().zip(names.skip(1)).find_map(|(left, right)| {
        let invented = format!("{left}{end}");
        (invented.as_str() < right).then(|| (invented, right.to_owned()))
    })
}
