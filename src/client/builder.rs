use std::{fmt, sync::Arc, time::Duration};

use super::send::Client;
use crate::{
    Endpoint, Error, InvalidInput, Region, RetryPolicy,
    endpoint::{Addressing, BaseUrl, Service},
    providers::{Provider, Refreshing},
    runtime::{Caller, Clock, Observer, Random, Transport, default},
};

/// Settings of a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use sts3::{Client, Credentials, endpoint::Addressing};
///
/// let client = Client::builder()
///     .region("us-east-1")
///     .endpoint_url("http://127.0.0.1:9000")
///     .addressing(Addressing::Path)
///     .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
///     .total_timeout(Duration::from_secs(60))
///     .build()?;
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Default)]
#[must_use = "call `build`"]
pub struct ClientBuilder {
    region: Option<String>,
    endpoint_url: Option<String>,
    service_urls: Vec<(Service, String)>,
    addressing: Addressing,
    global_sts: bool,
    global_s3: bool,
    accelerate: bool,
    fips: bool,
    dual_stack: bool,
    allow_http: bool,
    policy: RetryPolicy,
    credentials: Option<Refreshing>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    random: Option<Arc<dyn Random>>,
    observer: Option<Arc<dyn Observer>>,
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

impl ClientBuilder {
    /// The region to call and sign for. Required.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Send everything to this URL: `http://127.0.0.1:9000`.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(url.into());
        self
    }

    /// Send everything to this URL, also what a service's own URL was set for, but for sign-ins, which keep
    /// theirs: see [`Endpoint::with_url`].
    pub fn only_endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.service_urls
            .retain(|(service, _)| matches!(service, Service::Signin | Service::Sso | Service::SsoOidc));
        self.endpoint_url(url)
    }

    /// Send one service's requests to this URL.
    pub fn service_url(mut self, service: Service, url: impl Into<String>) -> Self {
        self.service_urls.push((service, url.into()));
        self
    }

    /// How buckets are addressed.
    pub fn addressing(mut self, addressing: Addressing) -> Self {
        self.addressing = addressing;
        self
    }

    /// Use `sts.amazonaws.com` instead of the region's STS endpoint, in regions from before 2019.
    pub fn global_sts(mut self, global: bool) -> Self {
        self.global_sts = global;
        self
    }

    /// Use `s3.amazonaws.com` for us-east-1.
    pub fn global_s3(mut self, global: bool) -> Self {
        self.global_s3 = global;
        self
    }

    /// Send requests to buckets through S3 Transfer Acceleration.
    pub fn accelerate(mut self, accelerate: bool) -> Self {
        self.accelerate = accelerate;
        self
    }

    /// Use endpoints whose cryptography is validated by FIPS 140.
    pub fn fips(mut self, fips: bool) -> Self {
        self.fips = fips;
        self
    }

    /// Use endpoints with IPv6 addresses beside their IPv4 ones.
    pub fn dual_stack(mut self, dual_stack: bool) -> Self {
        self.dual_stack = dual_stack;
        self
    }

    /// Let secrets and requests that long-lived keys sign go over plain HTTP to other machines; see [`Endpoint::with_plain_http`].
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// How often and how patiently to try.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    #[cfg(test)]
    pub(super) fn policy(&self) -> &RetryPolicy {
        &self.policy
    }

    /// How long a call may take with all its attempts, and with getting credentials for it; the rest of the policy
    /// stays.
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.policy = self.policy.with_total_timeout(limit);
        self
    }

    /// How long one attempt may take; the rest of the policy stays.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.policy = self.policy.with_attempt_timeout(limit);
        self
    }

    /// Attempts in all, the first one included; the rest of the policy stays.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.policy = self.policy.with_max_attempts(attempts);
        self
    }

    /// Whether a region is set already.
    pub fn has_region(&self) -> bool {
        self.region.is_some()
    }

    /// Whether requests go to an endpoint that was given rather than to a public one.
    pub fn has_endpoint_url(&self) -> bool {
        self.endpoint_url.is_some() || !self.service_urls.is_empty()
    }

    /// Where credentials come from. They are kept until shortly before they expire, by a [`Refreshing`] (which this may
    /// be one already). Without this the client is anonymous.
    pub fn credentials(mut self, provider: impl Provider + 'static) -> Self {
        self.credentials = Some(Refreshing::new(provider));
        self
    }

    /// Another transport than an `HttpClient` with its defaults (feature `tokio`).
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Another clock than the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Another source of randomness than the system's.
    pub fn random(mut self, random: impl Random + 'static) -> Self {
        self.random = Some(Arc::new(random));
        self
    }

    /// Be told of each request, retry, redirect and correction of the clock, also in calls for credentials.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Build the client. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: the region is missing or no region's name, or a URL is none; transport or clock are
    /// missing in a build without a runtime.
    pub fn build(self) -> Result<Client, Error> {
        let Some(region) = self.region else {
            let remedy = "is not set: give the bucket's, or us-east-1 for an S3-compatible server";
            return Err(InvalidInput::new("region", remedy).into());
        };
        let mut endpoint = Endpoint::new(Region::new(region)?)
            .with_addressing(self.addressing)
            .with_global_sts(self.global_sts)
            .with_global_s3(self.global_s3)
            .with_accelerate(self.accelerate)
            .with_fips(self.fips)
            .with_dual_stack(self.dual_stack)
            .with_plain_http(self.allow_http);
        if let Some(url) = self.endpoint_url {
            endpoint = endpoint.with_url(url.parse::<BaseUrl>()?);
        }
        for (service, url) in self.service_urls {
            endpoint = endpoint.with_service_url(service, url.parse::<BaseUrl>()?);
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => default::transport()?,
        };
        let clock = match self.clock {
            Some(clock) => clock,
            None => default::clock()?,
        };
        let mut caller = Caller::new(transport, clock, endpoint, self.policy);
        caller = caller.with_random(match self.random {
            Some(random) => random,
            None => default::random()?,
        });
        if let Some(observer) = self.observer {
            caller = caller.with_observer(observer);
        }
        Ok(Client { caller, credentials: self.credentials.map(Arc::new) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("region", &self.region).finish_non_exhaustive()
    }
}
