//! A listing in a task of its own: the network goes on while a page is written.

use sts3::{Error, ParallelPages, s3::Page};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::failure::Failure;

/// Pages that may wait for whoever writes.
const WAITING: usize = 8;

/// How far a listing is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct State {
    pub(crate) requests: u64,
    pub(crate) ranges: usize,
    /// Names that the server sent although they do not have the prefix.
    pub(crate) outside_prefix: u64,
}

enum Message {
    Page(Box<Page>, State),
    Failed(Error),
    Done(State),
}

/// Pages of a listing, as they come from its task. Dropping this ends the task.
pub(crate) struct ListingTask {
    messages: mpsc::Receiver<Message>,
    task: JoinHandle<()>,
    pub(crate) state: State,
}

impl ListingTask {
    /// List, up to the page that holds the last of `limit` entries.
    pub(crate) fn start(pages: ParallelPages, limit: Option<u64>) -> Self {
        let (sender, messages) = mpsc::channel(WAITING);
        Self { messages, task: tokio::spawn(drive(pages, limit, sender)), state: State::default() }
    }

    /// The next page; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>, Failure> {
        match self.messages.recv().await {
            Some(Message::Page(page, state)) => {
                self.state = state;
                Ok(Some(*page))
            }
            Some(Message::Done(state)) => {
                self.state = state;
                Ok(None)
            }
            Some(Message::Failed(error)) => Err(Failure::Call(error)),
            // Only the message says that a listing is complete.
            None => Err(Failure::System("the listing broke off".into())),
        }
    }
}

impl Drop for ListingTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn drive(mut pages: ParallelPages, limit: Option<u64>, sender: mpsc::Sender<Message>) {
    let mut left = limit.unwrap_or(u64::MAX);
    loop {
        let next = if left == 0 { Ok(None) } else { pages.next().await };
        let state = State {
            requests: pages.requests(),
            ranges: pages.active_ranges(),
            outside_prefix: pages.outside_prefix(),
        };
        let (message, is_last) = match next {
            Ok(Some(page)) => {
                left = left.saturating_sub((page.keys().len() + page.common_prefixes().len()) as u64);
                (Message::Page(Box::new(page), state), false)
            }
            Ok(None) => (Message::Done(state), true),
            Err(error) => (Message::Failed(error), true),
        };
        // Whoever writes may take long: what is under way is received meanwhile, so that no request times out.
        let place = tokio::select! {
            biased;
            place = sender.reserve() => place,
            () = async { pages.receive().await; std::future::pending().await } => return,
        };
        let Ok(place) = place else { return };
        place.send(message);
        if is_last {
            return;
        }
    }
}

/// Say that names were left out because the server does not heed the prefix.
pub(crate) fn warn_of_ignored_prefix(outside_prefix: u64) {
    if outside_prefix > 0 {
        crate::stderr::say(format_args!(
            "sts3: warning: the server ignores the prefix: {outside_prefix} names without it were left out"
        ));
    }
}
