use alloc::{borrow::Cow, string::String};

use crate::{Secret, text::is_plain};

/// An access key: its public id, its secret and, for temporary credentials, the session token.
///
/// `Debug` shows the id only. Long-lived key ids start with `AKIA`, temporary ones with `ASIA`; a temporary
/// key is refused by every service when its token is missing.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    session_token: Option<Secret>,
    /// The token holds nothing that signing would have to trim, fold or refuse: looked at once, for it is long.
    pub(crate) token_is_plain: bool,
}

impl Credentials {
    /// A long-lived key.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<Secret>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
            token_is_plain: true,
        }
    }

    /// The same key with the session token that STS issued beside it.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<Secret>) -> Self {
        let token = token.into();
        self.token_is_plain = is_plain(token.expose());
        self.session_token = Some(token);
        self
    }

    /// The public part of the key, `AKIA…` or `ASIA…`.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The secret part of the key.
    pub fn secret_access_key(&self) -> &Secret {
        &self.secret_access_key
    }

    /// The session token, if these are temporary credentials.
    pub fn session_token(&self) -> Option<&Secret> {
        self.session_token.as_ref()
    }
}

impl PartialEq for Credentials {
    /// The secret and the token are both compared, whether the first is the same or not.
    fn eq(&self, other: &Self) -> bool {
        let secrets = self.secret_access_key == other.secret_access_key;
        let tokens = self.session_token == other.session_token;
        (self.access_key_id == other.access_key_id) & secrets & tokens
    }
}

impl Eq for Credentials {}

impl<'a> From<&'a Credentials> for Cow<'a, Credentials> {
    fn from(credentials: &'a Credentials) -> Self {
        Self::Borrowed(credentials)
    }
}

impl From<Credentials> for Cow<'_, Credentials> {
    fn from(credentials: Credentials) -> Self {
        Self::Owned(credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn debug_output_shows_no_secret_and_no_token() {
        let credentials = Credentials::new("AKID", "hush-secret").with_session_token("hush-token");
        let printed = format!("{credentials:?}");
        assert!(printed.contains("AKID"));
        assert!(!printed.contains("hush"), "{printed}");
    }
}
