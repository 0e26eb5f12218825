//! What can be set before a sandbox starts.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::{
    bucket_spec::BucketSpec,
    log::{Observer, Record},
    role::Role,
};

/// Settings of a [`Sandbox`](crate::Sandbox).
#[derive(Clone)]
#[must_use = "call `start`"]
pub struct SandboxBuilder {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) region: String,
    pub(crate) buckets: Vec<BucketSpec>,
    pub(crate) roles: Vec<Role>,
    pub(crate) latency: Duration,
    pub(crate) error_rate: f64,
    pub(crate) truncate_rate: f64,
    pub(crate) reset_rate: f64,
    pub(crate) stall_rate: f64,
    pub(crate) slowdown_rps: Option<u32>,
    pub(crate) session_lifetime: Option<Duration>,
    pub(crate) require_mfa: bool,
    pub(crate) refuse_sign_ins: bool,
    pub(crate) clock_skew: i64,
    pub(crate) observer: Option<Observer>,
    #[cfg(feature = "tls")]
    pub(crate) tls: bool,
    /// In DER.
    #[cfg(feature = "x509")]
    pub(crate) trust_anchors: Vec<Vec<u8>>,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: IpAddr::from([127, 0, 0, 1]),
            port: 0,
            region: "us-east-1".into(),
            buckets: Vec::new(),
            roles: Role::defaults(),
            latency: Duration::ZERO,
            error_rate: 0.0,
            truncate_rate: 0.0,
            reset_rate: 0.0,
            stall_rate: 0.0,
            slowdown_rps: None,
            session_lifetime: None,
            require_mfa: false,
            refuse_sign_ins: false,
            clock_skew: 0,
            observer: None,
            #[cfg(feature = "tls")]
            tls: false,
            #[cfg(feature = "x509")]
            trust_anchors: Vec::new(),
        }
    }
}

impl SandboxBuilder {
    /// Listen on this port of 127.0.0.1; 0 (the default) picks a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The region that requests must be signed for: `us-east-1` unless set.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Start with this bucket.
    pub fn bucket(mut self, bucket: BucketSpec) -> Self {
        self.buckets.push(bucket);
        self
    }

    /// Add a role, or replace the one of that name.
    pub fn role(mut self, role: Role) -> Self {
        self.roles.retain(|other| other.name != role.name);
        self.roles.push(role);
        self
    }

    /// Wait this long before every answer.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Answer this share of requests (0 to 1) with `500 InternalError`.
    pub fn error_rate(mut self, rate: f64) -> Self {
        self.error_rate = rate;
        self
    }

    /// Cut this share of bodies (0 to 1) in the middle.
    pub fn truncate_rate(mut self, rate: f64) -> Self {
        self.truncate_rate = rate;
        self
    }

    /// Reset the connection instead of answering, for this share of requests (0 to 1).
    pub fn reset_rate(mut self, rate: f64) -> Self {
        self.reset_rate = rate;
        self
    }

    /// Never answer this share of requests (0 to 1), and keep the connection open.
    pub fn stall_rate(mut self, rate: f64) -> Self {
        self.stall_rate = rate;
        self
    }

    /// Answer `503 SlowDown` to S3 requests above this many in any second.
    pub fn slowdown_rps(mut self, requests: u32) -> Self {
        self.slowdown_rps = Some(requests);
        self
    }

    /// Let every session end after this time, whatever was asked for.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_lifetime = Some(lifetime);
        self
    }

    /// Refuse to assume roles without MFA; see [`MFA_SERIAL`](crate::MFA_SERIAL).
    pub fn require_mfa(mut self, require: bool) -> Self {
        self.require_mfa = require;
        self
    }

    /// Refuse everybody who signs in to IAM Identity Center, as a person does who says no in the browser.
    pub fn refuse_sign_ins(mut self, refuse: bool) -> Self {
        self.refuse_sign_ins = refuse;
        self
    }

    #[cfg(all(feature = "login", feature = "tls"))]
    pub(crate) fn is_tls(&self) -> bool {
        self.tls
    }

    #[cfg(all(feature = "login", not(feature = "tls")))]
    pub(crate) fn is_tls(&self) -> bool {
        false
    }

    /// How far the sandbox's clock is ahead of the machine's, in seconds; negative: behind.
    pub fn clock_skew(mut self, seconds: i64) -> Self {
        self.clock_skew = seconds;
        self
    }

    /// Speak HTTPS, with a certificate that is made at start for 127.0.0.1, `localhost` and the names below it (those of
    /// the buckets that the sandbox starts with one by one, since OpenSSL takes no `*.localhost`). Clients must trust
    /// [`Sandbox::ca_certificate`](crate::Sandbox::ca_certificate). The keys stay in memory.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Trust the certificates that these authorities (PEM) vouch for: their holders get the credentials of roles from IAM
    /// Roles Anywhere's `CreateSession`, whatever anchor and profile of the account they name. Without one, all are refused.
    ///
    /// # Errors
    /// There is no certificate in it.
    #[cfg(feature = "x509")]
    pub fn trust_anchor(mut self, pem: &str) -> Result<Self, String> {
        use rustls_pki_types::{CertificateDer, pem::PemObject};

        let before = self.trust_anchors.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate =
                certificate.map_err(|error| format!("the trust anchor cannot be read: {error}"))?;
            webpki::anchor_from_trusted_cert(&certificate)
                .map_err(|error| format!("the trust anchor is no certificate: {error}"))?;
            self.trust_anchors.push(certificate.to_vec());
        }
        if self.trust_anchors.len() == before {
            return Err("the trust anchor has no certificate in PEM".into());
        }
        Ok(self)
    }

    /// Call this after every request.
    pub fn on_request(mut self, observer: impl Fn(&Record) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

impl std::fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("port", &self.port)
            .field("buckets", &self.buckets)
            .finish_non_exhaustive()
    }
}
