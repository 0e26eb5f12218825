use std::time::Duration;

use tokio::task::JoinSet;

use super::{
    Client,
    sequence::{Sequence, lost},
};
use crate::{
    Error,
    s3::{
        ListObjectsV2, Page, Paged,
        partition::{DEFAULT_WIDTH, Planner, Unplannable},
    },
};

/// A server that answers faster than this is close: one request after the other keeps up with whoever reads.
const CLOSE: Duration = Duration::from_millis(15);
/// So many answers without a complaint widen by one.
const CLEAN: u32 = 16;
/// The first pause after throttling; it doubles with each that follows.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// So many times in a row without a page: the service means it.
const GIVE_UP: u32 = 12;

/// How many requests of a listing may be under way at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Concurrency {
    /// [`DEFAULT_WIDTH`], if the bucket has more than one page and its server is not so close that it does
    /// not matter.
    #[default]
    Auto,
    /// This many, from 1 (one after the other) to [`MAX_WIDTH`](crate::s3::partition::MAX_WIDTH).
    Requests(usize),
}

/// Walks the pages of a listing with many requests at once.
///
/// Ranges of keys are found by guessing (see [`partition`](crate::s3::partition)): that costs usually a tenth
/// more requests than one after the other, never more than half and three times their number at once, and S3
/// bills them. Throttling halves the number of requests at once, success widens it again. Dropping this ends
/// all that is under way.
///
/// ```no_run
/// # async fn run(client: sts3::Client) -> Result<(), sts3::Error> {
/// use sts3::Concurrency;
///
/// let mut pages = client.list_objects_v2("logs").prefix("2026/").parallel(Concurrency::Auto);
/// let mut bytes = 0;
/// while let Some(page) = pages.next().await? {
///     bytes += page.objects().map(|object| object.size).sum::<u64>();
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ParallelPages {
    client: Client,
    operation: ListObjectsV2,
    mode: Mode,
    is_ordered: bool,
    stop_at: Option<String>,
    window: Option<usize>,
    /// How many entries are still wanted.
    wanted: Option<u64>,
    requests: u64,
    handed_out: u64,
    /// The last key that was handed out.
    done: Option<String>,
    /// Up to here everything was handed out before the change to one request after the other.
    skip: Option<String>,
}

#[derive(Debug)]
enum Mode {
    /// The first page tells whether there is more to it.
    Start(Concurrency),
    Sequence(Sequence),
    Parallel(Box<Parallel>),
}

impl ParallelPages {
    pub(super) fn new(client: Client, operation: ListObjectsV2, concurrency: Concurrency) -> Self {
        let mode = match concurrency {
            Concurrency::Requests(0 | 1) => Mode::Sequence(Sequence::new(operation.clone())),
            _ if !operation.is_ordered() => Mode::Sequence(Sequence::new(operation.clone())),
            concurrency => Mode::Start(concurrency),
        };
        Self {
            client,
            operation,
            mode,
            is_ordered: true,
            stop_at: None,
            window: None,
            wanted: None,
            requests: 0,
            handed_out: 0,
            done: None,
            skip: None,
        }
    }

    /// Stop behind this key. Keys are compared by their bytes.
    #[must_use]
    pub fn stop_at(mut self, key: impl Into<String>) -> Self {
        self.stop_at = Some(key.into());
        self
    }

    /// Hand pages out as they arrive instead of in the order of their keys. Less waits in memory.
    #[must_use]
    pub fn unordered(mut self) -> Self {
        self.is_ordered = false;
        self
    }

    /// No more than so many objects and common prefixes are wanted: with one request after the other, no page
    /// is asked for ahead that would only hold others. Pages are handed out whole.
    #[must_use]
    pub fn limit(mut self, entries: u64) -> Self {
        self.wanted = Some(entries);
        self
    }

    /// At most so many pages wait for their turn.
    #[must_use]
    pub fn window(mut self, pages: usize) -> Self {
        self.window = Some(pages);
        self
    }

    /// How many requests have been sent.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// How many ranges of the bucket are being listed.
    pub fn active_ranges(&self) -> usize {
        match &self.mode {
            Mode::Parallel(parallel) => parallel.planner.active_ranges(),
            Mode::Start(_) | Mode::Sequence(_) => 1,
        }
    }

