//! The set of effects over tokio and reqwest: `http_client` sends, `tls` is what of it depends on the TLS library,
//! `clock` sleeps, `processes` runs programs, `terminal` asks where that blocks.

mod causes;
mod clock;
mod http_client;
mod processes;
mod terminal;
mod tls;

#[cfg(all(test, unix))]
pub(crate) use self::processes::has_terminal;
pub use self::{
    clock::SystemClock,
    http_client::{HttpClient, HttpClientBuilder, MAX_BODY},
    processes::SystemProcesses,
    terminal::BlockingTerminal,
};
