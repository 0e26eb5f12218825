use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{Distribution, Record, Sandbox, SyntheticKeys, server};

/// The account that everything belongs to.
pub const ACCOUNT: &str = "123456789012";
/// The user whose long-lived keys the sandbox hands out, and the keys. They open nothing but a sandbox.
pub const USER: &str = "sandbox";
/// See [`USER`].
pub const ACCESS_KEY_ID: &str = "AKIASTS3SANDBOX00001";
/// See [`USER`].
pub const SECRET_ACCESS_KEY: &str = "sts3/sandbox+only/NotASecretAnywhereElse0001";
/// The MFA device of the user. It accepts any six digits once, except `000000`.
pub const MFA_SERIAL: &str = "arn:aws:iam::123456789012:mfa/sandbox";
/// The external ID that the role `partner` asks for.
pub const EXTERNAL_ID: &str = "sandbox-partner";

/// A bucket to start with.
#[derive(Clone, Debug)]
pub struct BucketSpec {
    pub(crate) name: String,
    pub(crate) region: Option<String>,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Demo,
    Empty,
    Synthetic(Distribution, u64),
}

impl BucketSpec {
    /// A bucket with some dozen objects, among them names that listers get wrong.
    pub fn demo(name: impl Into<String>) -> Self {
        Self { name: name.into(), region: None, content: Content::Demo }
    }

    /// A bucket without objects.
    pub fn empty(name: impl Into<String>) -> Self {
        Self { name: name.into(), region: None, content: Content::Empty }
    }

    /// A bucket of `count` generated keys.
    pub fn synthetic(name: impl Into<String>, distribution: Distribution, count: u64) -> Self {
        Self { name: name.into(), region: None, content: Content::Synthetic(distribution, count) }
    }

    /// Put it into another region than the sandbox's: requests signed for the wrong one are redirected.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    pub(crate) fn keys(&self) -> Option<SyntheticKeys> {
        match self.content {
            Content::Synthetic(distribution, count) => Some(SyntheticKeys::new(distribution, count)),
            Content::Demo | Content::Empty => None,
        }
    }
}

impl std::str::FromStr for BucketSpec {
    type Err = String;

    /// `NAME`, `NAME:empty` or `NAME:DISTRIBUTION:COUNT`.
    fn from_str(text: &str) -> Result<Self, String> {
        let shape = "is not NAME, NAME:empty or NAME:DISTRIBUTION:COUNT";
        let parts: Vec<&str> = text.split(':').collect();
        let name = parts.first().copied().unwrap_or_default();
        if !server::is_bucket_name(name) {
            return Err(format!(
                "`{}` is no bucket name: 3 to 63 of a-z, 0-9, `-` and `.`",
                name.escape_debug()
            ));
        }
        match parts.as_slice() {
            [name] => Ok(Self::demo(*name)),
            [name, "empty"] => Ok(Self::empty(*name)),
            [name, distribution, count] => {
                let distribution = distribution.parse()?;
                let count = count.replace('_', "").parse().map_err(|_| {
                    format!("`{}` is no number of keys, in `{}`", count.escape_debug(), text.escape_debug())
                })?;
                Ok(Self::synthetic(*name, distribution, count))
            }
            _ => Err(format!("`{}` {shape}", text.escape_debug())),
        }
    }
}

/// A role that can be assumed.
///
/// ```
/// use sandbox::{Role, Sandbox};
///
/// let policy = r#"{"Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::logs"}}"#;
/// let sandbox = Sandbox::builder().role(Role::new("auditor", policy));
/// ```
///
/// `Debug` leaves out both policies: a trust policy may ask for an external ID.
#[derive(Clone)]
pub struct Role {
    pub(crate) name: String,
    pub(crate) policy: String,
    pub(crate) trust: String,
    pub(crate) max_session: Duration,
}

impl std::fmt::Debug for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Role")
            .field("name", &self.name)
            .field("max_session", &self.max_session)
            .finish_non_exhaustive()
    }
}

impl Role {
    /// A role that may do what `policy` (an IAM policy document) allows and that every identity of the
    /// account may assume for up to 12 hours.
    pub fn new(name: impl Into<String>, policy: impl Into<String>) -> Self {
        let trust = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}]}"#;
        Self {
            name: name.into(),
            policy: policy.into(),
            trust: trust.into(),
            max_session: Duration::from_secs(43_200),
        }
    }

    /// Another trust policy.
    #[must_use]
    pub fn trust(mut self, document: impl Into<String>) -> Self {
        self.trust = document.into();
        self
    }

    /// The longest session: 1 to 12 hours on AWS.
    #[must_use]
    pub fn max_session(mut self, limit: Duration) -> Self {
        self.max_session = limit;
        self
    }

    /// The roles that every sandbox has: `reader` (all of S3 may be read), `limited` (may list the bucket
    /// `demo` only), `partner` (like `reader`, but asks for [`EXTERNAL_ID`]).
    pub(crate) fn defaults() -> Vec<Self> {
        let read = r#"{"Statement":[{"Effect":"Allow","Action":["s3:List*","s3:Get*"],"Resource":"*"}]}"#;
        let demo =
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::demo"}]}"#;
        let external = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"{EXTERNAL_ID}"}}}}}}]}}"#
        );
        vec![
            Self::new("reader", read),
            Self::new("limited", demo),
            Self::new("partner", read).trust(external).max_session(Duration::from_secs(3600)),
        ]
    }
}

/// Hears of every request; see [`SandboxBuilder::on_request`].
pub(crate) type Observer = Arc<dyn Fn(&Record) + Send + Sync>;

/// Settings of a [`Sandbox`].
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
    pub(crate) clock_skew: i64,
    pub(crate) observer: Option<Observer>,
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
            clock_skew: 0,
            observer: None,
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

    /// Refuse to assume roles without MFA; see [`MFA_SERIAL`].
    pub fn require_mfa(mut self, require: bool) -> Self {
        self.require_mfa = require;
        self
    }

    /// How far the sandbox's clock is ahead of the machine's, in seconds; negative: behind.
    pub fn clock_skew(mut self, seconds: i64) -> Self {
        self.clock_skew = seconds;
        self
    }

    /// Call this after every request.
    pub fn on_request(mut self, observer: impl Fn(&Record) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Start listening, on the current tokio runtime.
    ///
    /// # Errors
    /// The port is taken, or a role's policy is no policy document (`InvalidInput`).
    pub async fn start(self) -> std::io::Result<Sandbox> {
        server::start(self).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_arguments_are_read_or_refused_with_the_reason() {
        assert!(matches!("demo".parse::<BucketSpec>().unwrap().content, Content::Demo));
        assert!(matches!("demo:empty".parse::<BucketSpec>().unwrap().content, Content::Empty));
        let dated = "logs:dated:1_000_000".parse::<BucketSpec>().unwrap();
        assert!(matches!(dated.content, Content::Synthetic(Distribution::Dated, 1_000_000)));
        for (text, reason) in [
            ("", "no bucket name"),
            ("Demo", "no bucket name"),
            ("demo:dated", "NAME:DISTRIBUTION:COUNT"),
            ("demo:other:5", "flat-uuid, dated"),
            ("demo:dated:many", "`many` is no number"),
        ] {
            let problem = text.parse::<BucketSpec>().unwrap_err();
            assert!(problem.contains(reason), "{text}: {problem}");
        }
    }
}
