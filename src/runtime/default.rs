//! What is used where nothing else is given: tokio's set if the build has it, else the one over threads.

use std::{sync::Arc, time::Duration};

use super::{clock::Clock, processes::Processes, random::Random, transport::Transport};
use crate::Error;

/// What the transport that ships is told.
#[derive(Clone, Default)]
pub(crate) struct HttpSettings {
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    /// Certificates in PEM.
    pub(crate) ca_bundle: Option<Vec<u8>>,
    pub(crate) app_id: Option<String>,
}

/// Both clients have the same setters.
#[cfg(any(feature = "tokio", feature = "blocking"))]
macro_rules! http_client {
    ($settings:expr, $client:ty) => {{
        let settings: &HttpSettings = $settings;
        let mut http = <$client>::builder();
        if let Some(limit) = settings.connect_timeout {
            http = http.connect_timeout(limit);
        }
        if let Some(limit) = settings.read_timeout {
            http = http.read_timeout(limit);
        }
        if let Some(id) = &settings.app_id {
            http = http.app_id(id);
        }
        #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
        if let Some(pem) = &settings.ca_bundle {
            http = http.ca_bundle(pem.clone());
        }
        #[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
        if settings.ca_bundle.is_some() {
            let problem = "is for TLS, which this build has not (feature `rustls-ring` or `native-tls`)";
            return Err(crate::InvalidInput::new("CA bundle", problem).into());
        }
        http.build()
    }};
}

#[cfg(feature = "tokio")]
pub(crate) fn transport(settings: &HttpSettings) -> Result<Arc<dyn Transport>, Error> {
    Ok(Arc::new(http_client!(settings, super::tokio::HttpClient)?))
}

#[cfg(all(feature = "blocking", not(feature = "tokio")))]
pub(crate) fn transport(settings: &HttpSettings) -> Result<Arc<dyn Transport>, Error> {
    Ok(Arc::new(blocking_transport(settings)?))
}

#[cfg(not(any(feature = "tokio", feature = "blocking")))]
pub(crate) fn transport(_settings: &HttpSettings) -> Result<Arc<dyn Transport>, Error> {
    Err(missing("transport", "`ClientBuilder::transport` takes one"))
}

#[cfg(feature = "blocking")]
pub(crate) fn blocking_transport(settings: &HttpSettings) -> Result<super::std::HttpClient, Error> {
    http_client!(settings, super::std::HttpClient)
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
