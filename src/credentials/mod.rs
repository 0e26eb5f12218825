//! An access key, with what makes it temporary: the value that signs, whatever it came from.
//!
//! `received` checks what others hand out as one; `serde` reads and writes them in users' own documents.

pub(crate) mod received;
#[cfg(feature = "serde")]
mod serde;

use sigv4::Secret;
use time::OffsetDateTime;

#[cfg(feature = "serde")]
pub use self::serde::ExposedCredentials;

/// An access key with its secret and, if it is temporary, its session token and expiration.
///
/// `Debug` shows the key's id and the expiration only.
///
/// ```
/// use sts3::Credentials;
///
/// let session = Credentials::new("ASIAEXAMPLE", "wJalrXUtnFEMI").with_session_token("FwoGZXIvYXdzE");
/// assert!(!format!("{session:?}").contains("wJalr"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    keys: sigv4::Credentials,
    expiration: Option<OffsetDateTime>,
}

impl Credentials {
    /// A long-lived key.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<Secret>) -> Self {
        Self { keys: sigv4::Credentials::new(access_key_id, secret_access_key), expiration: None }
    }

    /// The same key with its session token.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<Secret>) -> Self {
        self.keys = self.keys.with_session_token(token);
        self
    }

    /// The same key with the time at which it stops working.
    #[must_use]
    pub fn with_expiration(mut self, expiration: OffsetDateTime) -> Self {
        self.expiration = Some(expiration);
        self
    }

    /// What the signer needs.
    pub fn keys(&self) -> &sigv4::Credentials {
        &self.keys
    }

    /// The key's public id.
    pub fn access_key_id(&self) -> &str {
        self.keys.access_key_id()
    }

    /// The secret key.
    pub fn secret_access_key(&self) -> &Secret {
        self.keys.secret_access_key()
    }

    /// The session token of temporary credentials.
    pub fn session_token(&self) -> Option<&Secret> {
        self.keys.session_token()
    }

    /// When they stop working, if that is known.
    pub fn expiration(&self) -> Option<OffsetDateTime> {
        self.expiration
    }
}
