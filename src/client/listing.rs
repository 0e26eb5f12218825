use super::{Client, Concurrency, Pages, ParallelPages, Parts, survey::survey};
use crate::{
    Error,
    s3::{ListObjectsV2, Page},
};

/// A [`ListObjectsV2`] with the client that will send it.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send` or `pages`"]
pub struct ListObjectsV2Call {
    client: Client,
    operation: ListObjectsV2,
}

/// Setters of the operation, passed through.
macro_rules! forward {
    ($($(#[$doc:meta])* $name:ident($value:ident: $kind:ty);)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, $value: $kind) -> Self {
            self.operation = self.operation.$name($value);
            self
        }
    )*};
}

impl Client {
    /// List a bucket.
    pub fn list_objects_v2(&self, bucket: impl Into<String>) -> ListObjectsV2Call {
        ListObjectsV2Call::new(self.clone(), ListObjectsV2::new(bucket))
    }
}

impl ListObjectsV2Call {
    pub(super) fn new(client: Client, operation: ListObjectsV2) -> Self {
        Self { client, operation }
    }

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
    /// Cancel safe like [`Client::send`].
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send(self) -> Result<Page, Error> {
        self.client.send(&self.operation).await
    }

    /// Walk all pages with many requests at once, in the order of their keys. With a delimiter, and in
    /// directory buckets, which have no order, there is one request after the other.
    pub fn parallel(self, concurrency: Concurrency) -> ParallelPages {
        ParallelPages::new(self.client, self.operation, concurrency)
    }

    /// Cut the listing into at most `parts` parts of about the same size, in some eight requests for each: for
    /// workers that list one part each.
    ///
    /// The future may be dropped at any point: nothing goes on in the background. What it has found out is lost then.
    ///
    /// # Errors
    /// See [`Error`]. [`Error::Listing`]: the server does not take a start that is no key, or does not sort.
    pub async fn split(self, parts: usize) -> Result<Parts, Error> {
        survey(self.client, self.operation, parts).await
    }

    /// Walk all pages.
    pub fn pages(self) -> Pages<ListObjectsV2> {
        self.client.pages(self.operation)
    }
}
