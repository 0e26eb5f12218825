use std::{collections::BTreeMap, fmt, path::PathBuf};

use sigv4::Secret;

use crate::{
    Credentials,
    credentials::received::{self, Received},
};
use crate::{CredentialsError, Error, wire::timestamp};

/// The settings that a process inherits: a copy of the environment variables, so that tests can bring their
/// own.
///
/// ```
/// use sts3::providers::Environment;
///
/// let environment: Environment =
///     [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")]
///         .map(|(name, value)| (name.to_owned(), value.to_owned()))
///         .into_iter()
///         .collect();
/// assert_eq!(environment.region(), Some("eu-west-1"));
/// assert!(environment.credentials()?.is_some());
/// # Ok::<(), sts3::Error>(())
/// ```
///
/// The values are wiped when the copy is dropped. `Debug` shows the names only.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, Secret>,
    /// What the system has as the user's folder, where no variable says it.
    home: Option<PathBuf>,
}

impl Environment {
    /// This process's variables, and what the system has as the user's folder where `HOME` is not set. Values that are not
    /// UTF-8 are left out.
    pub fn from_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables: Self = std::env::vars_os().filter_map(text).collect();
        Self { home: std::env::home_dir(), ..variables }
    }

    /// A variable's value; one that is empty or blank counts as not set, as the SDKs have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose).filter(|value| !value.trim().is_empty())
    }

    /// The names of the variables that are set and not empty, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().filter(|(_, value)| !value.expose().is_empty()).map(|(name, _)| name.as_str())
    }

    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary keys, `AWS_SESSION_TOKEN` (or its older
    /// name `AWS_SECURITY_TOKEN`), `AWS_CREDENTIAL_EXPIRATION` and `AWS_ACCOUNT_ID`. `None` if there is no key id.
    ///
    /// # Errors
    /// [`Error::Credentials`]: half of a key is set, or the expiration is no time.
    pub fn credentials(&self) -> Result<Option<Credentials>, Error> {
        let unusable = |problem: &str| CredentialsError::unusable("environment", problem);
        let Some(id) = self.get("AWS_ACCESS_KEY_ID") else { return Ok(None) };
        let Some(secret) = self.get("AWS_SECRET_ACCESS_KEY") else {
            return Err(unusable("AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not").into());
        };
        let token = ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]
            .into_iter()
            .find_map(|name| Some((name, self.get(name)?.into())));
        let received = Received {
            access_key_id: ("AWS_ACCESS_KEY_ID", id.to_owned()),
            secret_access_key: ("AWS_SECRET_ACCESS_KEY", secret.into()),
            session_token: token,
        };
        let mut credentials =
            received::written_credentials(received).map_err(|problem| unusable(&format!("it {problem}")))?;
        if let Some(id) = self.get("AWS_ACCOUNT_ID") {
            credentials = credentials.with_account_id(id.trim());
        }
        if let Some(text) = self.get("AWS_CREDENTIAL_EXPIRATION") {
            let expiration =
                timestamp::iso_8601(text).or_else(|| timestamp::unix_time(text.trim().parse().ok()?));
            let expiration = expiration.ok_or_else(|| {
                unusable("AWS_CREDENTIAL_EXPIRATION is neither a time of ISO 8601 with its zone nor a number of seconds since 1970")
            })?;
            credentials = credentials.with_expiration(expiration);
        }
        Ok(Some(credentials))
    }

    /// `AWS_REGION`, or else `AWS_DEFAULT_REGION`.
    pub fn region(&self) -> Option<&str> {
        self.get("AWS_REGION").or_else(|| self.get("AWS_DEFAULT_REGION"))
    }

    /// `AWS_PROFILE`, or else `AWS_DEFAULT_PROFILE`.
    pub fn profile(&self) -> Option<&str> {
        self.get("AWS_PROFILE").or_else(|| self.get("AWS_DEFAULT_PROFILE"))
    }

    /// The variable that names the profile.
    pub(crate) fn profile_variable(&self) -> Option<&'static str> {
        ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter().find(|name| self.get(name).is_some())
    }

    /// `AWS_SHARED_CREDENTIALS_FILE`, or else `~/.aws/credentials`. `~` and `$NAME` in the variable are the user's folder
    /// and another variable's value, as botocore has it: what sets variables is often no shell.
    pub fn credentials_file(&self) -> Option<PathBuf> {
        self.file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    /// `AWS_CONFIG_FILE`, or else `~/.aws/config`; as [`credentials_file`](Self::credentials_file).
    pub fn config_file(&self) -> Option<PathBuf> {
        self.file("AWS_CONFIG_FILE", "config")
    }

    fn file(&self, variable: &str, name: &str) -> Option<PathBuf> {
        let Some(path) = self.get(variable) else {
            return self.home().map(|home| home.join(".aws").join(name));
        };
        let path = self.with_variables(path);
        match path.strip_prefix('~') {
            Some("") => self.home(),
            Some(rest) if rest.starts_with(['/', std::path::MAIN_SEPARATOR]) => {
                self.home().map(|home| home.join(rest.trim_start_matches(['/', std::path::MAIN_SEPARATOR])))
            }
            _ => Some(PathBuf::from(path)),
        }
    }

    /// `$NAME` and `${NAME}` replaced by the variables of these names; those that are not set stay as they are (as in
    /// Python's `os.path.expandvars`).
    fn with_variables(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let (name, behind) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some(braced) => braced,
                None => after.split_at(after.find(|c| !is_part(c)).unwrap_or(after.len())),
            };
            match self.variables.get(name) {
                Some(value) => expanded.push_str(value.expose()),
                None => {
                    expanded.push('$');
                    expanded.push_str(after.strip_suffix(behind).unwrap_or_default());
                }
            }
            rest = behind;
        }
        expanded + rest
    }

    /// The user's own folder: `HOME`, `USERPROFILE`, `HOMEDRIVE` and `HOMEPATH`, or what the system has.
    pub fn home(&self) -> Option<PathBuf> {
        let named = self.get("HOME").or_else(|| self.get("USERPROFILE")).map(str::to_owned);
        let of_windows = || Some(format!("{}{}", self.get("HOMEDRIVE")?, self.get("HOMEPATH")?));
        named.or_else(of_windows).map(PathBuf::from).or_else(|| self.home.clone())
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, value.into()));
        Self { variables: variables.collect(), home: None }
    }
}

