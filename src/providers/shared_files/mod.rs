//! The shared config and credentials files, `~/.aws/config` and `~/.aws/credentials`, merged by profile.
//!
//! `grammar` reads lines; here sections become profiles, SSO sessions and service settings.

mod grammar;
mod services;

use std::{collections::BTreeMap, fmt, io::ErrorKind, path::Path};

use sigv4::Secret;

use self::grammar::{Header, Section, config_header};
use super::{Environment, files};
use crate::{
    Credentials,
    credentials::received::{self, Received},
    runtime::{Files, SystemFiles},
};
use crate::{CredentialsError, Error};

/// Both files, of at most 4 MiB each. For settings that stand in both, the credentials file wins.
#[derive(Clone, Debug, Default)]
pub struct SharedFiles {
    profiles: BTreeMap<String, Profile>,
    sso_sessions: BTreeMap<String, Settings>,
    services: BTreeMap<String, Settings>,
}

/// Settings by lower-case name. Values are wiped when this is dropped. `Debug` shows the names only: values may
/// be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, Secret>);

/// One profile's settings in both files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// What the credentials file says.
    pub(crate) credentials_file: Settings,
    /// What the config file says.
    pub(crate) config_file: Settings,
    /// The `[services …]` section that the profile names, if it exists.
    services: Option<Settings>,
}

impl Settings {
    /// A setting's value; an empty one counts as not set. A nested setting has its parent's name in front:
    /// `s3.addressing_style`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }

    fn merge(&mut self, section: Section) {
        // Of a profile that stands there twice, the later setting wins.
        self.0.extend(section.settings);
    }

    /// The keys that stand here; `None` if there are none.
    pub(crate) fn keys(&self) -> Result<Option<Credentials>, Error> {
        let Some(id) = self.get("aws_access_key_id") else { return Ok(None) };
        let Some(secret) = self.get("aws_secret_access_key") else {
            let problem = "aws_access_key_id is set but aws_secret_access_key is not";
            return Err(CredentialsError::unusable("profile", problem).into());
        };
        let token = ["aws_session_token", "aws_security_token"]
            .into_iter()
            .find_map(|name| Some((name, self.get(name)?.into())));
        let received = Received {
            access_key_id: ("aws_access_key_id", id.to_owned()),
            secret_access_key: ("aws_secret_access_key", secret.into()),
            session_token: token,
        };
        let credentials = received::written_credentials(received)
            .map_err(|problem| CredentialsError::unusable("profile", format!("it {problem}")))?;
        Ok(Some(credentials))
    }
}

impl SharedFiles {
    /// Read both files from where the environment says they are. A missing file is an empty one.
    ///
    /// # Errors
    /// [`Error::Credentials`]: a file exists but cannot be read or understood.
    pub fn load(environment: &Environment) -> Result<Self, Error> {
        Self::load_from(&SystemFiles, environment)
    }

    /// The same from other files than the system's.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_from(files: &dyn Files, environment: &Environment) -> Result<Self, Error> {
        let mut merged = Self::default();
        if let Some(path) = environment.config_file()
            && let Some(sections) = read(files, &path)?
        {
            merged.merge_config(sections);
        }
        if let Some(path) = environment.credentials_file()
            && let Some(sections) = read(files, &path)?
        {
            merged.merge_credentials(sections);
        }
        merged.attach_services();
        Ok(merged)
    }

    /// The same from texts: for where there are no files.
    ///
    /// ```
    /// use sts3::providers::SharedFiles;
    ///
    /// let files = SharedFiles::from_texts("[profile dev]\nregion = eu-west-1\n", "")?;
    /// assert_eq!(files.profile("dev").and_then(|profile| profile.region()), Some("eu-west-1"));
    /// # Ok::<(), sts3::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Credentials`]: a text cannot be understood.
    pub fn from_texts(config: &str, credentials: &str) -> Result<Self, Error> {
        let parse = |name: &str, text: &str| grammar::parse(text).map_err(|problem| unusable(name, &problem));
        let mut files = Self::default();
        files.merge_config(parse("the config file", config)?);
        files.merge_credentials(parse("the credentials file", credentials)?);
        files.attach_services();
        Ok(files)
    }

    /// A profile by its name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// The names of all profiles, sorted.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// An `[sso-session …]` by its name.
    pub fn sso_session(&self, name: &str) -> Option<&Settings> {
        self.sso_sessions.get(name)
    }

    fn attach_services(&mut self) {
        for profile in self.profiles.values_mut() {
            profile.services = profile.get("services").and_then(|name| self.services.get(name)).cloned();
        }
    }

    fn merge_config(&mut self, sections: Vec<Section>) {
        // `[profile default]` is the default profile, and `[default]` is so only in its absence.
        let has_default = sections.iter().any(|section| {
            section.header != "default" && config_header(&section.header) == Header::Profile("default".into())
        });
        for section in sections {
            match config_header(&section.header) {
                Header::Profile(name) if name == "default" && has_default && section.header == "default" => {}
                Header::Profile(name) => self.profiles.entry(name).or_default().config_file.merge(section),
                Header::SsoSession(name) => self.sso_sessions.entry(name).or_default().merge(section),
                Header::Services(name) => self.services.entry(name).or_default().merge(section),
                Header::Other => {}
            }
        }
    }

    fn merge_credentials(&mut self, sections: Vec<Section>) {
        for section in sections {
            self.profiles.entry(section.header.clone()).or_default().credentials_file.merge(section);
        }
    }
}

