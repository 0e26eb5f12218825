use tokio::task::JoinHandle;

use super::Client;
use crate::{
    Error, TransportError, TransportErrorKind,
    s3::{ListObjectsV2, Page, Paged},
};

/// One request after the other, the next one under way while a page is read.
#[derive(Debug)]
pub(super) struct Sequence {
    next: Option<ListObjectsV2>,
    pending: Option<JoinHandle<Result<Page, Error>>>,
}

impl Sequence {
    pub(super) fn new(operation: ListObjectsV2) -> Self {
        Self::continuing(Some(operation))
    }

    /// After a page that somebody else has asked for; nothing if it was the last.
    pub(super) fn continuing(next: Option<ListObjectsV2>) -> Self {
        Self { next, pending: None }
    }

    /// The next page. If no more than `wanted` entries are, and it has them, none is asked for ahead.
    pub(super) async fn next(
        &mut self,
        client: &Client,
        requests: &mut u64,
        wanted: Option<u64>,
    ) -> Result<Option<Page>, Error> {
        let Some(operation) = self.next.clone() else { return Ok(None) };
        let mut pending = match self.pending.take() {
            Some(pending) => pending,
            None => spawned(client, operation.clone(), requests),
        };
        let page = (&mut pending).await.map_err(lost)??;
        self.next = operation.next(&page)?;
        let has_enough = wanted.is_some_and(|wanted| page.entries() >= wanted);
        if let Some(next) = self.next.as_ref().filter(|_| !has_enough) {
            self.pending = Some(spawned(client, next.clone(), requests));
        }
        Ok(Some(page))
    }

    /// Ask for no more.
    pub(super) fn end(&mut self) {
        self.next = None;
        if let Some(pending) = self.pending.take() {
            pending.abort();
        }
    }
}

impl Drop for Sequence {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawned(client: &Client, operation: ListObjectsV2, requests: &mut u64) -> JoinHandle<Result<Page, Error>> {
    *requests += 1;
    let client = client.clone();
    tokio::spawn(async move { client.send(&operation).await })
}

/// The runtime is being shut down, or a task has panicked.
pub(super) fn lost(error: tokio::task::JoinError) -> Error {
    let kind = TransportErrorKind::Interrupted;
    TransportError::new(kind, "the task", error.to_string()).into()
}
