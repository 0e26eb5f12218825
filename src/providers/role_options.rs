//! What whoever uses a profile wants of its role's session, in place of what the profile says.

use std::time::Duration;

use sigv4::Secret;

use super::{
    ChainProvider,
    plan::{Base, Plan},
};
use crate::{
    CredentialsError, Error,
    runtime::{Files, SystemFiles},
};

/// Parameters of the last role that a plan assumes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleOptions {
    session_name: Option<String>,
    external_id: Option<Secret>,
    duration: Option<Duration>,
}

impl ChainProvider {
    /// Name the session of the last role that is assumed, whatever the profile or the environment says. It is an error if none
    /// is, as with [`external_id`](Self::external_id) and [`duration`](Self::duration).
    #[must_use]
    pub fn role_session_name(mut self, name: impl Into<String>) -> Self {
        self.role_options.session_name = Some(name.into());
        self
    }

    /// The external ID that the last role's trust policy asks for. A role by web identity takes none.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.role_options.external_id = Some(Secret::new(id));
        self
    }

    /// How long the session of the last role lives: 900 s to the role's maximum.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.role_options.duration = Some(duration);
        self
    }

    /// Whether a role is assumed: one that the profile names, or that of a web identity.
    ///
    /// # Errors
    /// As [`static_keys`](Self::static_keys).
    pub fn assumes_role(&self) -> Result<bool, Error> {
        Ok(self.first_source(self.files_or(&SystemFiles))?.0.assumes_role())
    }

    /// What the first source says, with these parameters, and why those before it had nothing to say.
    pub(super) fn plan(&self, files: &dyn Files) -> Result<(Plan, Vec<String>), Error> {
        let (plan, tried) = self.first_source(files)?;
        Ok((plan.with(&self.role_options)?, tried))
    }
}

impl Plan {
    fn assumes_role(&self) -> bool {
        !self.roles.is_empty() || matches!(self.base, Base::WebIdentity { .. })
    }

    /// The same with these parameters of its last role.
    pub(super) fn with(mut self, options: &RoleOptions) -> Result<Self, Error> {
        let RoleOptions { session_name, external_id, duration } = options.clone();
        if let Some(role) = self.roles.last_mut() {
            role.session_name = session_name.or(role.session_name.take());
            role.external_id = external_id.or(role.external_id.take());
            role.duration = duration.or(role.duration);
        } else if let Base::WebIdentity { session_name: own_name, duration: own_duration, .. } =
            &mut self.base
        {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{Environment, SharedFiles, plan};

    const CONFIG: &str = "[profile chain]\nrole_arn = arn:aws:iam::123456789012:role/last\nsource_profile = first\n\
        role_session_name = own\n[profile first]\nrole_arn = arn:aws:iam::123456789012:role/first\ncredential_source = Environment\n\
        [profile web]\nrole_arn = arn:aws:iam::123456789012:role/web\nweb_identity_token_file = /t\nduration_seconds = 900\n\
        [profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n";

    fn planned(profile: &str, options: &RoleOptions) -> Result<Plan, Error> {
        let files = SharedFiles::from_texts(CONFIG, "").unwrap();
        plan::plan(&files, profile, None).unwrap().unwrap().with(options)
    }

    fn chain() -> ChainProvider {
        ChainProvider::new(Environment::default())
    }

    #[test]
    fn the_last_role_s_parameters_are_replaced_and_those_before_it_kept() {
        let hour = Duration::from_secs(3600);
        let options = chain().role_session_name("given").external_id("x:1").duration(hour).role_options;
        let roles = planned("chain", &options).unwrap().roles;
        let plain = planned("chain", &RoleOptions::default()).unwrap().roles;
        assert_eq!(roles[0], plain[0]);
        assert_eq!(roles[1].session_name.as_deref(), Some("given"));
        assert_eq!((roles[1].external_id.as_ref().unwrap().expose(), roles[1].duration), ("x:1", Some(hour)));
        // What is not given stays as the profile has it.
        let only_id = planned("chain", &chain().external_id("x:1").role_options).unwrap().roles;
        assert_eq!(only_id[1].session_name.as_deref(), Some("own"));
    }

    #[test]
    fn a_role_by_web_identity_takes_name_and_duration_and_no_external_id() {
        let parameters = |options: &RoleOptions| {
            planned("web", options).map(|plan| match plan.base {
                Base::WebIdentity { session_name, duration, .. } => {
                    (session_name, duration.unwrap().as_secs())
                }
                base => panic!("{base:?}"),
            })
        };
        assert_eq!(parameters(&RoleOptions::default()).unwrap(), (None, 900));
        let given = chain().role_session_name("given").duration(Duration::from_secs(1800)).role_options;
        assert_eq!(parameters(&given).unwrap(), (Some("given".into()), 1800));
        let refused = parameters(&chain().external_id("x:1").role_options).unwrap_err().to_string();
        assert!(refused.contains("external ID") && !refused.contains("x:1"), "{refused}");
    }

    #[test]
    fn parameters_of_a_role_that_nobody_assumes_are_an_error() {
        let refused =
            planned("keys", &chain().role_session_name("given").role_options).unwrap_err().to_string();
        assert!(refused.contains("no role is assumed"), "{refused}");
        assert!(planned("keys", &RoleOptions::default()).is_ok());
    }
}
