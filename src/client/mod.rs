//! The async client: operations in, typed output out.
//!
//! `send` sends one operation, `builder` has the settings of a [`Client`], which `build` checks and puts together, `settings` takes what the environment says (`named` keeps where it says it),
//! `listing` is the fluent form of ListObjectsV2, `stream` hands listings out as streams. `sequence` walks pages and checks each (`pages` is its public face),
//! `planned` sends many requests at once and proves that nothing is missing, `parallel` decides between both and goes
//! on with what is `resumed` where answers do not fit, `survey` finds parts for many workers; `in_flight` is what they
//! send, `width` how much of it at once.

mod build;
mod builder;
mod in_flight;
mod listing;
mod named;
mod pages;
mod parallel;
mod planned;
mod presign;
mod resumed;
mod send;
mod sequence;
mod settings;
mod stream;
mod survey;
mod width;

pub use builder::ClientBuilder;
pub use listing::ListObjectsV2Call;
pub use pages::Pages;
pub use parallel::ParallelPages;
pub use send::Client;
pub use stream::Keys;
pub use survey::Parts;
pub use width::Concurrency;
