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
}

impl Environment {
    /// This process's variables. Values that are not UTF-8 are left out.
    pub fn from_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        std::env::vars_os().filter_map(text).collect()
    }

    /// A variable's value; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }

    /// The names of the variables that are set and not empty, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().filter(|(_, value)| !value.expose().is_empty()).map(|(name, _)| name.as_str())
    }

    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary keys, `AWS_SESSION_TOKEN` (or its older
    /// name `AWS_SECURITY_TOKEN`) and `AWS_CREDENTIAL_EXPIRATION`. `None` if there is no key id.
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
        if let Some(text) = self.get("AWS_CREDENTIAL_EXPIRATION") {
            let expiration = timestamp::iso_8601(text);
            let expiration =
                expiration.ok_or_else(|| unusable("AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time"))?;
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

    /// `AWS_SHARED_CREDENTIALS_FILE`, or else `~/.aws/credentials`.
    pub fn credentials_file(&self) -> Option<PathBuf> {
        self.file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    /// `AWS_CONFIG_FILE`, or else `~/.aws/config`.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.file("AWS_CONFIG_FILE", "config")
    }

    fn file(&self, variable: &str, name: &str) -> Option<PathBuf> {
        match self.get(variable) {
            Some(path) => match path.strip_prefix("~/") {
                Some(rest) => self.home().map(|home| home.join(rest)),
                None => Some(PathBuf::from(path)),
            },
            None => self.home().map(|home| home.join(".aws").join(name)),
        }
    }

    /// The user's own folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").or_else(|| self.get("USERPROFILE")).map(PathBuf::from)
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name, value.into())).collect() }
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
