use std::{fmt, sync::atomic::Ordering, time::Duration};

use super::{
    Client,
    in_flight::Counter,
    planned::{Plan, Planned, Stopped},
    resumed::Resumed,
    sequence::{Sequence, contradiction, is_refusal, located},
    width::Concurrency,
};
use crate::{
    Error, InvalidInput,
    call::MonotonicTime,
    s3::{
        ListObjectsV2, Page, Paged,
        coverage::{Doubt, Reason},
        partition::{DEFAULT_WIDTH, MAX_WIDTH},
    },
};

/// A server that answers faster than this is close: one request after the other keeps up with whoever reads.
const CLOSE: Duration = Duration::from_millis(15);
/// Whether keys are sorted does not show in fewer of them: by chance they are once in a million million times.
const TELLING: usize = 16;

const MORE: usize = MAX_WIDTH + 1;

/// Walks the pages of a listing with many requests at once.
///
/// Ranges of keys are found by guessing (see [`partition`](crate::s3::partition)): that costs usually a tenth
/// more requests than one after the other, never more than half and three times their number at once, and S3
/// bills them. Throttling halves the number of requests at once, success widens it again.
///
/// What is listed is what one request after the other lists, whatever the server makes of invented starts: the
/// last page comes only when the answers prove together that no key is missing. If they do not, the listing goes
/// on with one request after the other; if that is not possible, the error says what the server does. Pages of
/// fewer than 16 keys are too few to tell a server's order, and are asked for one after the other.
///
/// Nothing is spawned: requests go on while a future of this is polled, and dropping this ends them. A dropped
/// future of [`next`](Self::next) loses no page and repeats no request. This is a [`Stream`](crate::Stream) of pages as
/// well.
///
/// Time limits count the network's time only: whoever does something else for minutes between two pages finds no
/// time-out. To have answers taken in meanwhile, poll [`receive`](Self::receive).
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
#[must_use = "nothing is sent before `next`"]
pub struct ParallelPages {
    client: Client,
    operation: ListObjectsV2,
    concurrency: Concurrency,
    mode: Mode,
    is_ordered: bool,
    stop_at: Option<String>,
    window: Option<usize>,
    /// How many entries are still wanted.
    wanted: Option<u64>,
    requests: Counter,
    /// When the first page was asked for.
    began: Option<MonotonicTime>,
    /// The last key of the page before.
    before: Option<String>,
    outside_prefix: u64,
}

enum Mode {
    /// Nothing has been asked yet.
    New,
    /// One request after the other: until a page tells that many at once are worth trying (`may_plan`), or for
    /// good.
    Sequence {
        sequence: Box<Sequence<ListObjectsV2>>,
        may_plan: bool,
    },
    Planned(Box<Planned>),
    /// One after the other from where the answers to many did not fit; what was handed out, should that not fit
    /// either.
    Resumed(Box<Resumed>),
    /// The plain sequence has ended before this key.
    Short {
        known: String,
    },
    Done,
}

impl ParallelPages {
    pub(super) fn new(client: Client, operation: ListObjectsV2, concurrency: Concurrency) -> Self {
        Self {
            client,
            operation,
            concurrency,
            mode: Mode::New,
            is_ordered: true,
            stop_at: None,
            window: None,
            wanted: None,
            requests: Counter::default(),
            began: None,
            before: None,
            outside_prefix: 0,
        }
    }

    /// Stop behind this key. Keys are compared by their bytes.
    pub fn stop_at(mut self, key: impl Into<String>) -> Self {
        self.stop_at = Some(key.into());
        self
    }

    /// Hand pages out as they arrive instead of in the order of their keys. Less waits in memory.
    pub fn unordered(mut self) -> Self {
        self.is_ordered = false;
        self
    }

    /// End with the page that holds the last of so many objects and common prefixes. Pages are handed out whole, so that
    /// there may be some more. With one request after the other, no page is asked for ahead that would only hold others.
    pub fn limit(mut self, entries: u64) -> Self {
        self.wanted = Some(entries);
        self
    }

    /// At most so many pages wait for their turn, from 1 on.
    pub fn window(mut self, pages: usize) -> Self {
        self.window = Some(pages);
        self
    }

