use std::{fmt, sync::Arc, time::Duration};

use super::{named::Named, send::Client};
use crate::{
    Endpoint, Error, RetryPolicy,
    endpoint::{Addressing, Service},
    providers::{Provider, Refreshing},
    runtime::{Clock, Files, Observer, Processes, Random, Transport, default::HttpSettings},
};

/// Settings of a [`Client`]. A clone has the same ones, and shares the credentials that are kept.
///
/// A value that cannot be used is an error of [`build`](Self::build), which names the setting; nothing is sent then.
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
#[derive(Clone, Default)]
#[must_use = "call `build`"]
pub struct ClientBuilder {
    pub(super) region: Option<Named>,
    pub(super) endpoint_url: Option<Named>,
    /// Of the environment and the profile; those that a setter has set come first.
    pub(super) configured_urls: Vec<(Service, Named)>,
    pub(super) service_urls: Vec<(Service, String)>,
    pub(super) addressing: Addressing,
    pub(super) global_sts: bool,
    pub(super) global_s3: bool,
    pub(super) accelerate: bool,
    pub(super) fips: bool,
    pub(super) dual_stack: bool,
    pub(super) allow_http: bool,
    pub(super) policy: RetryPolicy,
    pub(super) credentials: Option<Arc<Refreshing>>,
    pub(super) is_anonymous: bool,
    pub(super) http: HttpSettings,
    /// A CA bundle, and the setting that names it.
    pub(super) ca_file: Option<Named>,
    pub(super) transport: Option<Arc<dyn Transport>>,
    pub(super) clock: Option<Arc<dyn Clock>>,
    pub(super) random: Option<Arc<dyn Random>>,
    pub(super) processes: Option<Arc<dyn Processes>>,
    pub(super) files: Option<Arc<dyn Files>>,
    pub(super) observer: Option<Arc<dyn Observer>>,
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
    /// The region to call and sign for. Required, but where an endpoint URL is set: us-east-1 then, as S3-compatible
    /// servers call their only region.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(Named::given("region", region));
        self
    }

    /// Send everything to this URL: `http://127.0.0.1:9000`, as a text or a `url::Url`.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(Named::given("endpoint URL", url));
        self
    }

    /// Send everything to this URL, also what a service's own URL was set for, but for sign-ins, which keep
    /// theirs: see [`Endpoint::with_url`].
    pub fn only_endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.service_urls.retain(|(service, _)| keeps_its_url(service));
        self.configured_urls.retain(|(service, _)| keeps_its_url(service));
        self.endpoint_url(url)
    }

    /// Send one service's requests to this URL, whatever the environment and the profile say. Once for each service.
    pub fn service_url(mut self, service: Service, url: impl Into<String>) -> Self {
        self.service_urls.push((service, url.into()));
        self
    }

    /// A region of the environment or the profile.
    pub(super) fn configured_region(mut self, region: Named) -> Self {
        self.region = Some(region);
        self
    }

    /// A URL of the environment or the profile: for one service, or for all.
    pub(super) fn configured_url(mut self, service: Option<Service>, url: Named) -> Self {
        match service {
            Some(service) => self.configured_urls.push((service, url)),
            None => self.endpoint_url = Some(url),
        }
        self
    }

    /// All that says where requests go, at once: it replaces what was said before of region, URLs, addressing and the
    /// flags down to [`allow_http`](Self::allow_http). With the feature `serde` an [`Endpoint`] is read from settings.
    ///
    /// ```
    /// use sts3::{Client, Endpoint, Region};
    ///
    /// let endpoint = Endpoint::new(Region::new("eu-west-1")?).with_dual_stack(true);
    /// let client = Client::builder().endpoint(endpoint).anonymous();
    /// # Ok::<(), sts3::Error>(())
    /// ```
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        // Each field by its name: one that is added is not forgotten here.
        let Endpoint {
            region,
            addressing,
            url,
            service_urls,
            global_sts,
            global_s3,
            accelerate,
            fips,
            dual_stack,
            plain_http,
            url_origins: _,
        } = endpoint;
        self.region = Some(Named::given("region", region.to_string()));
        self.endpoint_url = url.map(|url| Named::given("endpoint URL", url.to_string()));
        self.configured_urls.clear();
        self.service_urls =
            service_urls.into_iter().map(|(service, url)| (service, url.to_string())).collect();
        self.addressing = addressing;
        self.global_sts = global_sts;
        self.global_s3 = global_s3;
        self.accelerate = accelerate;
        self.fips = fips;
        self.dual_stack = dual_stack;
        self.allow_http = plain_http;
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

    /// Let secrets and requests that long-lived keys sign go over plain HTTP to other machines; see [`Endpoint::with_plain_http`](crate::Endpoint::with_plain_http).
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

    /// If neither a region nor an endpoint URL is set: us-east-1, and the global endpoints of STS and S3, as botocore and
    /// awscli have it. (Buckets in other regions are found through it. Tokens of STS's global endpoint are not valid in
    /// regions that an account must opt in to.)
    pub fn or_global_region(self) -> Self {
        if self.has_region() || self.has_endpoint_url() {
            return self;
        }
        self.region("us-east-1").global_sts(true).global_s3(true)
    }

    /// Whether a region is set already.
    pub fn has_region(&self) -> bool {
        self.region.is_some()
    }

    /// Whether requests go to an endpoint that was given rather than to a public one.
    pub fn has_endpoint_url(&self) -> bool {
        self.endpoint_url.is_some() || !self.service_urls.is_empty() || !self.configured_urls.is_empty()
    }

    /// How long to wait for a connection: 5 s unless set. It is for the transport that ships; one of your own has its
    /// own settings. So it is with the three setters that follow.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.http.connect_timeout = Some(limit);
        self
    }

    /// How long to wait for the next bytes of an answer: 30 s unless set.
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.http.read_timeout = Some(limit);
        self
    }

    /// Trust these certificate authorities (PEM, one or more) instead of the system's.
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.ca_bundle = Some(pem.into());
        self.ca_file = None;
        self
    }

    /// The same in a file, which is read when the client is built; errors say which setting names it.
    pub(super) fn ca_file(mut self, path: Named) -> Self {
        self.ca_file = Some(path);
        self
    }

    /// Name the application in the `User-Agent` of every request: at most 50 characters.
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.http.app_id = Some(id.into());
        self
    }

    /// Where credentials come from. They are kept until shortly before they expire, by a [`Refreshing`] (which this may
    /// be one already).
    pub fn credentials(mut self, provider: impl Provider + 'static) -> Self {
        (self.credentials, self.is_anonymous) = (Some(Arc::new(Refreshing::new(provider))), false);
        self
    }

    /// Send requests unsigned: for public buckets, and for operations that carry another proof of identity. Credentials
    /// that were set before are not used.
    pub fn anonymous(mut self) -> Self {
        (self.credentials, self.is_anonymous) = (None, true);
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

    /// Other means to run programs (`credential_process`) than the system's.
    pub fn processes(mut self, processes: impl Processes + 'static) -> Self {
        self.processes = Some(Arc::new(processes));
        self
    }

    /// Other files than the system's, for what is read when the client is built and when it calls: the CA bundle, tokens,
    /// sign-ins, caches, the default chain's shared files. ([`from_environment`](Self::from_environment) reads its settings
    /// before it has this: where there are no system's files, use [`settings`](Self::settings).)
    pub fn files(mut self, files: impl Files + 'static) -> Self {
        self.files = Some(Arc::new(files));
        self
    }

    /// Be told of each request, retry, redirect and correction of the clock, also in calls for credentials.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

/// Sign-ins go where they are told to, whatever is said of all other services.
fn keeps_its_url(service: &Service) -> bool {
    matches!(service, Service::Signin | Service::Sso | Service::SsoOidc)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("region", &self.region.as_ref().map(|region| &region.value))
            .finish_non_exhaustive()
    }
}
