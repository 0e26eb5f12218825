//! One request after the other, each page checked: the guard that all listings share.
//!
//! `start` proves a start that the caller has chosen, `expected` holds pages against what other answers have told
//! (where a listing with many requests at once goes on here), [`Progress`] checks that pages go forward.

mod expected;
pub(super) mod start;

use std::{future::poll_fn, task::Poll};

pub(super) use self::expected::contradiction;
use self::{
    expected::{Expected, Seen, unsorted},
    start::{Start, Taken},
};
use super::{
    Client,
    in_flight::{self, Counter, Exclusive, InFlight},
};
use crate::{
    Error, Operation,
    endpoint::Service,
    s3::{
        Paged,
        coverage::{Doubt, Handed, Intervals},
        progress::Progress,
    },
};

type Answer<O> = Result<<O as Operation>::Output, Error>;

/// Walks the pages of a listing. All that is under way is in here and not in the future that
/// [`next`](Self::next) returns: dropping that loses nothing.
pub(super) struct Sequence<O: Paged> {
    client: Client,
    requests: Counter,
    /// Asks for the next page, which may be under way.
    next: Option<O>,
    pending: Option<Exclusive<InFlight<Answer<O>>>>,
    answered: Option<Answer<O>>,
    /// Whether the page behind the one that is handed out is asked for at once.
    is_ahead: bool,
    is_ordered: bool,
    start: Start<O>,
    progress: Progress,
    /// Names up to this one are not wanted.
    after: Option<String>,
    /// The server lists them although it was told where to start.
    is_start_ignored: bool,
    stop: Option<String>,
    /// Handed out already.
    skip: Intervals,
    expected: Option<Expected>,
    /// Other answers have listed this key: the end does not lie before it.
    known: Option<String>,
}

impl<O: Paged> Sequence<O> {
    pub(super) fn new(client: Client, operation: O, requests: Counter) -> Self {
        let after = operation.extent().start_after.map(str::to_owned);
        let (start, operation) = Start::of(operation);
        Self {
            client,
            requests,
            next: Some(operation),
            pending: None,
            answered: None,
            is_ahead: false,
            is_ordered: true,
            start,
            progress: Progress::default(),
            after,
            is_start_ignored: false,
            stop: None,
            skip: Intervals::default(),
            expected: None,
            known: None,
        }
    }

    /// Go on behind what was handed out of the plain sequence, without what was handed out beside it.
    pub(super) fn plain(client: Client, handed: Handed<O>, requests: Counter) -> Option<Self> {
        let next = handed.plain?;
        let ends = handed.plain_ends.as_ref();
        let progress = ends.map(|(first, last)| Progress::behind(first, last)).unwrap_or_default();
        Some(Self {
            start: Start::Settled,
            progress,
            skip: handed.others,
            ..Self::new(client, next, requests)
        })
    }

    /// Go on where many requests at once have left a doubt; `behind` asks for what follows its key.
    pub(super) fn resumed(
        client: Client,
        doubt: Doubt<O>,
        behind: O,
        skip: Intervals,
        requests: Counter,
    ) -> Self {
        let start = if doubt.next.is_some() { Start::Settled } else { Start::AtKey };
        let next = doubt.next.unwrap_or(behind);
        let expected = Some(Expected::new(doubt.behind, doubt.expected, doubt.known));
        Self { start, skip, expected, ..Self::new(client, next, requests) }
    }

    /// Names up to this one, which the caller chose as the start, are not wanted.
    pub(super) fn behind(mut self, start: Option<&str>) -> Self {
        self.after = start.map(str::to_owned);
        self
    }

    /// The listing does not end before this key.
    pub(super) fn not_before(mut self, known: Option<String>) -> Self {
        self.known = known;
        self
    }

    /// Ask for the next page while one is read.
    pub(super) fn ahead(mut self) -> Self {
        self.is_ahead = true;
        self
    }

