use std::fmt;

use super::{
    super::plan::{Base, Plan},
    ChainProvider,
};
use crate::{Error, runtime::SystemFiles};

/// What a [`ChainProvider`] would do, told before it is done: nothing is called, run or signed for it.
///
/// ```
/// use sts3::providers::{ChainProvider, Environment, SourceKind};
///
/// let variables = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
/// let environment: Environment =
///     variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
/// assert_eq!(ChainProvider::new(environment).outline()?.kind, SourceKind::Environment);
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline {
    /// What gives the credentials that are used in the end.
    pub kind: SourceKind,
    /// The account that they would be of, where settings say so.
    pub account: Option<String>,
    /// The roles that are assumed, in this order.
    pub roles: Vec<String>,
    /// All of it in words.
    pub origin: String,
}

/// What gives credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceKind {
    /// Keys of the environment.
    Environment,
    /// Keys that stand in a profile.
    Keys,
    /// AssumeRole.
    Role,
    /// AssumeRoleWithWebIdentity.
    WebIdentity,
    /// IAM Identity Center.
    Sso,
    /// A sign-in to the console.
    Login,
    /// A `credential_process`.
    Process,
    /// The container's endpoint.
    Container,
    /// The EC2 instance's metadata.
    InstanceMetadata,
}

impl fmt::Display for SourceKind {
    /// In one word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "environment",
            Self::Keys => "keys",
            Self::Role => "role",
            Self::WebIdentity => "web-identity",
            Self::Sso => "sso",
            Self::Login => "login",
            Self::Process => "process",
            Self::Container => "container",
            Self::InstanceMetadata => "instance-metadata",
        })
    }
}

impl ChainProvider {
    /// What would answer, and how.
    ///
    /// # Errors
    /// As [`static_keys`](Self::static_keys).
    pub fn outline(&self) -> Result<Outline, Error> {
        let Plan { base, roles } = self.plan(self.files_or(&SystemFiles))?.0;
        let (kind, account) = match &base {
            Base::Keys(_) if self.uses_environment_keys() => (SourceKind::Environment, None),
            Base::Keys(_) => (SourceKind::Keys, None),
            Base::Environment => (SourceKind::Environment, None),
            Base::WebIdentity { role_arn, .. } => (SourceKind::WebIdentity, account_of(role_arn)),
            Base::Login(session) => (SourceKind::Login, session.account_id()),
            Base::Sso(role) => (SourceKind::Sso, Some(role.account_id.clone())),
            Base::Process { .. } => (SourceKind::Process, None),
            Base::Container => (SourceKind::Container, None),
            Base::InstanceMetadata => (SourceKind::InstanceMetadata, None),
        };
        let last = roles.last().map(|role| (SourceKind::Role, account_of(&role.arn)));
        let (kind, account) = last.unwrap_or((kind, account));
        let roles = roles.into_iter().map(|role| role.arn).collect();
        Ok(Outline { kind, account, roles, origin: self.origin()? })
    }
}

/// The fifth part of an ARN.
fn account_of(arn: &str) -> Option<String> {
    arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned)
}
