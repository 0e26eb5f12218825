use std::collections::BTreeSet;

use super::settings::Settings;
use crate::{Credentials, Error, error::Origin};

/// One profile's settings in both files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// What the credentials file says.
    pub(crate) credentials_file: Settings,
    /// What the config file says.
    pub(crate) config_file: Settings,
    /// The `[services …]` section that the profile names, if it exists.
    pub(super) services: Option<Settings>,
}

impl Profile {
    /// A setting's value, from the credentials file if it stands there; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.credentials_file.get(name).or_else(|| self.config_file.get(name))
    }

    /// The names of all settings in both files, sorted; also of those that are empty.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self.credentials_file.names().chain(self.config_file.names()).collect();
        names.into_iter()
    }

    /// Where a setting stands; `None` if it is not set.
    pub fn origin(&self, name: &str) -> Option<Origin> {
        self.credentials_file.origin(name).or_else(|| self.config_file.origin(name))
    }

    /// Whether all of the profile's lines could be read. Nothing is taken from a section with one that could not.
    ///
    /// # Errors
    /// [`Error::Credentials`] names the file, the line and what is wrong with it.
    pub fn check(&self) -> Result<(), Error> {
        self.credentials_file.check()?;
        self.config_file.check()
    }

    /// The keys that stand in the profile; `None` if there are none.
    ///
    /// # Errors
    /// [`Error::Credentials`]: half of a key is set, or a line of the profile cannot be read.
    pub fn credentials(&self) -> Result<Option<Credentials>, Error> {
        self.check()?;
        match self.credentials_file.keys()? {
            Some(credentials) => Ok(Some(credentials)),
            None => self.config_file.keys(),
        }
    }

    /// The endpoint that the profile's `services` section has for a service (`sts`, `iam`, `s3`), and where it stands.
    ///
    /// # Errors
    /// [`Error::Credentials`]: the profile names a section that does not exist or cannot be read.
    #[cfg(feature = "client")]
    pub(crate) fn service_endpoint(&self, service: &str) -> Result<Option<(&str, Option<Origin>)>, Error> {
        let Some(name) = self.get("services") else { return Ok(None) };
        let Some(services) = &self.services else {
            let shown = name.escape_debug();
            let place = self.origin("services").map(|origin| format!(" ({origin})")).unwrap_or_default();
            let problem =
                format!("it has services = {shown}{place}, and there is no section [services {shown}]");
            return Err(crate::CredentialsError::unusable("profile", problem).into());
        };
        services.check()?;
        let key = format!("{service}.endpoint_url");
        Ok(services.get(&key).map(|url| (url, services.origin(&key))))
    }

    /// A profile with these settings in the config file.
    #[cfg(test)]
    pub(crate) fn of_config(settings: &[(&str, &str)]) -> Self {
        Self { config_file: Settings::of_pairs(settings), ..Self::default() }
    }

    /// The profile's region.
    pub fn region(&self) -> Option<&str> {
        self.get("region")
    }
}
