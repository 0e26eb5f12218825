//! What is made of a base identity's credentials: a session with MFA, and each role.

use std::sync::Arc;

use sts3::{
    Operation,
    providers::{AssumeRoleProvider, FileCache, Mfa, Provider, Refreshing, SessionTokenProvider},
    sigv4::Secret,
    sts,
};

use crate::{common::Common, failure::Failure};

/// What is made of the base identity's credentials.
pub(crate) struct Steps {
    pub(crate) mfa: Option<Mfa>,
    pub(crate) session: Option<sts::GetSessionToken>,
    pub(crate) roles: Vec<sts::AssumeRole>,
    /// The roles' sessions have a name that somebody chose.
    pub(crate) has_name: bool,
    pub(crate) cache: Option<FileCache>,
}

impl Steps {
    /// Roles alone, with nothing kept.
    pub(crate) fn of_roles(roles: Vec<sts::AssumeRole>, common: &Common) -> Self {
        Self { mfa: None, session: None, roles, has_name: common.role_session_name.is_some(), cache: None }
    }

    /// All that the result depends on beside the base identity: the requests that are made.
    pub(crate) fn parameters(&self, mfa_serial: Option<&str>) -> Result<Secret, Failure> {
        let session = self.session.iter().map(Operation::request);
        let requests = session.chain(self.roles.iter().map(Operation::request));
        let mut parameters = format!("{mfa_serial:?}");
        for request in requests {
            parameters.push('\n');
            parameters.push_str(&String::from_utf8_lossy(&request?.body));
        }
        Ok(Secret::from(parameters))
    }

    pub(crate) fn over(&self, base: Arc<dyn Provider>) -> Arc<dyn Provider> {
        // The first call that is made has to prove who makes it.
        let mut mfa = self.mfa.clone();
        let mut provider = base;
        if let Some(operation) = self.session.clone() {
            let session = SessionTokenProvider::from_operation(operation).source(provider);
            let session = mfa.take().into_iter().fold(session, SessionTokenProvider::mfa);
            provider = Arc::new(Refreshing::new(session));
        }
        for mut operation in self.roles.clone() {
            if !self.has_name {
                operation = operation.role_session_name(default_session_name());
            }
            let role = AssumeRoleProvider::from_operation(operation).source(provider);
            let mfa = mfa.take().map(|mfa| self.cache.iter().cloned().fold(mfa, Mfa::with_sessions));
            provider = Arc::new(mfa.into_iter().fold(role, AssumeRoleProvider::mfa));
        }
        provider
    }
}

/// The calls for the roles that were given, in their order. A name that nobody chose is the same for all runs
/// here.
pub(crate) fn roles(
    common: &Common,
    last_role: impl FnOnce(sts::AssumeRole) -> sts::AssumeRole,
) -> Vec<sts::AssumeRole> {
    let name = common.role_session_name.as_deref().unwrap_or("sts3");
    let mut roles: Vec<_> = common.role_arn.iter().map(|arn| sts::AssumeRole::new(arn, name)).collect();
    if let Some(mut last) = roles.pop() {
        if let Some(duration) = common.duration {
            last = last.duration(duration);
        }
        if let Some(id) = &common.external_id {
            last = last.external_id(id);
        }
        roles.push(last_role(last));
    }
    roles
}

/// A name that tells sessions of different runs apart.
pub(crate) fn default_session_name() -> String {
    let seconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    format!("sts3-{seconds}-{}", std::process::id())
}
