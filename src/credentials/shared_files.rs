use std::{
    collections::BTreeMap,
    fmt,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{Credentials, Environment};
use crate::{CredentialsError, Error};

/// The largest settings file that is read.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// The shared credentials and config files, `~/.aws/credentials` and `~/.aws/config`, merged: for keys that stand in
/// both, the credentials file wins.
#[derive(Clone, Debug, Default)]
pub struct SharedFiles {
    profiles: BTreeMap<String, Profile>,
}

/// One profile's settings. `Debug` shows their names only.
#[derive(Clone, Default)]
pub struct Profile {
    settings: BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Credentials,
    Config,
}

impl SharedFiles {
    /// Read both files from where the environment says they are. A missing file is an empty one.
    ///
    /// # Errors
    /// [`Error::Credentials`]: a file exists but cannot be read.
    pub fn load(environment: &Environment) -> Result<Self, Error> {
        let mut files = Self::default();
        let config = environment.config_file().map(|path| (Kind::Config, path));
        let credentials = environment.credentials_file().map(|path| (Kind::Credentials, path));
        for (kind, path) in [config, credentials].into_iter().flatten() {
            if let Some(text) = read(&path)? {
                files.merge(&text, kind);
            }
        }
        Ok(files)
    }

    /// A profile by its name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    fn merge(&mut self, text: &str, kind: Kind) {
        let mut section: Option<String> = None;
        for line in text.trim_start_matches('\u{feff}').lines() {
            // Indented lines continue or nest the setting above: none of those is of interest here.
            if line.starts_with([' ', '\t']) || line.trim().is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(header) = line.strip_prefix('[') {
                section = header.split(']').next().and_then(|name| profile_name(name, kind));
                continue;
            }
            if let (Some(profile), Some((key, value))) = (&section, line.split_once('=')) {
                let settings = &mut self.profiles.entry(profile.clone()).or_default().settings;
                settings.insert(key.trim().to_ascii_lowercase(), without_comment(value).to_owned());
            }
        }
    }
}

/// `[profile x]` in the config file, `[x]` in the credentials file, `[default]` in both.
fn profile_name(header: &str, kind: Kind) -> Option<String> {
    let header = header.trim();
    if kind == Kind::Credentials || header == "default" {
        return Some(header.to_owned());
    }
    let rest = header.strip_prefix("profile")?;
    let name = rest.strip_prefix([' ', '\t'])?.trim();
    Some(name.trim_matches(['"', '\'']).to_owned())
}

/// A comment inside a value starts with white space and `#` or `;`.
fn without_comment(value: &str) -> &str {
    let comment = value
        .char_indices()
        .zip(value.chars().skip(1))
        .find(|((_, before), mark)| before.is_whitespace() && matches!(mark, '#' | ';'));
    let end = comment.map_or(value.len(), |((at, _), _)| at);
    value.get(..end).unwrap_or(value).trim()
}

fn read(path: &Path) -> Result<Option<String>, Error> {
    let unusable = |problem: String| {
        let problem = format!("{}: {problem}", path.display());
        Error::from(CredentialsError::Unusable { provider: "shared files", problem })
    };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.len() > MAX_FILE => {
            return Err(unusable(format!("larger than {MAX_FILE} bytes")));
        }
        _ => {}
    }
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(unusable(error.to_string())),
    }
}

impl Profile {
    /// A setting's value; an empty one counts as not set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The keys that stand in the profile; `None` if there are none.
    ///
    /// # Errors
    /// [`Error::Credentials`]: half of a key is set.
    pub fn credentials(&self) -> Result<Option<Credentials>, Error> {
        let Some(id) = self.get("aws_access_key_id") else { return Ok(None) };
        let Some(secret) = self.get("aws_secret_access_key") else {
            let problem = "aws_access_key_id is set but aws_secret_access_key is not".into();
            return Err(CredentialsError::Unusable { provider: "profile", problem }.into());
        };
        let credentials = Credentials::new(id, secret);
        Ok(Some(match self.get("aws_session_token") {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        }))
    }

    /// The profile's region.
    pub fn region(&self) -> Option<&str> {
        self.get("region")
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.settings.keys()).finish()
    }
}

/// The paths that were looked at, for messages.
pub(super) fn searched(environment: &Environment) -> String {
    let shown =
        |path: Option<PathBuf>| path.map_or("(no home directory)".into(), |path| path.display().to_string());
    format!("{} and {}", shown(environment.credentials_file()), shown(environment.config_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credentials_file_wins_and_profiles_merge() {
        let mut files = SharedFiles::default();
        files.merge(
            "\u{feff}[default]\r\nregion = eu-west-1 # where we live\r\n[profile \"my team\"]\nregion=us-east-2\n\
             aws_access_key_id=CONFIG\ns3 =\n  addressing_style = path\n[sso-session x]\nregion = zz\n",
            Kind::Config,
        );
        files.merge(
            "# comment\n[my team]\nAWS_Access_Key_Id = AKID\naws_secret_access_key = a#b;c=d \n[default]\n",
            Kind::Credentials,
        );
        assert_eq!(files.profile("default").unwrap().region(), Some("eu-west-1"));
        let team = files.profile("my team").unwrap();
        assert_eq!(team.region(), Some("us-east-2"));
        let credentials = team.credentials().unwrap().unwrap();
        assert_eq!(credentials.access_key_id(), "AKID");
        assert_eq!(credentials.secret_access_key().expose(), "a#b;c=d");
        assert!(files.profile("x").is_none() && files.profile("sso-session x").is_none());
    }
}