    /// The next page, without objects behind the end; `None` after the last.
    ///
    /// # Errors
    /// See [`Error`]. After one, the same page can be asked for again.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        loop {
            let page = match &mut self.mode {
                Mode::Start(concurrency) => {
                    let concurrency = *concurrency;
                    Some(self.start(concurrency).await?)
                }
                Mode::Sequence(sequence) => {
                    sequence.next(&self.client, &mut self.requests, self.wanted).await?
                }
                Mode::Parallel(parallel) => match parallel.next(&mut self.requests, self.is_ordered).await {
                    Ok(page) => page,
                    Err(Stopped::Failed(error)) => return Err(error),
                    Err(Stopped::Unplannable(reason)) => {
                        let behind_first = parallel.behind_first.clone();
                        self.mode = Mode::Sequence(Sequence::new(behind_first));
                        // Of what came out of order nobody knows what is missing from it.
                        if self.handed_out > 1 && (reason == Unplannable::Unsorted || !self.is_ordered) {
                            let problem =
                                "its keys are not in the order of their bytes: list one request at a time";
                            return Err(Error::parse("ListBucketResult", problem));
                        }
                        self.skip = self.done.take();
                        continue;
                    }
                },
            };
            let page = page.map(|page| self.within(page));
            if let Some(last) = page.as_ref().and_then(|page| page.keys().next_back()) {
                self.done = Some(last.to_owned());
            }
            if let (Some(page), Some(wanted)) = (&page, &mut self.wanted) {
                *wanted = wanted.saturating_sub(page.entries());
            }
            self.handed_out += u64::from(page.is_some());
            return Ok(page);
        }
    }

    /// A page without what was handed out already (after a change to one request after the other) and without
    /// what lies behind the end.
    fn within(&mut self, mut page: Page) -> Page {
        if let Mode::Sequence(sequence) = &mut self.mode {
            if let Some(done) = &self.skip {
                page.skip_to(done);
            }
            if let Some(end) = &self.stop_at
                && page.keys().next_back().is_some_and(|last| last > end.as_str())
            {
                let count = page.keys().filter(|key| *key <= end.as_str()).count();
                page.truncate(count);
                sequence.end();
            }
        }
        page
    }

    async fn start(&mut self, concurrency: Concurrency) -> Result<Page, Error> {
        let began = self.client.caller.clock().monotonic();
        let page = self.client.send(&self.operation).await?;
        self.requests += 1;
        let took = self.client.caller.clock().monotonic().duration_since(began);
        let next = self.operation.next(&page)?;
        let is_close = concurrency == Concurrency::Auto && took < CLOSE;
        self.mode = match next {
            Some(next) if !is_close => {
                let width = match concurrency {
                    Concurrency::Auto => DEFAULT_WIDTH,
                    Concurrency::Requests(width) => width,
                };
                let (prefix, start_after, page_size) = self.operation.extent();
                let mut planner = Planner::new(prefix, width).start_after(start_after).page_size(page_size);
                if let Some(end) = &self.stop_at {
                    planner = planner.stop_at(end);
                }
                match (self.window, self.is_ordered) {
                    (Some(pages), _) => planner = planner.window(pages),
                    (None, false) => planner = planner.window(usize::MAX),
                    (None, true) => {}
                }
                let parallel = Parallel::new(&self.client, &self.operation, next, planner, width);
                return self.first_of(parallel, page);
            }
            next => Mode::Sequence(Sequence::continuing(next)),
        };
        Ok(page)
    }

    /// Hand the first page, which is there already, to the plan.
    fn first_of(&mut self, mut parallel: Parallel, page: Page) -> Result<Page, Error> {
        let Some(request) = parallel.planner.next_request() else { return Ok(page) };
        match parallel.planner.arrived(request.id, page.clone()) {
            Ok(()) => {
                let (mut page, count) = parallel.planner.pop().unwrap_or((page, 0));
                page.truncate(count);
                self.mode = Mode::Parallel(Box::new(parallel));
                Ok(page)
            }
            Err(_) => {
                self.mode = Mode::Sequence(Sequence::new(parallel.behind_first));
                Ok(page)
            }
        }
    }
}

