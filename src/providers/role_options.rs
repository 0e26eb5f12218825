//! What whoever uses a profile wants of its role's session, in place of what the profile says.

use std::time::Duration;

use sigv4::Secret;

use super::plan::{Base, Origins, Plan};
use crate::{CredentialsError, Error};

/// Parameters of the last role that a plan assumes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleOptions {
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<Secret>,
    pub(super) duration: Option<Duration>,
}

impl RoleOptions {
    /// What is given does not stand where the settings do.
    fn forget_places(&self, origins: &mut Origins) {
        for (is_given, parameter) in [
            (self.session_name.is_some(), "RoleSessionName"),
            (self.external_id.is_some(), "ExternalId"),
            (self.duration.is_some(), "DurationSeconds"),
        ] {
            if is_given {
                origins.forget(parameter);
            }
        }
    }
}

impl Plan {
    pub(super) fn assumes_role(&self) -> bool {
        !self.roles.is_empty() || matches!(self.base, Base::WebIdentity { .. })
    }

    /// The same with these parameters of its last role.
    pub(super) fn with(mut self, options: &RoleOptions) -> Result<Self, Error> {
        let RoleOptions { session_name, external_id, duration } = options.clone();
        if let Some(role) = self.roles.last_mut() {
            role.session_name = session_name.or(role.session_name.take());
            role.external_id = external_id.or(role.external_id.take());
            role.duration = duration.or(role.duration);
            options.forget_places(&mut role.origins);
        } else if let Base::WebIdentity { session_name: own_name, duration: own_duration, origins, .. } =
            &mut self.base
        {
            options.forget_places(origins);
            if external_id.is_some() {
                return Err(unusable("an external ID was given, and a role by web identity takes none"));
            }
            *own_name = session_name.or(own_name.take());
            *own_duration = duration.or(*own_duration);
        } else if *options != RoleOptions::default() {
            let problem = "a session name, external ID or duration was given for a role's session, and no role is assumed";
            return Err(unusable(problem));
        }
        Ok(self)
    }
}

fn unusable(problem: &str) -> Error {
    CredentialsError::unusable("role", problem).into()
}
