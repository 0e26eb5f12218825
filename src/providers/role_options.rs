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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{SharedFiles, plan};

    const CONFIG: &str = "[profile chain]\nrole_arn = arn:aws:iam::123456789012:role/last\nsource_profile = first\n\
        role_session_name = own\n[profile first]\nrole_arn = arn:aws:iam::123456789012:role/first\ncredential_source = Environment\n\
        [profile web]\nrole_arn = arn:aws:iam::123456789012:role/web\nweb_identity_token_file = /t\nduration_seconds = 900\n\
        [profile keys]\naws_access_key_id = A\naws_secret_access_key = s\n";

    fn planned(profile: &str, options: &RoleOptions) -> Result<Plan, Error> {
        let files = SharedFiles::from_texts(CONFIG, "").unwrap();
        plan::plan(&files, profile, None).unwrap().unwrap().with(options)
    }

    fn options(name: Option<&str>, id: Option<&str>, seconds: Option<u64>) -> RoleOptions {
        RoleOptions {
            session_name: name.map(str::to_owned),
            external_id: id.map(Secret::from),
            duration: seconds.map(Duration::from_secs),
        }
    }

    #[test]
    fn the_last_role_s_parameters_are_replaced_and_those_before_it_kept() {
        let hour = Duration::from_secs(3600);
        let roles = planned("chain", &options(Some("given"), Some("x:1"), Some(3600))).unwrap().roles;
        let plain = planned("chain", &RoleOptions::default()).unwrap().roles;
        assert_eq!(roles[0], plain[0]);
        assert_eq!(roles[1].session_name.as_deref(), Some("given"));
        assert_eq!((roles[1].external_id.as_ref().unwrap().expose(), roles[1].duration), ("x:1", Some(hour)));
        // What is not given stays as the profile has it.
        let only_id = planned("chain", &options(None, Some("x:1"), None)).unwrap().roles;
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
        let given = options(Some("given"), None, Some(1800));
        assert_eq!(parameters(&given).unwrap(), (Some("given".into()), 1800));
        let refused = parameters(&options(None, Some("x:1"), None)).unwrap_err().to_string();
        assert!(refused.contains("external ID") && !refused.contains("x:1"), "{refused}");
    }

    #[test]
    fn parameters_of_a_role_that_nobody_assumes_are_an_error() {
        let refused = planned("keys", &options(Some("given"), None, None)).unwrap_err().to_string();
        assert!(refused.contains("no role is assumed"), "{refused}");
        assert!(planned("keys", &RoleOptions::default()).is_ok());
    }
}
