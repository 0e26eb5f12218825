//! The client without async: the same operations, providers and listings, for programs that have no async runtime.
//!
//! `client` sends one operation, `builder` puts a [`Client`] together, `listing` walks pages and keys as iterators.
//! None of them decides anything: they drive the futures of the one client, [`crate::Client`], on the caller's thread,
//! over a runtime of threads ([`HttpClient`], [`SystemClock`], [`SystemProcesses`]). Requests are made by threads that
//! the library owns, one for each that is under way, so that a listing has many of them at once; a thread that has had
//! nothing to do for three seconds ends.
//!
//! ```no_run
//! use sts3::{blocking::Client, providers::{AssumeRoleProvider, ChainProvider, Environment}};
//!
//! # fn main() -> Result<(), sts3::Error> {
//! let role = AssumeRoleProvider::new("arn:aws:iam::123456789012:role/reader", "nightly")
//!     .source(ChainProvider::new(Environment::from_process()));
//! let s3 = Client::from_environment()?.credentials(role).build()?;
//! for key in s3.list_objects_v2("logs").prefix("2026/").keys() {
//!     println!("{}", key?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Inside an async runtime
//! Every method here blocks its thread until it is done. Nothing deadlocks for that alone: no method waits for another
//! task of a runtime. But the tasks that the runtime would run on that thread wait meanwhile, and where one of them is
//! what the request waits for (a server in the same runtime with one thread), the request ends at its time limit.
//! Call it by `spawn_blocking`, or use [`crate::Client`] there.

mod builder;
mod client;
mod listing;

pub use self::{
    builder::ClientBuilder,
    client::Client,
    listing::{Keys, ListObjectsV2Call, Pages, ParallelPages},
};
pub use crate::runtime::std::{HttpClient, HttpClientBuilder, SystemClock, SystemProcesses, block_on};