    /// Stop behind this key. Of a listing without order, all of it has to be seen for that.
    pub(super) fn stop_at(mut self, key: Option<String>, is_ordered: bool) -> Self {
        (self.stop, self.is_ordered) = (key, is_ordered);
        self
    }

    pub(super) fn outside_prefix(&self) -> u64 {
        self.progress.outside_prefix()
    }

    /// The request for the page behind those that were handed out, if the server has done so far all that it
    /// should: only then many requests at once are worth trying.
    pub(super) fn steady(&self) -> Option<&O> {
        let is_steady = matches!(self.start, Start::Settled)
            && !self.is_start_ignored
            && !self.progress.is_unsorted()
            && self.progress.outside_prefix() == 0;
        self.next.as_ref().filter(|_| is_steady)
    }

    /// The next page. If no more than `wanted` entries are, and it has them, none is asked for ahead.
    pub(super) async fn next(&mut self, wanted: Option<u64>) -> Result<Option<O::Output>, Error> {
        loop {
            self.send();
            self.receive().await;
            let (Some(operation), Some(answer)) = (self.next.clone(), self.answered.take()) else {
                return Ok(None);
            };
            let page = match answer {
                Ok(page) => self.take(operation, page),
                Err(error) => self.refused(error).map(|()| None),
            };
            let Some(page) = page.map_err(|error| located::<O>(error, &self.client, self.next.as_ref()))?
            else {
                continue;
            };
            let has_enough = wanted.is_some_and(|wanted| O::entries(&page).len() as u64 >= wanted);
            if self.is_ahead && !has_enough {
                self.send();
                // Once, so that it is on its way while the page is read.
                poll_fn(|context| Poll::Ready(self.poll_pending(context))).await;
            }
            return Ok(Some(page));
        }
    }

