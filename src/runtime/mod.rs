//! What touches the world, as small traits, and what drives a [`Call`](crate::Call) over them: the only place where
//! the library waits.
//!
//! [`Transport`] sends one request, [`Clock`] tells the time and sleeps, [`Random`] gives unpredictable bytes,
//! [`Processes`] run programs, [`Terminal`] asks a person,
//! [`Caller`] makes whole calls with them and remembers what answers teach (`learned`), [`Observer`] is told of each
//! step. `tokio` is the set that ships: reqwest and tokio's timer.
//!
//! Every future here may be dropped: nothing goes on in the background, and nothing is left half done on our side.

mod caller;
mod clock;
#[cfg_attr(not(feature = "client"), allow(dead_code, reason = "for the client"))]
pub(crate) mod default;
mod learned;
mod observer;
mod processes;
mod random;
mod terminal;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(feature = "tokio")]
mod tokio;
mod trace;
mod transport;

#[cfg(all(test, unix, feature = "tokio"))]
pub(crate) use self::tokio::has_terminal;
#[cfg(feature = "tokio")]
pub use self::tokio::{
    BlockingTerminal, HttpClient, HttpClientBuilder, MAX_BODY, SystemClock, SystemProcesses,
};
pub use self::{
    caller::Caller,
    clock::Clock,
    observer::{Event, Observer},
    processes::{Finished, NoProcesses, Processes, Program, ProgramError},
    random::{Random, SystemRandom},
    terminal::Terminal,
    transport::{BoxFuture, Limits, Transport},
};
