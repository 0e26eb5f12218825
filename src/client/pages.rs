use std::{fmt, sync::atomic::Ordering};

use super::{in_flight::Counter, send::Client, sequence::Sequence};
use crate::{
    Error,
    s3::{self, Paged},
};

impl Client {
    /// Walk all pages of a listing.
    pub fn pages<O: s3::Paged>(&self, operation: O) -> Pages<O> {
        Pages::new(self.clone(), operation)
    }

    /// The account's buckets, all pages of them.
    ///
    /// The future may be dropped at any point; the buckets that it has got by then are lost with it. To keep them,
    /// walk [`pages`](Self::pages).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list_buckets(&self) -> Result<Vec<s3::Bucket>, Error> {
        let mut pages = self.pages(s3::ListBuckets::new());
        let mut buckets = Vec::new();
        while let Some(page) = pages.next().await? {
            buckets.extend(page.buckets);
        }
        Ok(buckets)
    }
}

/// Walks the pages of a listing, one request for each.
///
/// Every page is checked: it goes forward, its names have the prefix (others are left out and counted), a common
/// prefix comes once, and a start that the caller chose is honoured or made up for. After an error the same page
/// can be asked for again; a future of [`next`](Self::next) that is dropped loses nothing. This is a [`Stream`](crate::Stream) of pages
/// as well.
///
/// Time limits count the network's time only: whoever does something else for minutes between two pages finds no
/// time-out.
///
/// ```no_run
/// # async fn run(client: sts3::Client) -> Result<(), sts3::Error> {
/// let mut pages = client.pages(sts3::s3::ListBuckets::new());
/// while let Some(page) = pages.next().await? {
///     for bucket in &page.buckets {
///         println!("{}", bucket.name);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `next`"]
pub struct Pages<O: Paged> {
    sequence: Sequence<O>,
    requests: Counter,
}

impl<O: Paged> Pages<O> {
    pub(super) fn new(client: Client, operation: O) -> Self {
        let requests = Counter::default();
        Self { sequence: Sequence::new(client, operation, requests.clone()), requests }
    }

    /// The next page; `None` after the last.
    ///
    /// Cancel safe: the future may be dropped at any point. No page is lost, and no request is repeated, as the one under
    /// way lives in here.
    ///
    /// # Errors
    /// See [`Error`]. A page that cannot be continued although it says so, or does not go forward
    /// ([`Error::Listing`]), is an error, never a shorter listing.
    pub async fn next(&mut self) -> Result<Option<O::Output>, Error> {
        self.sequence.next(None).await
    }

    /// How many requests have been sent, retries included; those for credentials are not counted.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many names without the prefix that was asked for have been left out: the server ignores it.
    pub fn outside_prefix(&self) -> u64 {
        self.sequence.outside_prefix()
    }
}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("requests", &self.requests()).finish_non_exhaustive()
    }
}