enum Stopped {
    Failed(Error),
    Unplannable(Unplannable),
}

/// What came of a request.
struct Answer {
    id: u64,
    /// How often requests had been narrowed when it was sent.
    era: u32,
    page: Result<Page, Error>,
}

/// Many requests at once, as a [`Planner`] wants them.
#[derive(Debug)]
struct Parallel {
    client: Client,
    operation: ListObjectsV2,
    /// What follows the first page, for the case that nothing comes of the plan.
    behind_first: ListObjectsV2,
    planner: Planner<Page>,
    tasks: JoinSet<Answer>,
    most: usize,
    width: usize,
    clean: u32,
    /// How often requests have been narrowed.
    era: u32,
    /// The same since the last page that came.
    throttled: u32,
}

impl Parallel {
    fn new(
        client: &Client,
        operation: &ListObjectsV2,
        behind_first: ListObjectsV2,
        planner: Planner<Page>,
        width: usize,
    ) -> Self {
        let caller = client.caller.with_policy(crate::RetryPolicy::without_throttling_retries);
        Self {
            client: Client { caller, credentials: client.credentials.clone() },
            operation: operation.clone(),
            behind_first,
            planner,
            tasks: JoinSet::new(),
            most: width,
            width,
            clean: 0,
            era: 0,
            throttled: 0,
        }
    }

    async fn next(&mut self, requests: &mut u64, is_ordered: bool) -> Result<Option<Page>, Stopped> {
        loop {
            let waiting = if is_ordered { self.planner.pop() } else { self.planner.pop_any() };
            match waiting {
                Some((_, 0)) => continue,
                Some((mut page, count)) => {
                    self.ask(requests);
                    page.truncate(count);
                    return Ok(Some(page));
                }
                None => {}
            }
            if self.planner.is_done() {
                return Ok(None);
            }
            self.ask(requests);
            let Some(ended) = self.tasks.join_next().await else { return Ok(None) };
            let Answer { id, era, page } = ended.map_err(|error| Stopped::Failed(lost(error)))?;
            match page {
                Ok(page) => self.take(id, page)?,
                Err(error) if error.is_throttle() && self.most > 1 => {
                    self.planner.failed(id);
                    // Those that were under way together were too many together: one answer to all of them.
                    if era == self.era {
                        self.narrow().await.map_err(|()| Stopped::Failed(error))?;
                    }
                }
                Err(error) => {
                    self.planner.failed(id);
                    return Err(Stopped::Failed(error));
                }
            }
        }
    }

    /// Send as many requests as may be under way.
    fn ask(&mut self, requests: &mut u64) {
        while let Some(request) = self.planner.next_request() {
            *requests += 1;
            let mut operation = self.operation.clone();
            if !request.start_after.is_empty() {
                operation = operation.start_after(request.start_after);
            }
            let (client, era) = (self.client.clone(), self.era);
            self.tasks.spawn(async move {
                let page = client.send(&operation).await.map(|mut page| {
                    page.compact();
                    page
                });
                Answer { id: request.id, era, page }
            });
        }
    }

    fn take(&mut self, id: u64, page: Page) -> Result<(), Stopped> {
        self.throttled = 0;
        self.clean += 1;
        if self.clean >= CLEAN && self.width < self.most {
            (self.clean, self.width) = (0, self.width + 1);
            self.planner.set_width(self.width);
        }
        self.planner.arrived(id, page).map_err(Stopped::Unplannable)
    }

    /// The service asks for fewer requests: half as many from now on, after a pause. It gives up after
    /// [`GIVE_UP`] of them.
    async fn narrow(&mut self) -> Result<(), ()> {
        self.clean = 0;
        self.era += 1;
        self.width = (self.width / 2).max(1);
        self.planner.set_width(self.width);
        self.throttled += 1;
        if self.throttled > GIVE_UP {
            return Err(());
        }
        let doubled = PAUSE.saturating_mul(2_u32.saturating_pow(self.throttled.min(8) - 1));
        let jitter = 0.5 + (self.client.caller.seed() % 1024) as f64 / 2048.0;
        self.client.caller.clock().sleep(doubled.min(LONGEST_PAUSE).mul_f64(jitter)).await;
        Ok(())
    }
}
