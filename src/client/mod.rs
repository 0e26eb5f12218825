//! The async client: operations in, typed output out.
//!
//! `client` sends one operation, `builder` puts a [`Client`] together, `settings` takes what the environment says, `listing` is the fluent form of
//! ListObjectsV2. `sequence` walks pages and checks each (`pages` is its public face), `planned` sends many requests
//! at once and proves that nothing is missing, `parallel` decides between both, `survey` finds parts for many workers;
//! `in_flight` is what they send, `width` how
//! much of it at once.

mod builder;
mod client;
mod in_flight;
mod listing;
mod pages;
mod parallel;
mod planned;
mod sequence;
mod settings;
mod survey;
mod width;

pub use builder::ClientBuilder;
pub use client::Client;
pub use listing::ListObjectsV2Call;
pub use pages::Pages;
pub use parallel::{Concurrency, ParallelPages};
pub use survey::Parts;
