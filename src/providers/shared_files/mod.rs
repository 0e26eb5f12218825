//! The shared config and credentials files, `~/.aws/config` and `~/.aws/credentials`, merged by profile.
//!
//! `grammar` reads lines and `header` the names of sections; here sections become profiles, SSO sessions and service
//! settings. `settings` and `profile` are what is read of them.
//!
//! Nothing here is an error before it is used: a file that cannot be read counts as absent, and a section with a line that
//! cannot be read is refused by whoever uses it. Both are told by [`SharedFiles::warnings`].

mod grammar;
mod header;
mod profile;
mod services;
mod settings;

use std::{collections::BTreeMap, io::ErrorKind, path::Path, sync::Arc};

use self::{
    grammar::{Document, Section},
    header::{Header, config_header, meant},
    settings::described,
};
pub use self::{profile::Profile, settings::Settings};
use super::{Environment, files};
use crate::{
    CredentialsError, Error,
    endpoint::nearest,
    runtime::{Files, SystemFiles},
};

/// Both files, of at most 4 MiB each. For settings that stand in both, the credentials file wins.
#[derive(Clone, Debug, Default)]
pub struct SharedFiles {
    profiles: BTreeMap<String, Profile>,
    sso_sessions: BTreeMap<String, Settings>,
    services: BTreeMap<String, Settings>,
    /// Sections that would be profiles by another header, and what is said of each: the config file wants the word
    /// `profile` in front of a name, and the credentials file does not.
    misnamed: BTreeMap<String, String>,
    /// The paths that were looked at, for messages.
    searched: Vec<String>,
    /// Files that could not be read, and why.
    unreadable: Vec<String>,
    warnings: Vec<String>,
}

impl SharedFiles {
    /// Read both files from where the environment says they are. A missing file is an empty one; so is, with a
    /// [warning](Self::warnings), one that cannot be read.
    ///
    /// # Errors
    /// None today: what cannot be read harms only who uses it.
    pub fn load(environment: &Environment) -> Result<Self, Error> {
        Self::load_from(&SystemFiles, environment)
    }