    /// Wait for what is under way.
    pub(super) async fn receive(&mut self) {
        poll_fn(|context| if self.poll_pending(context) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    fn send(&mut self) {
        if self.pending.is_none()
            && self.answered.is_none()
            && let Some(next) = &self.next
        {
            let request = in_flight::page(&self.client, next.clone(), &self.requests);
            self.pending = Some(Exclusive::new(request));
        }
    }

    /// Whether nothing is under way any more.
    fn poll_pending(&mut self, context: &mut std::task::Context<'_>) -> bool {
        let Some(pending) = &mut self.pending else { return true };
        let Poll::Ready(answer) = pending.get().as_mut().poll(context) else { return false };
        (self.pending, self.answered) = (None, Some(answer));
        true
    }

    /// Ask for no more.
    fn end(&mut self) {
        (self.next, self.pending, self.answered) = (None, None, None);
    }

    /// A page has arrived; nothing if there is nothing to hand out of it, and more to come.
    fn take(&mut self, operation: O, mut page: O::Output) -> Result<Option<O::Output>, Error> {
        match self.start.take(&operation, &page)? {
            Taken::Page { is_by_start, is_ignored } => {
                self.is_start_ignored |= is_ignored;
                if let Some(repeated) = self.start.repeated() {
                    O::retain(&mut page, &mut |entry| entry.name != repeated);
                }
                self.start = Start::Settled;
                self.checked(operation, page, is_by_start).map(Some)
            }
            taken => {
                self.go_on(taken);
                Ok(None)
            }
        }
    }

    fn refused(&mut self, error: Error) -> Result<(), Error> {
        let Some(next) = self.next.as_ref().filter(|_| is_refusal(&error)) else { return Err(error) };
        let Some(taken) = self.start.refused(next) else { return Err(error) };
        self.go_on(taken);
        Ok(())
    }

    fn go_on(&mut self, taken: Taken<O>) {
        match taken {
            Taken::Ask(start, next) => (self.start, self.next) = (start, Some(next)),
            // The server does not take the start: what it lists before it is left out.
            Taken::Plain(next) => {
                (self.start, self.is_start_ignored, self.next) = (Start::Settled, true, Some(next));
            }
            Taken::StartOver { behind, whole } => {
                self.progress = self.progress.restarted();
                self.after = Some(behind);
                self.go_on(Taken::Plain(whole));
            }
            Taken::End => self.end(),
            Taken::Page { .. } => {}
        }
    }

    fn checked(&mut self, operation: O, mut page: O::Output, is_by_start: bool) -> Result<O::Output, Error> {
        let next = operation.next(&page)?;
        let entries = O::entries(&page);
        let seen = Seen::of(&entries);
        if self.progress.has_to_filter(&operation, &entries, next.as_ref())? {
            self.progress.filter(&operation, &mut page);
        }
        if self.progress.is_unsorted() && (self.skip.end().is_some() || self.expected.is_some()) {
            return Err(unsorted());
        }
        if let Some(expected) = &mut self.expected {
            expected.check(&seen, next.is_none())?;
        }
        let last = self.progress.last();
        if next.is_none()
            && !self.progress.is_unsorted()
            && let Some(known) = self.known.as_deref().filter(|known| last.is_none_or(|last| last < *known))
        {
            contradiction(known)?;
        }
        self.next = if is_by_start { self.behind_start(&operation, &seen, next) } else { next };
        self.filter(&mut page);
        if let Some(last) = seen.last {
            if self.skip.end().is_some_and(|end| last.as_str() >= end) {
                // Behind all that was handed out.
                self.skip.clear();
            }
            let is_over = self.stop.as_ref().is_some_and(|stop| last > *stop);
            if is_over && self.is_ordered && !self.progress.is_unsorted() {
                self.end();
            }
        }
        Ok(page)
    }

    /// What to ask behind a page that answered a start.
    fn behind_start(&mut self, operation: &O, seen: &Seen, next: Option<O>) -> Option<O> {
        let extent = operation.extent();
        let last = seen.last.as_deref().or(self.progress.last()).map(str::to_owned);
        let Some(last) = last.filter(|_| !extent.is_grouped && !seen.has_versions) else {
            return next;
        };
        let (asked, start) = match next {
            // There are servers that look no further than the folder or the shard of a start.
            None => (operation.starting_after(Some(&last))?, Start::Confirm(last)),
            Some(token) => {
                let before = seen.before_last.as_deref();
                let asked = operation.starting_after(Some(before.unwrap_or(&last)))?;
                (asked, Start::Behind { last, is_repeated: before.is_some(), token })
            }
        };
        self.start = start;
        Some(asked)
    }

    /// Leave out what was handed out and what was not asked for.
    fn filter(&self, page: &mut O::Output) {
        if self.after.is_none() && self.stop.is_none() && self.skip.end().is_none() {
            return;
        }
        O::retain(page, &mut |entry| {
            let name = entry.name;
            let is_behind = self
                .after
                .as_ref()
                .is_none_or(|after| name > after.as_str() || (entry.is_prefix && after.starts_with(name)));
            is_behind && self.stop.as_ref().is_none_or(|stop| name <= stop.as_str()) && !self.skip.holds(name)
        });
    }
}

/// The service answers and will not have it otherwise: asking again is of no use.
pub(super) fn is_refusal(error: &Error) -> bool {
    let is_final = |code: &str| code == "NoSuchBucket";
    matches!(error, Error::Service(refusal) if !is_final(&refusal.code))
        && !error.is_retryable()
        && !error.is_throttle()
        && !error.is_expired_credentials()
}

/// Say which server lists so.
pub(super) fn located<O: Paged>(error: Error, client: &Client, operation: Option<&O>) -> Error {
    let Error::Listing(mut error) = error else { return error };
    let bucket = operation.and_then(|operation| operation.bucket().map(str::to_owned));
    // What lists a bucket is S3.
    let service = operation.map_or(Service::S3, Operation::service);
    if let Ok(target) = client.caller.endpoint().target(service, bucket.as_deref()) {
        error.server = target.url.to_string();
    }
    error.into()
}