    /// How many requests have been sent, retries included; those for credentials are not counted.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many keys and common prefixes without the prefix that was asked for have been left out: the server
    /// ignores it.
    pub fn outside_prefix(&self) -> u64 {
        let here = match &self.mode {
            Mode::Sequence { sequence, .. } => sequence.outside_prefix(),
            Mode::Resumed(resumed) => resumed.sequence.outside_prefix(),
            Mode::New | Mode::Planned(_) | Mode::Short { .. } | Mode::Done => 0,
        };
        self.outside_prefix + here
    }

    /// How many ranges of the bucket are being listed.
    pub fn active_ranges(&self) -> usize {
        match &self.mode {
            Mode::Planned(planned) => planned.active_ranges(),
            _ => 1,
        }
    }

    /// Wait until all that is under way has arrived, without asking for more. Pages stay for
    /// [`next`](Self::next).
    ///
    /// Cancel safe: the future may be dropped at any point, and nothing is lost or repeated.
    pub async fn receive(&mut self) {
        match &mut self.mode {
            Mode::Planned(planned) => planned.receive().await,
            Mode::Sequence { sequence, .. } => sequence.receive().await,
            Mode::Resumed(resumed) => resumed.sequence.receive().await,
            Mode::New | Mode::Short { .. } | Mode::Done => {}
        }
    }

