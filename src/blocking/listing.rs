//! Listings as iterators. After an error an iterator ends; `next_page` may be called again.

use std::{fmt, sync::mpsc, thread, vec};

use super::client::Client;
use crate::{
    Concurrency, Error, InvalidInput, Parts,
    runtime::std::block_on,
    s3::{ListObjects, ListObjectsV2, Page, Paged},
};

/// So many pages of [`ListObjectsV2Call::for_each_page`] wait for the closure.
const AHEAD: usize = 4;

impl Client {
    /// Walk all pages of a listing, one request for each.
    pub fn pages<O: Paged>(&self, operation: O) -> Pages<O> {
        Pages::new(self.as_async().pages(operation))
    }

    /// List a bucket.
    pub fn list_objects_v2(&self, bucket: impl Into<String>) -> ListObjectsV2Call {
        ListObjectsV2Call { inner: self.as_async().list_objects_v2(bucket) }
    }
}

/// A [`ListObjectsV2`] with the client that will send it.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is walked"]
pub struct ListObjectsV2Call {
    inner: crate::ListObjectsV2Call,
}

/// Setters of the call, passed through.
macro_rules! forward {
    ($($(#[$attribute:meta])* $name:ident($value:ident: $kind:ty);)*) => {$(
        $(#[$attribute])*
        pub fn $name(mut self, $value: $kind) -> Self {
            self.inner = self.inner.$name($value);
            self
        }
    )*};
}

impl ListObjectsV2Call {
    forward! {
        /// See [`ListObjectsV2::prefix`].
        prefix(prefix: impl Into<String>);
        /// See [`ListObjectsV2::delimiter`].
        delimiter(delimiter: impl Into<String>);
        /// See [`ListObjectsV2::max_keys`].
        max_keys(keys: u32);
        /// See [`ListObjectsV2::start_after`].
        start_after(key: impl Into<String>);
        /// See [`ListObjectsV2::continuation_token`].
        continuation_token(token: impl Into<String>);
        /// See [`ListObjectsV2::fetch_owner`].
        fetch_owner(fetch: bool);
        /// See [`ListObjectsV2::request_payer`].
        request_payer(pay: bool);
        /// See [`ListObjectsV2::expected_bucket_owner`].
        expected_bucket_owner(account: impl Into<String>);
        /// See [`ListObjectsV2::restore_status`].
        restore_status(ask: bool);
    }

    /// Get one page.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn send(self) -> Result<Page, Error> {
        block_on(self.inner.send())
    }

    /// Walk all pages, one request after the other.
    pub fn pages(self) -> Pages<ListObjectsV2> {
        Pages::new(self.inner.pages())
    }

    /// Walk all pages with many requests at once, in the order of their keys; see
    /// [`crate::ListObjectsV2Call::parallel`].
    pub fn parallel(self, concurrency: Concurrency) -> ParallelPages {
        ParallelPages { inner: self.inner.parallel(concurrency), has_failed: false }
    }

    /// Walk all keys in their order, with as many requests at once as [`Concurrency::Auto`] finds useful.
    pub fn keys(self) -> Keys {
        self.parallel(Concurrency::Auto).keys()
    }

    /// Walk all pages as [`keys`](Self::keys) does, and hand each to the closure, which may borrow what it likes. It runs
    /// on the thread that calls; meanwhile another one asks for the pages that follow.
    ///
    /// # Errors
    /// See [`Error`]. Pages before the error have been handed over.
    pub fn for_each_page(self, visit: impl FnMut(Page)) -> Result<(), Error> {
        self.parallel(Concurrency::Auto).for_each_page(visit)
    }

    /// Cut the listing into at most `parts` parts of about the same size: see [`crate::ListObjectsV2Call::split`].
    ///
    /// # Errors
    /// See [`Error`].
    pub fn split(self, parts: usize) -> Result<Parts, Error> {
        block_on(self.inner.split(parts))
    }
}

/// Walks the pages of a listing, one request for each: an iterator over [`crate::Pages`].
#[must_use = "nothing is sent before `next`"]
pub struct Pages<O: Paged> {
    inner: crate::Pages<O>,
    has_failed: bool,
}

impl<O: Paged> Pages<O> {
    pub(super) fn new(inner: crate::Pages<O>) -> Self {
        Self { inner, has_failed: false }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// See [`crate::Pages::next`]. After one the same page can be asked for again.
    pub fn next_page(&mut self) -> Result<Option<O::Output>, Error> {
        block_on(self.inner.next())
    }

    /// How many requests have been sent.
    pub fn requests(&self) -> u64 {
        self.inner.requests()
    }

    /// How many names without the prefix that was asked for have been left out: the server ignores it.
    pub fn outside_prefix(&self) -> u64 {
        self.inner.outside_prefix()
    }
}

impl Pages<ListObjectsV2> {
    /// The keys of the pages.
    pub fn keys(self) -> Keys<Self> {
        Keys::new(self)
    }
}

impl Pages<ListObjects> {
    /// The keys of the pages.
    pub fn keys(self) -> Keys<Self> {
        Keys::new(self)
    }
}

impl<O: Paged> Iterator for Pages<O> {
    type Item = Result<O::Output, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let page = self.next_page().transpose();
        self.has_failed = matches!(page, Some(Err(_)));
        page
    }
}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Walks the pages of a listing with many requests at once: an iterator over [`crate::ParallelPages`].
///
/// Requests that are under way go on between two calls of `next`; new ones are sent by it. Dropping this gives up what
/// is under way.
#[derive(Debug)]
#[must_use = "nothing is sent before `next`"]
pub struct ParallelPages {
    inner: crate::ParallelPages,
    has_failed: bool,
}

impl ParallelPages {
    forward! {
        /// See [`crate::ParallelPages::stop_at`].
        stop_at(key: impl Into<String>);
        /// See [`crate::ParallelPages::limit`].
        limit(entries: u64);
        /// See [`crate::ParallelPages::window`].
        window(pages: usize);
    }

    /// See [`crate::ParallelPages::unordered`].
    pub fn unordered(mut self) -> Self {
        self.inner = self.inner.unordered();
        self
    }

    /// The next page, without objects behind the end; `None` after the last.
    ///
    /// # Errors
    /// See [`crate::ParallelPages::next`]. After one the same page can be asked for again.
    pub fn next_page(&mut self) -> Result<Option<Page>, Error> {
        block_on(self.inner.next())
    }

    /// The keys of the pages.
    pub fn keys(self) -> Keys {
        Keys::new(self)
    }

    /// Hand each page to the closure, which may borrow what it likes. It runs on the thread that calls; meanwhile
    /// another one asks for the pages that follow.
    ///
    /// # Errors
    /// See [`Error`]. Pages before the error have been handed over.
    pub fn for_each_page(self, mut visit: impl FnMut(Page)) -> Result<(), Error> {
        thread::scope(|scope| {
            let (sender, pages) = mpsc::sync_channel(AHEAD);
            let list = move || {
                for page in self {
                    // Whoever receives may have had enough, or has panicked.
                    if sender.send(page).is_err() {
                        return;
                    }
                }
            };
            thread::Builder::new()
                .name("sts3-listing".into())
                .spawn_scoped(scope, list)
                .map_err(|error| InvalidInput::new("thread", format!("cannot be started: {error}")))?;
            for page in pages {
                visit(page?);
            }
            Ok(())
        })
    }

    /// How many requests have been sent.
    pub fn requests(&self) -> u64 {
        self.inner.requests()
    }

    /// How many keys and common prefixes without the prefix that was asked for have been left out: the server
    /// ignores it.
    pub fn outside_prefix(&self) -> u64 {
        self.inner.outside_prefix()
    }

    /// How many ranges of the bucket are being listed.
    pub fn active_ranges(&self) -> usize {
        self.inner.active_ranges()
    }
}

impl Iterator for ParallelPages {
    type Item = Result<Page, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let page = self.next_page().transpose();
        self.has_failed = matches!(page, Some(Err(_)));
        page
    }
}

/// The keys of a listing, as [`ListObjectsV2Call::keys`] walks them. After an error it ends.
///
/// ```no_run
/// # fn run(client: sts3::blocking::Client) -> Result<(), sts3::Error> {
/// let keys = client.list_objects_v2("logs").keys().collect::<Result<Vec<_>, _>>()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent before `next`"]
pub struct Keys<P = ParallelPages> {
    pages: P,
    /// Those of the page that came last.
    keys: vec::IntoIter<String>,
}

impl<P> Keys<P> {
    fn new(pages: P) -> Self {
        Self { pages, keys: Vec::new().into_iter() }
    }

    /// The pages, for their counts.
    pub fn pages(&self) -> &P {
        &self.pages
    }
}

impl Keys {
    /// How many requests have been sent.
    pub fn requests(&self) -> u64 {
        self.pages.requests()
    }
}

impl<P: Iterator<Item = Result<Page, Error>>> Iterator for Keys<P> {
    type Item = Result<String, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(key) = self.keys.next() {
                return Some(Ok(key));
            }
            match self.pages.next()? {
                Ok(page) => self.keys = page.keys().map(str::to_owned).collect::<Vec<_>>().into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
