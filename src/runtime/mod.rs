//! What touches the world, as small traits, and what drives a [`Call`](crate::Call) over them: the only place where
//! the library waits.
//!
//! [`Transport`] sends one request, [`Clock`] tells the time and sleeps, [`Random`] gives unpredictable bytes,
//! [`Caller`] makes whole calls with them and remembers what answers teach (`learned`), [`Observer`] is told of each
//! step. `tokio` is the set that ships: reqwest and tokio's timer.
//!
//! Every future here may be dropped: nothing goes on in the background, and nothing is left half done on our side.

mod caller;
mod clock;
mod learned;
mod observer;
mod random;
#[cfg(test)]
pub(crate) mod testing;
mod tokio;
mod trace;
mod transport;

pub use self::{
    caller::Caller,
    clock::Clock,
    observer::{Event, Observer},
    random::{Random, SystemRandom},
    tokio::{HttpClient, HttpClientBuilder, MAX_BODY, SystemClock},
    transport::{BoxFuture, Limits, Transport},
};