    /// The next page, without objects behind the end; `None` after the last.
    ///
    /// Cancel safe: the future may be dropped at any point. No page is lost, and no request is repeated, as those under
    /// way live in here.
    ///
    /// # Errors
    /// See [`Error`]. After one, the same page can be asked for again. [`Error::Listing`]: the server lists in a
    /// way that leaves no complete listing.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.wanted == Some(0) {
            return Ok(None);
        }
        let page = self.page().await;
        if let (Ok(Some(page)), Some(wanted)) = (&page, &mut self.wanted) {
            *wanted = wanted.saturating_sub(page.count());
        }
        page.map_err(|error| located(error, &self.client, Some(&self.operation)))
    }

    async fn page(&mut self) -> Result<Option<Page>, Error> {
        loop {
            match &mut self.mode {
                Mode::New => self.begin()?,
                Mode::Done => return Ok(None),
                Mode::Short { known } => return contradiction(known).map(|()| None),
                Mode::Sequence { sequence, may_plan } => {
                    let Some(page) = sequence.next(self.wanted).await? else { return Ok(None) };
                    let page = if *may_plan { self.planned(page) } else { Some(page) };
                    if page.is_some() {
                        return Ok(page);
                    }
                }
                Mode::Planned(planned) => match planned.next().await {
                    Ok(page) => return Ok(page),
                    Err(Stopped::Failed(error)) => return Err(error),
                    Err(Stopped::Unplannable) => self.go_on_plainly(None),
                    Err(Stopped::Doubt(doubt)) if doubt.is_plain || doubt.reason == Reason::NotJoined => {
                        self.go_on_plainly(Some(doubt.known));
                    }
                    Err(Stopped::Doubt(doubt)) => self.resume(*doubt),
                },
                Mode::Resumed(resumed) => match resumed.next(self.wanted).await {
                    Err(error) if matches!(error, Error::Listing(_)) || is_refusal(&error) => {
                        let known = resumed.known.clone();
                        self.go_on_plainly(Some(known));
                    }
                    result => return result,
                },
            }
        }
    }

    fn begin(&mut self) -> Result<(), Error> {
        if let Concurrency::Requests(width @ 0) | Concurrency::Requests(width @ MORE..) = self.concurrency {
            let problem = format!("is {width}: from 1 to {MAX_WIDTH} requests may be under way at once");
            return Err(InvalidInput::new("concurrency", problem).into());
        }
        if self.window == Some(0) {
            return Err(InvalidInput::new("window", "is 0: one page at least waits for its turn").into());
        }
        self.began = Some(self.client.caller.clock().monotonic());
        let is_one = matches!(self.concurrency, Concurrency::Requests(1));
        let may_plan = !is_one && self.operation.is_ordered();
        let sequence = Sequence::new(self.client.clone(), self.operation.clone(), self.requests.clone());
        self.sequence(if may_plan { sequence } else { sequence.ahead() }, may_plan);
        Ok(())
    }

    fn sequence(&mut self, sequence: Sequence<ListObjectsV2>, may_plan: bool) {
        let sequence = sequence.stop_at(self.stop_at.clone(), self.operation.is_sorted());
        self.mode = Mode::Sequence { sequence: Box::new(sequence), may_plan };
    }

    /// Many requests at once from this page on, if they are worth trying; if not, the page.
    fn planned(&mut self, page: Page) -> Option<Page> {
        let mode = std::mem::replace(&mut self.mode, Mode::Done);
        let Mode::Sequence { mut sequence, .. } = mode else { return Some(page) };
        let took =
            self.began.take().map(|began| self.client.caller.clock().monotonic().duration_since(began));
        let is_close = self.concurrency == Concurrency::Auto && took.is_some_and(|took| took < CLOSE);
        let next = sequence.steady().filter(|_| !is_close).cloned();
        let before = std::mem::replace(&mut self.before, page.keys().next_back().map(str::to_owned));
        let page = match next {
            None => {
                sequence = Box::new(sequence.ahead());
                self.mode = Mode::Sequence { sequence, may_plan: false };
                return Some(page);
            }
            Some(next) if page.keys().len() >= TELLING => {
                let width = match self.concurrency {
                    Concurrency::Auto => DEFAULT_WIDTH,
                    Concurrency::Requests(width) => width,
                };
                let plan = Plan {
                    width,
                    window: self.window,
                    stop_at: self.stop_at.clone(),
                    is_ordered: self.is_ordered,
                };
                let operation = match before {
                    Some(before) => self.operation.clone().start_after(before),
                    None => self.operation.clone(),
                };
                match Planned::new(&self.client, &operation, &self.requests, plan, page, next) {
                    Ok(planned) => {
                        self.mode = Mode::Planned(Box::new(planned));
                        return None;
                    }
                    Err(page) => *page,
                }
            }
            Some(_) => page,
        };
        self.mode = Mode::Sequence { sequence, may_plan: true };
        Some(page)
    }

    /// One request after the other from where the plain sequence was left, up to a key that is known.
    fn go_on_plainly(&mut self, known: Option<String>) {
        let mut handed = match std::mem::replace(&mut self.mode, Mode::Done) {
            Mode::Planned(planned) => planned.into_handed(),
            Mode::Resumed(resumed) => {
                self.outside_prefix += resumed.sequence.outside_prefix();
                resumed.handed
            }
            mode => {
                self.mode = mode;
                return;
            }
        };
        if self.is_ordered {
            handed.others.close_gaps();
        }
        let last = handed.plain_ends.as_ref().map(|(_, last)| last.clone());
        // Without a page that follows, the plain sequence was handed out to its end.
        if let Some(sequence) = Sequence::plain(self.client.clone(), handed, self.requests.clone()) {
            let sequence = sequence.ahead().not_before(known);
            self.sequence(sequence.behind(self.operation.extent().start_after), false);
        } else if let Some(known) = known.filter(|known| last.is_none_or(|last| last < *known)) {
            self.mode = Mode::Short { known };
        }
    }

    /// One request after the other from where the answers to many do not fit each other.
    fn resume(&mut self, mut doubt: Doubt<ListObjectsV2>) {
        let Mode::Planned(planned) = std::mem::replace(&mut self.mode, Mode::Done) else { return };
        let handed = planned.into_handed();
        // Without a token, it would list the last key again.
        doubt.next = doubt.next.filter(ListObjectsV2::has_token);
        let (last, known) = (doubt.behind.clone(), doubt.known.clone());
        let behind = self.operation.clone().behind(Some(&last));
        let skip = handed.others.clone();
        let sequence = Sequence::resumed(self.client.clone(), doubt, behind, skip, self.requests.clone());
        let sequence = sequence.ahead().stop_at(self.stop_at.clone(), true);
        self.mode = Mode::Resumed(Box::new(Resumed { sequence, handed, last, known }));
    }
}

impl fmt::Debug for ParallelPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParallelPages")
            .field("operation", &self.operation)
            .field("concurrency", &self.concurrency)
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}
