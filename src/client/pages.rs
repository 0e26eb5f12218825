use super::Client;
use crate::{Error, s3::Paged};

/// Walks the pages of a listing, one request for each.
///
/// After an error the same page can be asked for again.
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
#[derive(Debug)]
pub struct Pages<O> {
    client: Client,
    next: Option<O>,
}

impl<O: Paged> Pages<O> {
    pub(super) fn new(client: Client, operation: O) -> Self {
        Self { client, next: Some(operation) }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// See [`Error`]. A page that cannot be continued although it says so is an error, never a shorter listing.
    pub async fn next(&mut self) -> Result<Option<O::Output>, Error> {
        let Some(operation) = &self.next else { return Ok(None) };
        let page = self.client.send(operation).await?;
        self.next = operation.next(&page)?;
        Ok(Some(page))
    }
}
