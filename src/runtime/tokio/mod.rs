//! The set of effects over tokio and reqwest: `http_client` sends, `tls` is what of it depends on the TLS library,
//! `clock` sleeps, `processes` runs programs.

mod clock;
mod http_client;
mod processes;
mod tls;

pub use self::{
    clock::SystemClock,
    http_client::{HttpClient, HttpClientBuilder},
    processes::SystemProcesses,
};
