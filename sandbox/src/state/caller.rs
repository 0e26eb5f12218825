//! Who sends a request, and what it may do.

use std::sync::Arc;

use super::{
    account::ACCOUNT,
    policy::{Policy, Question, Verdict},
};

/// What kind of credentials a caller has; the services treat them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    LongLived,
    /// A role's session (AssumeRole).
    Role,
    /// A user's session (GetSessionToken).
    UserSession,
}

/// A caller whose signature and session token are valid.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) kind: Kind,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) mfa: bool,
    /// All of them must allow the action: the identity's own and those of the session.
    pub(crate) policies: Vec<Arc<Policy>>,
}

impl Caller {
    /// Whether the caller may do this.
    pub(crate) fn may(&self, action: &str, resource: &str, conditions: &[(&str, String)]) -> bool {
        let mut conditions = conditions.to_vec();
        if self.kind != Kind::LongLived {
            conditions.push(("aws:MultiFactorAuthPresent", self.mfa.to_string()));
        }
        let question = Question { action, resource, conditions: &conditions, principals: &[] };
        self.policies.iter().all(|policy| policy.verdict(&question) == Verdict::Allowed)
    }

    /// The ARNs by which a trust policy may name it.
    pub(crate) fn principals(&self) -> Vec<String> {
        vec![self.arn.clone(), format!("arn:aws:iam::{ACCOUNT}:root"), ACCOUNT.to_owned()]
    }
}
