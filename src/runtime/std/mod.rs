//! The set of effects over threads, without an async runtime: `http_client` sends, `clock` sleeps, `processes` runs
//! programs, and `block_on` drives futures on the thread that wants their results.
//!
//! What blocks is done by the threads of [`workers`](super::workers); the futures of these effects only wait for them,
//! so that any executor drives them, and many requests are under way at once.

mod block_on;
mod clock;
mod http_client;
mod processes;

pub use self::{
    block_on::block_on,
    clock::SystemClock,
    http_client::{HttpClient, HttpClientBuilder},
    processes::SystemProcesses,
};
