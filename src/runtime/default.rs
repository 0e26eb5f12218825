//! What is used where nothing else is given: tokio's set if the build has it, else the one over threads.

use std::sync::Arc;

use super::{clock::Clock, processes::Processes, random::Random, transport::Transport};
use crate::Error;

#[cfg(feature = "tokio")]
pub(crate) fn transport() -> Result<Arc<dyn Transport>, Error> {
    Ok(Arc::new(super::tokio::HttpClient::builder().build()?))
}

#[cfg(all(feature = "blocking", not(feature = "tokio")))]
pub(crate) fn transport() -> Result<Arc<dyn Transport>, Error> {
    Ok(Arc::new(super::std::HttpClient::builder().build()?))
}

#[cfg(not(any(feature = "tokio", feature = "blocking")))]
pub(crate) fn transport() -> Result<Arc<dyn Transport>, Error> {
    Err(missing("transport", "`ClientBuilder::transport` takes one"))
}

#[cfg(feature = "tokio")]
pub(crate) fn clock() -> Result<Arc<dyn Clock>, Error> {
    Ok(Arc::new(super::tokio::SystemClock))
}

#[cfg(all(feature = "blocking", not(feature = "tokio")))]
pub(crate) fn clock() -> Result<Arc<dyn Clock>, Error> {
    Ok(Arc::new(super::std::SystemClock))
}

#[cfg(not(any(feature = "tokio", feature = "blocking")))]
pub(crate) fn clock() -> Result<Arc<dyn Clock>, Error> {
    Err(missing("clock", "`ClientBuilder::clock` takes one"))
}

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) fn random() -> Result<Arc<dyn Random>, Error> {
    Ok(Arc::new(super::random::SystemRandom))
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) fn random() -> Result<Arc<dyn Random>, Error> {
    Err(missing("random source", "`ClientBuilder::random` takes one"))
}

#[cfg(feature = "tokio")]
pub(super) fn processes() -> Arc<dyn Processes> {
    Arc::new(super::tokio::SystemProcesses)
}

#[cfg(all(feature = "blocking", not(feature = "tokio")))]
pub(super) fn processes() -> Arc<dyn Processes> {
    Arc::new(super::std::SystemProcesses)
}

#[cfg(not(any(feature = "tokio", feature = "blocking")))]
pub(super) fn processes() -> Arc<dyn Processes> {
    Arc::new(super::processes::NoProcesses)
}

#[cfg(any(
    not(any(feature = "tokio", feature = "blocking")),
    all(target_family = "wasm", target_os = "unknown")
))]
fn missing(what: &'static str, remedy: &str) -> Error {
    let problem =
        format!("is missing: this build has no runtime (feature `tokio` or `blocking`), and {remedy}");
    crate::InvalidInput::new(what, problem).into()
}