fn unusable(name: &str, problem: &str) -> Error {
    CredentialsError::unusable("shared files", format!("{name}: {problem}")).into()
}

fn read(files: &dyn Files, path: &Path) -> Result<Option<Vec<Section>>, Error> {
    let unusable = |problem: String| unusable(&path.display().to_string(), &problem);
    match files::read_settings(files, path) {
        Ok(text) => grammar::parse(text.expose()).map(Some).map_err(unusable),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(unusable(error.to_string())),
    }
}

impl Profile {
    /// A setting's value, from the credentials file if it stands there; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.credentials_file.get(name).or_else(|| self.config_file.get(name))
    }

    /// The keys that stand in the profile; `None` if there are none.
    ///
    /// # Errors
    /// [`Error::Credentials`]: half of a key is set.
    pub fn credentials(&self) -> Result<Option<Credentials>, Error> {
        match self.credentials_file.keys()? {
            Some(credentials) => Ok(Some(credentials)),
            None => self.config_file.keys(),
        }
    }

    /// The endpoint that the profile's `services` section has for a service: `sts`, `iam`, `s3`.
    ///
    /// # Errors
    /// [`Error::Credentials`]: the profile names a section that does not exist.
    #[cfg(feature = "client")]
    pub(crate) fn service_endpoint(&self, service: &str) -> Result<Option<&str>, Error> {
        match (self.get("services"), &self.services) {
            (Some(name), None) => {
                let problem = format!(
                    "it has services = {0}, and there is no section [services {0}]",
                    name.escape_debug()
                );
                Err(CredentialsError::unusable("profile", problem).into())
            }
            (_, services) => {
                Ok(services.as_ref().and_then(|services| services.get(&format!("{service}.endpoint_url"))))
            }
        }
    }

    /// A profile with these settings in the config file.
    #[cfg(test)]
    pub(crate) fn of_config(settings: &[(&str, &str)]) -> Self {
        let pairs = settings.iter().map(|(name, value)| (name.to_string(), Secret::from(*value)));
        Self { config_file: Settings(pairs.collect()), ..Self::default() }
    }

    /// The profile's region.
    pub fn region(&self) -> Option<&str> {
        self.get("region")
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(config: &str, credentials: &str) -> SharedFiles {
        let mut files = SharedFiles::default();
        files.merge_config(grammar::parse(config).unwrap());
        files.merge_credentials(grammar::parse(credentials).unwrap());
        files
    }

    #[test]
    fn the_credentials_file_wins_and_profiles_merge() {
        let files = files(
            "[default]\nregion = eu-west-1\n[profile \"my team\"]\nregion=us-east-2\naws_access_key_id=CONFIG\n\
             [sso-session x]\nsso_region = zz\n[profile my-sso]\nsso_session = x\n[services local]\ns3 =\n  endpoint_url = u\n",
            "[my team]\nAWS_Access_Key_Id = AKID\naws_secret_access_key = a#b;c=d \n[default]\n[my team]\nregion = later\n",
        );
        assert_eq!(files.profile("default").unwrap().region(), Some("eu-west-1"));
        let team = files.profile("my team").unwrap();
        assert_eq!(team.region(), Some("later"));
        let credentials = team.credentials().unwrap().unwrap();
        assert_eq!(credentials.access_key_id(), "AKID");
        assert_eq!(credentials.secret_access_key().expose(), "a#b;c=d");
        assert_eq!(files.sso_session("x").unwrap().get("sso_region"), Some("zz"));
        assert_eq!(files.services["local"].get("s3.endpoint_url"), Some("u"));
        assert!(files.profile("x").is_none());
        assert_eq!(files.profile_names().collect::<Vec<_>>(), ["default", "my team", "my-sso"]);
    }

    #[test]
    fn profile_default_hides_default_in_the_config_file() {
        let both =
            files("[default]\nregion = hidden\noutput = hidden\n[profile default]\nregion = shown\n", "");
        let default = both.profile("default").unwrap();
        assert_eq!((default.region(), default.get("output")), (Some("shown"), None));
    }

    #[test]
    fn debug_output_shows_no_values() {
        let files = files("", "[x]\naws_access_key_id = AKID\naws_secret_access_key = hush-secret\n");
        assert!(!format!("{files:?}").contains("hush"), "{files:?}");
    }
}