    /// The same from other files than the system's.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_from(files: &dyn Files, environment: &Environment) -> Result<Self, Error> {
        let mut merged = Self::default();
        merged.searched.extend(environment.credentials_file().map(|path| path.display().to_string()));
        merged.searched.extend(environment.config_file().map(|path| path.display().to_string()));
        // `exec` names the empty file for both.
        merged.searched.dedup();
        if let Some(path) = environment.config_file()
            && let Some(document) = merged.read(files, &path)
        {
            merged.merge_config(&path.display().to_string(), document);
        }
        if let Some(path) = environment.credentials_file()
            && let Some(document) = merged.read(files, &path)
        {
            merged.merge_credentials(&path.display().to_string(), document);
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
    /// As [`load`](Self::load).
    pub fn from_texts(config: &str, credentials: &str) -> Result<Self, Error> {
        let mut files = Self::default();
        files.merge_config("the config file", grammar::parse(config));
        files.merge_credentials("the credentials file", grammar::parse(credentials));
        files.attach_services();
        Ok(files)
    }

    /// A profile by its name. Of one with a line that cannot be read it has no settings: see [`Profile::check`].
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// The profile whose settings a program uses: the one that its user has named, or else that of `AWS_PROFILE`, which
    /// must exist; or else the default profile, if there is one.
    ///
    /// # Errors
    /// [`Error::Credentials`]: there is no profile of the name that was given, or a line of it cannot be read.
    pub fn used_profile(
        &self,
        named: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<&Profile>, Error> {
        let variable = environment.profile_variable().filter(|_| named.is_none());
        let name = named.or(environment.profile());
        let profile = self.profile(name.unwrap_or("default"));
        match (profile, name) {
            (None, Some(name)) => {
                let by = variable.map(|variable| format!(" of {variable}")).unwrap_or_default();
                let tried = vec![format!("profile `{}`{by} ({})", name.escape_debug(), self.missing(name))];
                Err(CredentialsError::NotFound { tried }.into())
            }
            (profile, _) => profile.map_or(Ok(None), |profile| profile.check().map(|()| Some(profile))),
        }
    }

    /// The names of all profiles, sorted.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// An `[sso-session …]` by its name.
    pub fn sso_session(&self, name: &str) -> Option<&Settings> {
        self.sso_sessions.get(name)
    }

    /// The names of all `[sso-session …]` sections, sorted.
    pub fn sso_session_names(&self) -> impl Iterator<Item = &str> {
        self.sso_sessions.keys().map(String::as_str)
    }

    /// What could not be read, for whoever may have meant to use it: files, and lines of sections. A text each, without
    /// secrets.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.warnings.iter().map(String::as_str)
    }

    /// Where profiles were looked for.
    pub(super) fn searched(&self) -> String {
        match self.searched.as_slice() {
            [] => "any file: there is no home directory".to_owned(),
            paths => paths.join(" and "),
        }
    }

    /// What is said of a profile that does not exist.
    pub(super) fn missing(&self, name: &str) -> String {
        format!("it is not in {}{}", self.searched(), self.advice(name))
    }

    /// What may help whoever looks for a profile that does not exist: a similar name, a header that lacks its first word,
    /// a file that cannot be read. Empty, or to be put behind a sentence.
    pub(super) fn advice(&self, name: &str) -> String {
        let mut advice = String::new();
        if let Some(misnamed) = self.misnamed.get(name) {
            advice = format!("; {misnamed}");
        } else if let Some(similar) = nearest(name, self.profile_names()) {
            advice = format!("; did you mean `{}`?", similar.escape_debug());
        }
        for problem in &self.unreadable {
            advice.push_str("; ");
            advice.push_str(problem);
        }
        advice
    }

    fn read(&mut self, files: &dyn Files, path: &Path) -> Option<Document> {
        match files::read_settings(files, path) {
            Ok(text) => Some(grammar::parse(text.expose())),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
            Err(error) => {
                let problem = format!("{} cannot be read: {error}", path.display());
                self.warnings.push(format!("{problem}; nothing is taken from it"));
                self.unreadable.push(problem);
                None
            }
        }
    }

    fn attach_services(&mut self) {
        for profile in self.profiles.values_mut() {
            profile.services = profile.get("services").and_then(|name| self.services.get(name)).cloned();
        }
    }

    fn merge_config(&mut self, file: &str, document: Document) {
        self.warn(file, &document);
        let path: Arc<str> = Arc::from(file);
        let new = || Settings::new(&path);
        // `[profile default]` is the default profile, and `[default]` is so only in its absence.
        let has_default = document.sections.iter().any(|section| {
            section.header != "default" && config_header(&section.header) == Header::Profile("default".into())
        });
        for section in document.sections {
            let settings = match config_header(&section.header) {
                Header::Profile(name) if name == "default" && has_default && section.header == "default" => {
                    continue;
                }
                Header::Profile(name) => {
                    let new = || Profile { config_file: new(), ..Profile::default() };
                    &mut self.profiles.entry(name).or_insert_with(new).config_file
                }
                Header::SsoSession(name) => self.sso_sessions.entry(name).or_insert_with(new),
                Header::Services(name) => self.services.entry(name).or_insert_with(new),
                Header::Other => {
                    let (name, right) = meant(&section.header);
                    self.misname(name, file, &section, &right);
                    continue;
                }
            };
            settings.merge(section);
        }
    }

    fn merge_credentials(&mut self, file: &str, document: Document) {
        self.warn(file, &document);
        let path: Arc<str> = Arc::from(file);
        let mut seen: BTreeMap<String, Settings> = BTreeMap::new();
        for section in document.sections {
            if let Some(name) = section.header.strip_prefix("profile ").map(|name| name.trim().to_owned()) {
                self.misname(name.clone(), file, &section, &name);
                continue;
            }
            let name = section.header.clone();
            seen.entry(name).or_insert_with(|| Settings::new(&path)).merge(section);
        }
        for (name, settings) in seen {
            self.profiles.entry(name).or_default().credentials_file = settings;
        }
    }

    fn misname(&mut self, name: String, file: &str, section: &Section, right: &str) {
        // The quotes are to be written as they are.
        let shown = |header: &str| header.escape_debug().to_string().replace("\\\"", "\"");
        let (header, right) = (shown(&section.header), shown(right));
        let advice = format!("the section [{header}] of {file} line {} has to be [{right}]", section.line);
        self.misnamed.entry(name).or_insert(advice);
    }

    fn warn(&mut self, file: &str, document: &Document) {
        let stray = document.stray.iter().map(|fault| described(file, fault, None));
        let faults = document
            .sections
            .iter()
            .filter_map(|Section { header, fault, .. }| Some(described(file, fault.as_ref()?, Some(header))));
        self.warnings.extend(stray.chain(faults));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(config: &str, credentials: &str) -> SharedFiles {
        SharedFiles::from_texts(config, credentials).unwrap()
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