impl fmt::Debug for Environment {
    /// The names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    // What Python's `os.path.expandvars` and `expanduser` make of them, which botocore applies.
    #[test]
    fn files_are_named_with_variables_and_the_user_s_folder() {
        for (path, expected) in [
            ("/plain/$", "/plain/$"),
            ("$HOME/x", "/home/me/x"),
            ("${HOME}/x", "/home/me/x"),
            ("$HOME", "/home/me"),
            ("/a/$UNSET/b", "/a/$UNSET/b"),
            ("/a/${UNSET}/b$", "/a/${UNSET}/b$"),
            ("/a/${HOME", "/a/${HOME"),
            ("$NAMES/x", "$NAMES/x"),
            ("$NAME/$NAME", "n/n"),
            ("~/x", "/home/me/x"),
            ("~", "/home/me"),
            ("~other/x", "~other/x"),
            ("/a/~/x", "/a/~/x"),
        ] {
            let environment = environment(&[("HOME", "/home/me"), ("NAME", "n"), ("AWS_CONFIG_FILE", path)]);
            assert_eq!(environment.config_file(), Some(PathBuf::from(expected)), "{path}");
        }
    }

    #[test]
    fn a_blank_variable_counts_as_not_set() {
        for blank in ["", " ", "\t", "\n"] {
            let keys =
                [("AWS_ACCESS_KEY_ID", blank), ("AWS_SECRET_ACCESS_KEY", blank), ("AWS_PROFILE", blank)];
            let environment = environment(&keys);
            assert_eq!(environment.credentials().unwrap(), None);
            assert_eq!(environment.profile(), None);
        }
    }

    #[test]
    fn half_a_key_is_an_error_and_none_is_none() {
        assert_eq!(environment(&[("AWS_ACCESS_KEY_ID", "")]).credentials().unwrap(), None);
        let half = environment(&[("AWS_ACCESS_KEY_ID", "AKID")]).credentials().unwrap_err();
        assert!(half.to_string().contains("AWS_SECRET_ACCESS_KEY is not"), "{half}");
        let whole = environment(&[
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_SESSION_TOKEN", "t"),
            ("AWS_CREDENTIAL_EXPIRATION", "2026-11-24T00:10:57Z"),
        ]);
        let credentials = whole.credentials().unwrap().unwrap();
        assert_eq!(credentials.session_token().unwrap().expose(), "t");
        assert_eq!(credentials.expiration().unwrap().unix_timestamp(), 1_795_479_057);
    }
}
