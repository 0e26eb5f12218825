use std::{collections::BTreeMap, fmt, sync::Arc};

use super::grammar::{Fault, Section, Value};
use crate::{
    Credentials, CredentialsError, Error,
    credentials::received::{self, Received},
    error::Origin,
};

/// Settings by lower-case name. Values are wiped when this is dropped. `Debug` shows the names only: values may
/// be secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The file's path, for messages.
    file: Arc<str>,
    values: BTreeMap<String, Value>,
    /// The section's header and the first line that cannot be read. There are no values then.
    fault: Option<(String, Fault)>,
}

impl Settings {
    pub(super) fn new(file: &Arc<str>) -> Self {
        Self { file: file.clone(), values: BTreeMap::new(), fault: None }
    }

    /// A setting's value; an empty one counts as not set. A nested setting has its parent's name in front:
    /// `s3.addressing_style`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.text.expose()).filter(|value| !value.is_empty())
    }

    /// All settings that are not empty.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self.values.iter().map(|(name, value)| (name.as_str(), value.text.expose()));
        values.filter(|(_, value)| !value.is_empty())
    }

    /// The names of all settings, sorted; also of those that are empty.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Where a setting stands; `None` if it is not set.
    pub fn origin(&self, name: &str) -> Option<Origin> {
        self.get(name)?;
        let line = self.values.get(name)?.line;
        Some(Origin::Line { file: self.file.to_string(), line })
    }

    /// Whether all lines could be read. Of a section with one that could not, no setting counts: half of it may mean
    /// something else than the whole.
    ///
    /// # Errors
    /// [`Error::Credentials`] names the file, the line and what is wrong with it.
    pub fn check(&self) -> Result<(), Error> {
        match &self.fault {
            None => Ok(()),
            Some((header, fault)) => {
                let problem = described(&self.file, fault, Some(header));
                Err(CredentialsError::unusable("shared files", problem).into())
            }
        }
    }

    pub(super) fn merge(&mut self, section: Section) {
        if let Some(fault) = section.fault {
            self.fault.get_or_insert((section.header, fault));
        }
        if self.fault.is_some() {
            self.values.clear();
            return;
        }
        // Of a profile that stands there twice, the later setting wins, with what is nested in it.
        for name in section.settings.keys() {
            let nested = format!("{name}.");
            self.values.retain(|other, _| !other.starts_with(&nested));
        }
        self.values.extend(section.settings);
    }

    /// The keys that stand here; `None` if there are none.
    pub(crate) fn keys(&self) -> Result<Option<Credentials>, Error> {
        let Some(id) = self.get("aws_access_key_id") else { return Ok(None) };
        let place =
            || self.origin("aws_access_key_id").map(|origin| format!(" ({origin})")).unwrap_or_default();
        let Some(secret) = self.get("aws_secret_access_key") else {
            let problem = format!("aws_access_key_id is set but aws_secret_access_key is not{}", place());
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
            .map_err(|problem| CredentialsError::unusable("profile", format!("it {problem}{}", place())))?;
        Ok(Some(match self.get("aws_account_id") {
            Some(id) => credentials.with_account_id(id),
            None => credentials,
        }))
    }

    #[cfg(test)]
    pub(super) fn of_pairs(pairs: &[(&str, &str)]) -> Self {
        use sigv4::Secret;
        let values = (1..)
            .zip(pairs)
            .map(|(line, (name, value))| (name.to_string(), Value { text: Secret::from(*value), line }));
        Self { values: values.collect(), ..Self::default() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(&Arc::from(""))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// A line that cannot be read: where it stands, what is wrong with it, and what that harms.
pub(super) fn described(file: &str, fault: &Fault, header: Option<&str>) -> String {
    let Fault { line, problem } = fault;
    match header {
        Some(header) => {
            let header = header.escape_debug();
            format!(
                "{file} line {line}: {problem}; section [{header}] cannot be used until this is corrected"
            )
        }
        None => format!("{file} line {line}: {problem}"),
    }
}
