//! Many requests at once, as a [`Planner`] wants them, and the proof that nothing is missing from what came.

use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    task::{Context, Poll},
};

use futures_util::{Stream, stream::FuturesUnordered};

use super::{
    Client,
    in_flight::{self, Counter, Exclusive, InFlight},
    sequence::is_refusal,
    width::Width,
};
use crate::{
    Error,
    s3::{
        ListObjectsV2, Page, Paged,
        coverage::{Answer, Coverage, Doubt, Handed},
        partition::{Listed, Planner},
    },
};

/// Why many requests at once do not go on.
pub(super) enum Stopped {
    /// For now: asking again may help.
    Failed(Error),
    /// The server does not take invented starts, or does not sort: the plain sequence lists the rest.
    Unplannable,
    /// Answers do not fit each other.
    Doubt(Box<Doubt<ListObjectsV2>>),
}

/// What came of a request.
#[derive(Debug)]
struct Arrived {
    id: u64,
    /// How often requests had been narrowed when it was sent.
    throttle_epoch: u32,
    /// Its start was invented: no key that the server has listed.
    is_invented: bool,
    is_plain: bool,
    /// The page has to begin with this key, which the one before ended with.
    seam: Option<String>,
    /// The operation that the page answers.
    result: Result<(ListObjectsV2, Page), Error>,
}

/// A page that waits in the planner, with what it is evidence of.
#[derive(Debug)]
struct Waiting {
    page: Page,
    chain: u64,
    is_plain: bool,
    is_by_token: bool,
    next: Option<ListObjectsV2>,
}

impl Listed for Waiting {
    fn keys(&self) -> Vec<&str> {
        self.page.keys().collect()
    }

    fn is_truncated(&self) -> bool {
        self.page.is_truncated
    }
}

/// How a chain goes on behind its last page.
#[derive(Debug)]
struct GoingOn {
    last: String,
    next: ListObjectsV2,
    is_plain: bool,
    /// `next` asks for the last key once more.
    is_overlapping: bool,
}

#[derive(Debug)]
pub(super) struct Planned {
    client: Client,
    operation: ListObjectsV2,
    requests: Counter,
    planner: Planner<Waiting>,
    coverage: Coverage<Page, ListObjectsV2>,
    going_on: HashMap<u64, GoingOn>,
    under_way: Exclusive<FuturesUnordered<InFlight<Arrived>>>,
    arrived: VecDeque<Arrived>,
    doubt: Option<Box<Doubt<ListObjectsV2>>>,
    /// Until the service is asked again.
    pause: Option<Exclusive<InFlight<()>>>,
    width: Width,
    is_ordered: bool,
}

/// How a listing is planned.
pub(super) struct Plan {
    pub(super) width: usize,
    pub(super) window: Option<usize>,
    pub(super) stop_at: Option<String>,
    pub(super) is_ordered: bool,
}

impl Planned {
    /// Go on behind the first page, which `next` does with one request after the other.
    pub(super) fn new(
        client: &Client,
        operation: &ListObjectsV2,
        requests: &Counter,
        plan: Plan,
        first: Page,
        next: ListObjectsV2,
    ) -> Result<Self, Box<Page>> {
        let Plan { width, window, stop_at, is_ordered } = plan;
        let extent = operation.extent();
        // A start below the prefix is none.
        let start = extent.start_after.filter(|start| *start >= extent.prefix).unwrap_or_default();
        let page_size = extent.page_size.unwrap_or(1000);
        let mut planner = Planner::new(extent.prefix, width).start_after(start).page_size(page_size);
        if let Some(end) = &stop_at {
            planner = planner.stop_at(end);
        }
        match (window, is_ordered) {
            (Some(pages), _) => planner = planner.window(pages),
            (None, false) => planner = planner.window(usize::MAX),
            (None, true) => {}
        }
        let caller = client.caller.with_policy(crate::RetryPolicy::without_throttling_retries);
        let Some(request) = planner.next_request() else { return Err(Box::new(first)) };
        let mut planned = Self {
            client: Client { caller, credentials: client.credentials.clone() },
            operation: operation.clone(),
            requests: requests.clone(),
            planner,
            coverage: Coverage::new(next.clone(), stop_at),
            going_on: HashMap::new(),
            under_way: Exclusive::new(FuturesUnordered::new()),
            arrived: VecDeque::new(),
            doubt: None,
            pause: None,
            width: Width::new(width),
            is_ordered,
        };
        planned.coverage.asked(request.id, start);
        let page = first.clone();
        let next = Some(next);
        match planned.plan(Waiting { page, chain: request.id, is_plain: true, is_by_token: true, next }) {
            Ok(()) => Ok(planned),
            Err(_) => Err(Box::new(first)),
        }
    }

