//! What whoever uses the chain wants of the last role's session.

use std::time::Duration;

use sigv4::Secret;

use super::{super::plan::Plan, ChainProvider};
use crate::{
    Error,
    runtime::{Files, SystemFiles},
};

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
