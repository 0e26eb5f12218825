//! Requests of a listing that are under way: futures that somebody polls, and no tasks. Dropping one ends it.

use std::{
    any::Any,
    fmt,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use super::Client;
use crate::{
    Error, TransportError, TransportErrorKind,
    runtime::{BoxFuture, MaybeSend},
    s3::{ListObjectsV2, Page, Paged},
};

/// How many requests were sent.
pub(super) type Counter = Arc<AtomicU64>;

/// The answer to a request, some time.
pub(super) type InFlight<T> = BoxFuture<'static, T>;

/// What only its owner uses, so that it may be shared (`Sync`) although it is not made for that.
pub(super) struct Exclusive<T>(Mutex<T>);

impl<T> Exclusive<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(super) fn get(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exclusive")
    }
}

/// One page. It is counted when it is sent, not when it is made.
pub(super) fn page<O: Paged>(
    client: &Client,
    operation: O,
    requests: &Counter,
) -> InFlight<Result<O::Output, Error>> {
    let (client, requests) = (client.clone(), requests.clone());
    caught(async move {
        requests.fetch_add(1, Ordering::Relaxed);
        client.send(&operation).await
    })
}

/// Pages without keys that are followed by their tokens while other requests are under way. Where there are more of
/// them, one request after the other is enough.
const MAX_FOLLOWED: u32 = 8;

/// One page with keys, and the operation that it answers: pages that only say that there are more are followed
/// by their tokens, up to [`MAX_FOLLOWED`] of them.
pub(super) fn next_page_with_keys(
    client: &Client,
    mut operation: ListObjectsV2,
    requests: &Counter,
) -> InFlight<Result<(ListObjectsV2, Page), Error>> {
    let (client, requests) = (client.clone(), requests.clone());
    caught(async move {
        let mut followed = 0;
        loop {
            requests.fetch_add(1, Ordering::Relaxed);
            let mut page = client.send(&operation).await?;
            if page.keys().len() > 0 || !page.is_truncated || followed == MAX_FOLLOWED {
                page.compact();
                return Ok((operation, page));
            }
            match operation.next(&page)? {
                Some(next) => (operation, followed) = (next, followed + 1),
                None => return Ok((operation, page)),
            }
        }
    })
}

/// A transport or provider of somebody else may panic: then its request has failed, and nothing else.
fn caught<T: 'static>(
    future: impl Future<Output = Result<T, Error>> + MaybeSend + 'static,
) -> InFlight<Result<T, Error>> {
    let mut future = Box::pin(future);
    Box::pin(poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))).unwrap_or_else(|panic| {
            let problem = format!("the transport panicked: {}", message(&*panic));
            Poll::Ready(Err(
                TransportError::new(TransportErrorKind::Interrupted, "the service", problem).into()
            ))
        })
    }))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
