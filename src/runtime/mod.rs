//! What touches the world, as small traits, and what drives a [`Call`](crate::Call) over them: the only place where
//! the library waits.
//!
//! [`Transport`] sends one request, [`Clock`] tells the time and sleeps, [`Random`] gives unpredictable bytes,
//! [`Files`] are read and replaced, [`Processes`] run programs, [`Terminal`] asks a person,
//! [`Caller`] makes whole calls with them (`calls`) and remembers what answers teach (`learned`), [`Observer`] is told of each
//! step; `locking` waits for a lock of files, `patience` keeps time limits from counting a reader's pauses. Two sets ship: `tokio` (reqwest and tokio's timer) and `std` (threads, for programs without async). Both read
//! `proxies` with `no_proxy`, configure `tls` the same way, and ask by a [`BlockingTerminal`]; `workers` are the threads.
//!
//! Every future here may be dropped: nothing goes on in the background, and nothing is left half done on our side.

#[cfg(any(feature = "tokio", feature = "blocking"))]
mod blocking_terminal;
mod caller;
pub(crate) mod calls;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod causes;
mod clock;
#[cfg_attr(not(feature = "client"), allow(dead_code, reason = "for the client"))]
pub(crate) mod default;
mod files;
mod learned;
mod locking;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod no_proxy;
mod observer;
pub(crate) mod patience;
mod processes;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod proxies;
mod random;
#[cfg(feature = "blocking")]
pub(crate) mod std;
mod system_files;
mod terminal;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(all(feature = "rustls-ring", any(feature = "tokio", feature = "blocking")))]
mod tls;
#[cfg(feature = "tokio")]
mod tokio;
pub(crate) mod trace;
mod transport;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod user_agent;
#[cfg(any(feature = "tokio", feature = "blocking"))]
mod workers;

#[cfg(all(test, unix, feature = "tokio"))]
pub(crate) use self::processes::has_terminal;
#[cfg(all(fuzzing, feature = "blocking"))]
#[doc(hidden)]
pub use self::std::read_answer;
#[cfg(feature = "tokio")]
pub use self::tokio::{HttpClient, HttpClientBuilder, SystemClock, SystemProcesses};
#[cfg(feature = "client")]
pub(crate) use self::transport::MaybeSend;
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub use self::{blocking_terminal::BlockingTerminal, transport::MAX_BODY};
pub use self::{
    caller::Caller,
    clock::Clock,
    files::{FileContent, FileLock, Files, PrivateFolder},
    observer::{Event, Observer},
    processes::{Finished, NoProcesses, Processes, Program, ProgramError},
    random::{Random, SystemRandom},
    system_files::SystemFiles,
    terminal::Terminal,
    transport::{BoxFuture, Limits, Transport},
};
/// The HTTP library below [`HttpClient`], for [`HttpClientBuilder::configure`].
#[cfg(feature = "tokio")]
pub use ::reqwest;
