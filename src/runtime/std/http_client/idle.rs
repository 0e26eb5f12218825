//! Connections that wait for their next exchange.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::wire::Wire;
use crate::{runtime::workers, s3::partition::MAX_WIDTH};

/// S3 closes idle connections after some seconds: let go of them first.
const LONGEST: Duration = Duration::from_secs(15);

/// At most as many as a listing may have requests under way, in all.
const MOST: usize = MAX_WIDTH;

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) is_secure: bool,
    /// Host and port.
    pub(super) authority: String,
    /// The proxy in between.
    pub(super) proxy: Option<String>,
}

/// Connections that are kept. While there are some a thread waits to close those that no request uses: a program that
/// sends nothing for an hour keeps no sockets.
pub(super) struct Idle {
    shared: Arc<Shared>,
    longest: Duration,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    is_over: Condvar,
}

#[derive(Default)]
struct State {
    /// Those that were used last are last.
    kept: Vec<(Place, Instant, Wire)>,
    is_watched: bool,
    is_over: bool,
}

impl Default for Idle {
    fn default() -> Self {
        Self { shared: Arc::default(), longest: LONGEST }
    }
}

impl Idle {
    /// The one that was used last, if its other end is still there.
    pub(super) fn take(&self, place: &Place) -> Option<Wire> {
        loop {
            let wire = {
                let mut state = self.shared.state();
                state.let_go(self.longest);
                let at = state.kept.iter().rposition(|(known, ..)| known == place)?;
                state.kept.remove(at).2
            };
            if wire.is_quiet() {
                return Some(wire);
            }
        }
    }

    pub(super) fn keep(&self, place: Place, mut wire: Wire) {
        if !wire.is_quiet() {
            return;
        }
        wire.forget();
        let mut state = self.shared.state();
        state.let_go(self.longest);
        if state.kept.len() >= MOST {
            state.kept.remove(0);
        }
        state.kept.push((place, Instant::now(), wire));
        let was_watched = std::mem::replace(&mut state.is_watched, true);
        drop(state);
        if !was_watched {
            let (shared, longest) = (self.shared.clone(), self.longest);
            if workers::start(move || shared.watch(longest)).is_err() {
                self.shared.state().is_watched = false;
            }
        }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_over = true;
        let kept = std::mem::take(&mut state.kept);
        drop(state);
        self.shared.is_over.notify_all();
        drop(kept);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Close what has waited too long, until none is left.
    fn watch(&self, longest: Duration) {
        let mut state = self.state();
        loop {
            state.let_go(longest);
            let first = state.kept.first().map(|(_, since, _)| longest.saturating_sub(since.elapsed()));
            let Some(pause) = first.filter(|_| !state.is_over) else { break };
            state = self.is_over.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_watched = false;
    }
}

impl State {
    fn let_go(&mut self, longest: Duration) {
        self.kept.retain(|(_, since, _)| since.elapsed() < longest);
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idle")
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        net::{TcpListener, TcpStream},
    };

    use super::{super::wire::Socket, *};

    fn place() -> Place {
        Place { is_secure: false, authority: "server".into(), proxy: None }
    }

    /// A connection that is kept, and its other end.
    fn kept(idle: &Idle) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        idle.keep(place(), Wire::new(Socket::new(stream)));
        listener.accept().unwrap().0
    }

    #[test]
    fn a_connection_that_nobody_takes_is_closed_though_nothing_is_sent() {
        let idle = Idle { shared: Arc::default(), longest: Duration::from_millis(50) };
        // One after the other: the thread that closes them starts again.
        for _ in 0..2 {
            assert_eq!(kept(&idle).read(&mut [0]).unwrap(), 0);
            assert!(idle.take(&place()).is_none());
        }
    }

    #[test]
    fn the_end_of_a_client_closes_what_it_kept() {
        let idle = Idle::default();
        let mut other_end = kept(&idle);
        drop(idle);
        assert_eq!(other_end.read(&mut [0]).unwrap(), 0);
    }
}
