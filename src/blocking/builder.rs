use std::{fmt, sync::Arc, time::Duration};

use super::client::Client;
use crate::{
    Endpoint, Error, RetryPolicy,
    endpoint::{Addressing, Service},
    providers::{Environment, Profile, Provider},
    runtime::{
        Clock, Files, Observer, Processes, Random, Transport,
        default::blocking_transport,
        std::{SystemClock, SystemProcesses},
    },
};

/// Settings of a blocking [`Client`]: those of [`crate::ClientBuilder`].
///
/// ```
/// use sts3::{Credentials, blocking::Client};
///
/// let client = Client::builder()
///     .region("us-east-1")
///     .endpoint_url("http://127.0.0.1:9000")
///     .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
///     .build()?;
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use = "call `build`"]
pub struct ClientBuilder {
    settings: crate::ClientBuilder,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    processes: Option<Arc<dyn Processes>>,
}

impl Client {
    /// Start a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Start a client with the environment's and the profile's settings and credentials; see
    /// [`ClientBuilder::from_environment`].
    ///
    /// # Errors
    /// A shared file cannot be read, or a setting has no usable value.
    pub fn from_environment() -> Result<ClientBuilder, Error> {
        ClientBuilder::from_environment()
    }
}

/// Setters of the settings, passed through.
macro_rules! forward {
    ($($(#[$doc:meta])* $name:ident($value:ident: $kind:ty);)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, $value: $kind) -> Self {
            self.settings = self.settings.$name($value);
            self
        }
    )*};
}

impl ClientBuilder {
    /// A builder with this process's environment and shared files applied, and the default chain as the source of
    /// credentials; see [`crate::ClientBuilder::from_environment`].
    ///
    /// # Errors
    /// [`Error::Credentials`]: a shared file cannot be read; [`Error::InvalidInput`]: a setting has no usable value.
    pub fn from_environment() -> Result<Self, Error> {
        Ok(Self { settings: crate::ClientBuilder::from_environment()?, ..Self::default() })
    }

    /// Apply region, endpoints and retries; see [`crate::ClientBuilder::settings`].
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a setting has no usable value; [`Error::Credentials`]: the profile's `services` section
    /// does not exist.
    pub fn settings(mut self, environment: &Environment, profile: Option<&Profile>) -> Result<Self, Error> {
        self.settings = self.settings.settings(environment, profile)?;
        Ok(self)
    }

    /// See [`crate::ClientBuilder::or_global_region`].
    pub fn or_global_region(mut self) -> Self {
        self.settings = self.settings.or_global_region();
        self
    }

    forward! {
        /// See [`crate::ClientBuilder::region`].
        region(region: impl Into<String>);
        /// See [`crate::ClientBuilder::endpoint_url`].
        endpoint_url(url: impl Into<String>);
        /// See [`crate::ClientBuilder::only_endpoint_url`].
        only_endpoint_url(url: impl Into<String>);
        /// See [`crate::ClientBuilder::endpoint`].
        endpoint(endpoint: Endpoint);
        /// See [`crate::ClientBuilder::addressing`].
        addressing(addressing: Addressing);
        /// See [`crate::ClientBuilder::global_sts`].
        global_sts(global: bool);
        /// See [`crate::ClientBuilder::global_s3`].
        global_s3(global: bool);
        /// See [`crate::ClientBuilder::accelerate`].
        accelerate(accelerate: bool);
        /// See [`crate::ClientBuilder::fips`].
        fips(fips: bool);
        /// See [`crate::ClientBuilder::dual_stack`].
        dual_stack(dual_stack: bool);
        /// See [`crate::ClientBuilder::allow_http`].
        allow_http(allow: bool);
        /// See [`crate::ClientBuilder::retry_policy`].
        retry_policy(policy: RetryPolicy);
        /// See [`crate::ClientBuilder::total_timeout`].
        total_timeout(limit: Duration);
        /// See [`crate::ClientBuilder::attempt_timeout`].
        attempt_timeout(limit: Duration);
        /// See [`crate::ClientBuilder::max_attempts`].
        max_attempts(attempts: u32);
        /// See [`crate::ClientBuilder::credentials`]. Any provider will do: their futures are driven by the thread that
        /// calls.
        credentials(provider: impl Provider + 'static);
        /// See [`crate::ClientBuilder::connect_timeout`].
        connect_timeout(limit: Duration);
        /// See [`crate::ClientBuilder::read_timeout`].
        read_timeout(limit: Duration);
        /// See [`crate::ClientBuilder::ca_bundle`].
        ca_bundle(pem: impl Into<Vec<u8>>);
        /// See [`crate::ClientBuilder::app_id`].
        app_id(id: impl Into<String>);
        /// See [`crate::ClientBuilder::random`].
        random(random: impl Random + 'static);
        /// See [`crate::ClientBuilder::files`].
        files(files: impl Files + 'static);
        /// See [`crate::ClientBuilder::observer`].
        observer(observer: impl Observer + 'static);
    }

    /// See [`crate::ClientBuilder::has_region`].
    pub fn has_region(&self) -> bool {
        self.settings.has_region()
    }

    /// See [`crate::ClientBuilder::has_endpoint_url`].
    pub fn has_endpoint_url(&self) -> bool {
        self.settings.has_endpoint_url()
    }

    /// See [`crate::ClientBuilder::anonymous`].
    pub fn anonymous(mut self) -> Self {
        self.settings = self.settings.anonymous();
        self
    }

    /// Send one service's requests to this URL; see [`crate::ClientBuilder::service_url`].
    pub fn service_url(mut self, service: Service, url: impl Into<String>) -> Self {
        self.settings = self.settings.service_url(service, url);
        self
    }

    /// Another transport than an [`HttpClient`](super::HttpClient) with its defaults. It must not need an async runtime.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Another clock than the system's. It must not need an async runtime.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Other means to run programs (`credential_process`) than threads.
    pub fn processes(mut self, processes: impl Processes + 'static) -> Self {
        self.processes = Some(Arc::new(processes));
        self
    }

    /// Build the client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] names the setting that cannot be used; see [`crate::ClientBuilder::build`].
    pub fn build(self) -> Result<Client, Error> {
        let settings = match self.transport {
            Some(transport) => self.settings.transport(transport),
            None => {
                let http = blocking_transport(&self.settings.http_settings()?)?;
                self.settings.transport(http)
            }
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let processes = self.processes.unwrap_or_else(|| Arc::new(SystemProcesses));
        Ok(Client::over(settings.clock(clock).processes(processes).build()?))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