    pub(super) fn active_ranges(&self) -> usize {
        self.planner.active_ranges()
    }

    /// What has been handed out; nothing is under way any more.
    pub(super) fn into_handed(self) -> Handed<ListObjectsV2> {
        self.coverage.into_handed()
    }

    /// The next page that is proved (of a listing without order: that is listed), without keys that are not to
    /// be handed out; `None` if all is proved.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, Stopped> {
        loop {
            while let Some(mut piece) = self.coverage.pop() {
                if piece.from < piece.to {
                    piece.page.keep(piece.from, piece.to);
                    poll_fn(|context| self.ask_ahead(context)).await;
                    return Ok(Some(piece.page));
                }
            }
            if let Some(doubt) = self.doubt.take() {
                return Err(Stopped::Doubt(doubt));
            }
            // The more is known, the better are the guesses: all that has come goes before the next request.
            while let Some(arrived) = self.arrived.pop_front() {
                self.take(arrived)?;
            }
            let waiting = if self.is_ordered { self.planner.pop() } else { self.planner.pop_any() };
            if let Some((Waiting { page, chain, is_plain, is_by_token, next }, _)) = waiting {
                let answer = Answer { chain, is_plain, is_by_token, page, next };
                self.doubt = self.coverage.take(answer).err().map(Box::new);
                continue;
            }
            if self.planner.is_done() {
                self.doubt = self.coverage.finish().err().map(Box::new);
                if self.doubt.is_none() && !self.coverage.has_more() {
                    return Ok(None);
                }
                continue;
            }
            if self.pause.is_none() {
                self.ask();
            }
            // Nothing is under way, and nothing is wanted: that is never taken for the end.
            if poll_fn(|context| self.poll_arrival(context)).await {
                return Err(Stopped::Unplannable);
            }
        }
    }

    /// Before a page is handed out: send what is wanted next, so that it is on its way while the page is read.
    fn ask_ahead(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_under_way(context);
        if self.arrived.is_empty() {
            self.ask();
            self.poll_under_way(context);
        }
        Poll::Ready(())
    }

    /// Wait until all that is under way has arrived.
    pub(super) async fn receive(&mut self) {
        poll_fn(|context| if self.poll_under_way(context) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Send as many requests as may be under way.
    fn ask(&mut self) {
        if self.pause.is_some() {
            return;
        }
        while let Some(request) = self.planner.next_request() {
            self.coverage.asked(request.id, &request.start_after);
            let going_on = self.going_on.get(&request.id).filter(|known| known.last == request.start_after);
            let seam = going_on.filter(|known| known.is_overlapping).map(|known| known.last.clone());
            let (operation, is_invented, is_plain) = match going_on {
                Some(known) => (known.next.clone(), false, known.is_plain),
                None => (self.operation.clone().start_after(request.start_after), true, false),
            };
            let page = in_flight::next_page_with_keys(&self.client, operation, &self.requests);
            let (id, throttle_epoch) = (request.id, self.width.throttle_epoch());
            self.under_way.get().push(Box::pin(async move {
                Arrived { id, throttle_epoch, is_invented, is_plain, seam, result: page.await }
            }));
        }
    }

    /// Wait for an answer or the end of a pause: whether there is neither.
    fn poll_arrival(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let is_idle = self.poll_under_way(context);
        if !self.arrived.is_empty() {
            return Poll::Ready(false);
        }
        match &mut self.pause {
            Some(pause) => pause.get().as_mut().poll(context).map(|()| {
                self.pause = None;
                false
            }),
            None if is_idle => Poll::Ready(true),
            None => Poll::Pending,
        }
    }

    /// Take in what has arrived: whether nothing is under way any more.
    fn poll_under_way(&mut self, context: &mut Context<'_>) -> bool {
        let under_way = self.under_way.get();
        while let Poll::Ready(arrived) = std::pin::Pin::new(&mut *under_way).poll_next(context) {
            match arrived {
                Some(arrived) => self.arrived.push_back(arrived),
                None => return true,
            }
        }
        false
    }

    fn take(&mut self, arrived: Arrived) -> Result<(), Stopped> {
        let Arrived { id, throttle_epoch, is_invented, is_plain, seam, result } = arrived;
        let error = match result {
            Ok((operation, mut page)) => match self.following(&operation, &page, is_invented) {
                Ok(next) => {
                    if seam.is_some_and(|seam| !page.is_joined_at(&seam)) {
                        return Err(Stopped::Unplannable);
                    }
                    let is_by_token = operation.has_token();
                    return self.page(Waiting { page, chain: id, is_plain, is_by_token, next });
                }
                Err(error) => error,
            },
            Err(error) => error,
        };
        self.planner.failed(id);
        if error.is_throttle() && self.width.may_narrow() {
            // Those that were under way together were too many together: one answer to all of them.
            return if throttle_epoch == self.width.throttle_epoch() { self.narrow(error) } else { Ok(()) };
        }
        let is_start_refused = !is_plain && (is_refusal(&error) || matches!(error, Error::Listing(_)));
        Err(if is_start_refused { Stopped::Unplannable } else { Stopped::Failed(error) })
    }

    /// What goes on behind a page. The token that MinIO gives with a start that is no key leaves one key out
    /// (minio#21463): the page's last key but one serves there, and proves itself, as the last one has to follow it.
    fn following(
        &self,
        operation: &ListObjectsV2,
        page: &Page,
        is_invented: bool,
    ) -> Result<Option<ListObjectsV2>, Error> {
        let before = page.keys().rev().nth(1).or(page.keys().next());
        match before.filter(|_| is_invented && page.is_truncated) {
            Some(before) => Ok(Some(self.operation.clone().start_after(before))),
            None => operation.next(page),
        }
    }

    fn page(&mut self, waiting: Waiting) -> Result<(), Stopped> {
        if self.width.page_came() {
            self.planner.set_width(self.width.now());
        }
        self.plan(waiting)
    }

    fn plan(&mut self, waiting: Waiting) -> Result<(), Stopped> {
        let Waiting { page, chain: id, is_plain, next, .. } = &waiting;
        let id = *id;
        let prefix = self.operation.extent().prefix;
        let mut ends = page.keys().next().into_iter().chain(page.keys().next_back());
        if !ends.all(|key| key.starts_with(prefix)) {
            return Err(Stopped::Unplannable);
        }
        match (page.keys().next_back(), next) {
            (Some(last), Some(next)) => {
                let is_overlapping = !next.has_token() && page.keys().len() > 1;
                let (last, next) = (last.to_owned(), next.clone());
                let going_on = GoingOn { last, next, is_plain: *is_plain, is_overlapping };
                self.going_on.insert(id, going_on);
            }
            _ => {
                self.going_on.remove(&id);
            }
        }
        self.planner.arrived(id, waiting).map_err(|_| Stopped::Unplannable)
    }

    /// The service asks for fewer requests: half as many from now on, after a pause.
    fn narrow(&mut self, error: Error) -> Result<(), Stopped> {
        let pause = self.width.narrow(self.client.caller.seed());
        self.planner.set_width(self.width.now());
        let Some(pause) = pause else { return Err(Stopped::Failed(error)) };
        let caller = self.client.caller.clone();
        self.pause = Some(Exclusive::new(Box::pin(async move { caller.clock().sleep(pause).await })));
        Ok(())
    }
}
