//! Listings as `Stream`s of pages and of keys.
//!
//! A stream polls the future of `next` once and drops it: all that is under way lives in the pages themselves.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    vec,
};

use futures_util::Stream;

use super::{ListObjectsV2Call, Pages, ParallelPages};
use crate::{
    Error,
    s3::{ListObjects, ListObjectsV2, Page, Paged},
};

// Requests under way are pinned on the heap.
impl<O: Paged> Unpin for Pages<O> {}

/// The pages of [`next`](Pages::next). The stream ends after the last page; after an error, the same page is asked
/// for again when it is polled again.
impl<O: Paged> Stream for Pages<O> {
    type Item = Result<O::Output, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        pin!(self.next()).poll(context).map(Result::transpose)
    }
}

/// The pages of [`next`](ParallelPages::next). The stream ends after the last page; after an error, the same page is
/// asked for again when it is polled again.
impl Stream for ParallelPages {
    type Item = Result<Page, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        pin!(self.next()).poll(context).map(Result::transpose)
    }
}

/// The keys of a listing, one by one: a [`Stream`] over the keys of `P`'s pages. Common prefixes are not among them.
///
/// What is under way lives in here: a dropped future of [`next`](Self::next) loses no key and repeats no request. Nothing
/// is spawned: requests go on while this is polled, and dropping this ends them. A reader's pause is no time-out.
///
/// ```no_run
/// # async fn run(client: sts3::Client) -> Result<(), sts3::Error> {
/// let mut keys = client.list_objects_v2("logs").prefix("2026/").keys();
/// while let Some(key) = keys.next().await? {
///     println!("{key}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `next`"]
pub struct Keys<P> {
    pages: P,
    /// Of the page that came last.
    keys: vec::IntoIter<String>,
}

impl<P> Keys<P> {
    fn new(pages: P) -> Self {
        Self { pages, keys: Vec::new().into_iter() }
    }

    /// The pages that the keys come from, to ask for the number of requests.
    pub fn pages(&self) -> &P {
        &self.pages
    }
}

impl<P: Stream<Item = Result<Page, Error>> + Unpin> Keys<P> {
    /// The next key; `None` after the last.
    ///
    /// Cancel safe: the future may be dropped at any point. No key is lost, and no request is repeated.
    ///
    /// # Errors
    /// See [`Error`]. After one, the same page can be asked for again.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<P: Stream<Item = Result<Page, Error>> + Unpin> Stream for Keys<P> {
    type Item = Result<String, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(key) = self.keys.next() {
                return Poll::Ready(Some(Ok(key)));
            }
            match Pin::new(&mut self.pages).poll_next(context) {
                Poll::Ready(Some(Ok(page))) => {
                    self.keys = page.keys().map(str::to_owned).collect::<Vec<_>>().into_iter();
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<P> fmt::Debug for Keys<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("at_hand", &self.keys.len()).finish_non_exhaustive()
    }
}

impl ListObjectsV2Call {
    /// The keys of all pages, with one request after the other; see [`parallel`](Self::parallel) for many at once.
    pub fn keys(self) -> Keys<Pages<ListObjectsV2>> {
        self.pages().keys()
    }
}

impl Pages<ListObjectsV2> {
    /// The keys of the pages that have not been handed out yet.
    pub fn keys(self) -> Keys<Self> {
        Keys::new(self)
    }
}

impl Pages<ListObjects> {
    /// The keys of the pages that have not been handed out yet.
    pub fn keys(self) -> Keys<Self> {
        Keys::new(self)
    }
}

impl ParallelPages {
    /// The keys of the pages that have not been handed out yet.
    pub fn keys(self) -> Keys<Self> {
        Keys::new(self)
    }
}
