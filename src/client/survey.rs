//! Parts for many workers: a few requests find out where keys lie.

use std::future::poll_fn;

use futures_util::{Stream, stream::FuturesUnordered};

use super::{
    Client,
    in_flight::{self, Counter, InFlight},
    sequence::{is_refusal, located, start::between},
};
use crate::{
    Error, InvalidInput, ListingError, ListingFault,
    s3::{
        ListObjectsV2, Page, Paged,
        partition::{DEFAULT_WIDTH, Part, Planner, Unplannable},
    },
};

/// A bucket in parts of about the same size.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parts {
    /// The parts in the order of their keys, without gaps and overlaps.
    pub parts: Vec<Part>,
    /// How many requests it took to find them.
    pub requests: u64,
}

type Answer = (u64, bool, Result<(ListObjectsV2, Page), Error>);

/// Cut what an operation lists into at most `parts` parts.
pub(super) async fn survey(client: Client, operation: ListObjectsV2, parts: usize) -> Result<Parts, Error> {
    let result =
        Survey { client: client.clone(), operation: operation.clone(), requests: Counter::default() }
            .run(parts)
            .await;
    result.map_err(|error| located(error, &client, Some(&operation)))
}

struct Survey {
    client: Client,
    operation: ListObjectsV2,
    requests: Counter,
}

impl Survey {
    async fn run(self, parts: usize) -> Result<Parts, Error> {
        if parts == 0 {
            return Err(InvalidInput::new("parts", "are 0: one is all of it").into());
        }
        let extent = self.operation.extent();
        let start = extent.start_after.filter(|start| *start >= extent.prefix).unwrap_or_default();
        let mut planner: Planner<Page> =
            Planner::new(extent.prefix, DEFAULT_WIDTH).window(usize::MAX).start_after(start);
        let mut under_way: FuturesUnordered<InFlight<Answer>> = FuturesUnordered::new();
        let (mut first_page, mut has_empty_answer) = (None, false);
        loop {
            while let Some(request) = planner.survey_request(parts) {
                let is_invented = request.start_after != start;
                let operation = if is_invented {
                    self.operation.behind(Some(&request.start_after))
                } else {
                    self.operation.clone()
                };
                let page = in_flight::next_page_with_keys(&self.client, operation, &self.requests);
                under_way.push(Box::pin(async move { (request.id, is_invented, page.await) }));
            }
            let answer = poll_fn(|context| std::pin::Pin::new(&mut under_way).poll_next(context)).await;
            let Some((id, is_invented, answer)) = answer else { break };
            let page = match answer {
                Ok((_, page)) => page,
                Err(error) if is_invented && is_refusal(&error) => return Err(start_refused(&error)),
                Err(error) => return Err(error),
            };
            if !page.keys().all(|key| key.starts_with(extent.prefix)) {
                let problem = "ignores the prefix: what has it cannot be cut into parts";
                return Err(ListingError::new(ListingFault::PrefixIgnored, problem).into());
            }
            has_empty_answer |= is_invented && page.keys().len() == 0;
            if first_page.is_none() {
                first_page = Some(page.clone());
            }
            planner.arrived(id, page).map_err(unplannable)?;
        }
        if let Some(page) = first_page.filter(|_| has_empty_answer) {
            self.check_starts(&page).await?;
        }
        let requests = self.requests.load(std::sync::atomic::Ordering::Relaxed);
        Ok(Parts { parts: planner.parts(parts), requests })
    }

    /// Nothing is said to follow an invented start: that counts only if the server takes such starts. One whose
    /// answer is known tells.
    async fn check_starts(&self, page: &Page) -> Result<(), Error> {
        let Some((invented, answer)) = between(&ListObjectsV2::entries(page)) else { return Ok(()) };
        let operation = self.operation.behind(Some(&invented));
        match in_flight::page(&self.client, operation, &self.requests).await {
            Ok(page) if page.keys().next() == Some(answer.as_str()) => Ok(()),
            Ok(page) => {
                let what = if page.keys().len() == 0 { "nothing" } else { "other keys than those behind it" };
                let problem =
                    format!("answers a start that is no key with {what}: parts cannot be found there");
                Err(ListingError::new(ListingFault::StartIgnored, problem).into())
            }
            Err(error) if is_refusal(&error) => Err(start_refused(&error)),
            Err(error) => Err(error),
        }
    }
}

fn start_refused(error: &Error) -> Error {
    let problem = format!("refuses a start that is no key, without which parts cannot be found: {error}");
    ListingError::new(ListingFault::StartIgnored, problem).into()
}

fn unplannable(reason: Unplannable) -> Error {
    match reason {
        Unplannable::StartIgnored => {
            let problem = "lists keys before the start that it was given: parts cannot be found there";
            ListingError::new(ListingFault::StartIgnored, problem).into()
        }
        Unplannable::Unsorted => {
            let problem = "does not list keys in the order of their bytes: there are no parts";
            ListingError::new(ListingFault::Unsorted, problem).into()
        }
    }
}
