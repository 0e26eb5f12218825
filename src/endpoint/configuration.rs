use std::collections::BTreeMap;

use super::{addressing::Addressing, region::Region, service::Service, url::BaseUrl};
use crate::error::Origin;

/// How to find endpoints: a region, how buckets are addressed, and URLs that replace the public endpoints.
///
/// ```
/// use sts3::{Endpoint, Region, endpoint::Service};
///
/// let endpoint = Endpoint::new(Region::new("eu-west-1")?);
/// let target = endpoint.target(Service::S3, Some("logs"))?;
/// assert_eq!(target.url.to_string(), "https://logs.s3.eu-west-1.amazonaws.com");
/// # Ok::<(), sts3::Error>(())
/// ```
///
/// With the feature `serde` it deserializes from settings of one's own, with the fields `region`, `url`, `service_urls`,
/// `addressing` (`auto`, `path`, `virtual`) and the flags `global_sts`, `global_s3`, `accelerate`, `fips`, `dual_stack` and
/// `plain_http`, each as the setter of its name. Only the region is needed, and not even that where a URL is given: us-east-1 then.
/// Services have their names in AWS's shared files (`s3`, `sts`, `sso_oidc`). Unknown fields and values that the setters would
/// refuse are errors.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// let settings = r#"{ "url": "http://127.0.0.1:9000", "addressing": "path", "service_urls": { "sts": "http://127.0.0.1:9001" } }"#;
/// let endpoint: sts3::Endpoint = serde_json::from_str(settings)?;
/// assert_eq!(endpoint.region().as_str(), "us-east-1");
/// # }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(crate) region: Region,
    pub(crate) addressing: Addressing,
    pub(crate) url: Option<BaseUrl>,
    pub(crate) service_urls: BTreeMap<Service, BaseUrl>,
    pub(crate) global_sts: bool,
    pub(crate) global_s3: bool,
    pub(crate) accelerate: bool,
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
    pub(crate) plain_http: bool,
    /// Where each URL stands that a variable or a file has; `None` is the one of all services.
    pub(crate) url_origins: BTreeMap<Option<Service>, Origin>,
}

impl Endpoint {
    /// The public endpoints of a region.
    pub fn new(region: Region) -> Self {
        Self {
            region,
            addressing: Addressing::Auto,
            url: None,
            service_urls: BTreeMap::new(),
            global_sts: false,
            global_s3: false,
            accelerate: false,
            fips: false,
            dual_stack: false,
            plain_http: false,
            url_origins: BTreeMap::new(),
        }
    }

    /// Let calls go over plain HTTP to another machine which carry or return secrets or are signed by long-lived
    /// keys. An eavesdropper reads the secrets, and can send what is signed again for some minutes. Sign-ins to
    /// the console are not allowed by it.
    #[must_use]
    pub fn with_plain_http(mut self, allow: bool) -> Self {
        self.plain_http = allow;
        self
    }

    /// Whether secrets may go to this URL, and long-lived keys may sign requests to it.
    pub fn trusts(&self, url: &BaseUrl) -> bool {
        url.is_secure() || url.is_loopback() || self.plain_http
    }

    /// Send everything to this URL (`AWS_ENDPOINT_URL`), but for sign-ins: to the console none goes there, to IAM
    /// Identity Center those go there for which it is https or this machine.
    #[must_use]
    pub fn with_url(mut self, url: BaseUrl) -> Self {
        self.url = Some(url);
        self
    }

    /// Send one service's requests to this URL (`AWS_ENDPOINT_URL_STS`, …).
    #[must_use]
    pub fn with_service_url(mut self, service: Service, url: BaseUrl) -> Self {
        self.service_urls.insert(service, url);
        self
    }

    /// The same, knowing where a URL stands.
    #[cfg(feature = "client")]
    pub(crate) fn with_url_origin(mut self, service: Option<Service>, origin: Option<Origin>) -> Self {
        self.url_origins.extend(origin.map(|origin| (service, origin)));
        self
    }

    /// How buckets are addressed.
    #[must_use]
    pub fn with_addressing(mut self, addressing: Addressing) -> Self {
        self.addressing = addressing;
        self
    }

    /// Use `sts.amazonaws.com` instead of the STS endpoint of a region from before 2019
    /// (`AWS_STS_REGIONAL_ENDPOINTS=legacy`). Its tokens are not valid in opt-in regions.
    #[must_use]
    pub fn with_global_sts(mut self, global: bool) -> Self {
        self.global_sts = global;
        self
    }

    /// Use `s3.amazonaws.com` for us-east-1 (`AWS_S3_US_EAST_1_REGIONAL_ENDPOINT=legacy`).
    #[must_use]
    pub fn with_global_s3(mut self, global: bool) -> Self {
        self.global_s3 = global;
        self
    }

    /// Send requests to buckets through S3 Transfer Acceleration (`s3.use_accelerate_endpoint`), which they
    /// must have on.
    #[must_use]
    pub fn with_accelerate(mut self, accelerate: bool) -> Self {
        self.accelerate = accelerate;
        self
    }

    /// Use endpoints whose cryptography is validated by FIPS 140 (`AWS_USE_FIPS_ENDPOINT`).
    #[must_use]
    pub fn with_fips(mut self, fips: bool) -> Self {
        self.fips = fips;
        self
    }

    /// Use endpoints with IPv6 addresses beside their IPv4 ones (`AWS_USE_DUALSTACK_ENDPOINT`).
    #[must_use]
    pub fn with_dual_stack(mut self, dual_stack: bool) -> Self {
        self.dual_stack = dual_stack;
        self
    }

    /// The same for the region that a bucket turned out to be in. A URL that was set goes along if it is one of AWS's
    /// for S3: one region's does not serve another's buckets.
    pub(crate) fn moved(&self, region: Region) -> Self {
        let mut moved = self.clone();
        for url in moved.url.iter_mut().chain(moved.service_urls.values_mut()) {
            *url = url.in_region(&region);
        }
        moved.with_region(region)
    }

    /// The same configuration for another region.
    #[must_use]
    pub fn with_region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// The region that was configured.
    pub fn region(&self) -> &Region {
        &self.region
    }
}
