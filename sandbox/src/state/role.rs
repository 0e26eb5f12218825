//! Roles: as they are configured, and with their policies read.

use std::{sync::Arc, time::Duration};

use super::{
    account::{self, EXTERNAL_ID},
    policy::Policy,
};

/// A role that can be assumed.
///
/// ```
/// use sts3_sandbox::{Role, Sandbox};
///
/// let policy = r#"{"Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::logs"}}"#;
/// let sandbox = Sandbox::builder().role(Role::new("auditor", policy));
/// ```
///
/// `Debug` leaves out both policies: a trust policy may ask for an external ID.
#[derive(Clone)]
pub struct Role {
    pub(crate) name: String,
    policy: String,
    trust: String,
    max_session: Duration,
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
    pub(super) fn defaults() -> Vec<Self> {
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

/// A role, its policies read.
#[derive(Clone, Debug)]
pub(crate) struct LoadedRole {
    pub(crate) name: String,
    pub(crate) policy: Arc<Policy>,
    pub(crate) trust: Arc<Policy>,
    pub(crate) max_session: Duration,
}

impl LoadedRole {
    /// `None` if one of its documents is not a policy.
    pub(super) fn read(role: &Role) -> Option<Self> {
        Some(Self {
            name: role.name.clone(),
            policy: Arc::new(Policy::parse(&role.policy)?),
            trust: Arc::new(Policy::parse(&role.trust)?),
            max_session: role.max_session,
        })
    }

    pub(crate) fn arn(&self) -> String {
        account::role_arn(&self.name)
    }

    pub(crate) fn id(&self) -> String {
        account::stable_id("AROA", &self.name)
    }
}
