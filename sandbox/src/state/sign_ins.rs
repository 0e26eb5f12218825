//! People who sign in: clients, codes and tokens of IAM Identity Center, and sign-ins to the console.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use time::OffsetDateTime;

use super::session::random_text;

/// What sign-ins have left.
#[derive(Default)]
pub(crate) struct SignIns(Mutex<Issued>);

/// By their secrets.
#[derive(Default)]
pub(crate) struct Issued {
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) devices: BTreeMap<String, Device>,
    /// Access tokens, and when they end.
    pub(crate) access_tokens: BTreeMap<String, OffsetDateTime>,
    /// Refresh tokens, and whose they are.
    pub(crate) refresh_tokens: BTreeMap<String, String>,
    #[cfg(feature = "login")]
    pub(crate) logins: Logins,
}

/// A program that was registered.
pub(crate) struct Client {
    pub(crate) secret: String,
    pub(crate) expires: OffsetDateTime,
    pub(crate) grants: Vec<String>,
    pub(crate) redirects: Vec<String>,
    pub(crate) has_scopes: bool,
}

/// An authorization code: good once, for the client, the redirect and the verifier that it was made for.
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
}

/// A device's code.
pub(crate) struct Device {
    pub(crate) client_id: String,
    pub(crate) user_code: String,
    pub(crate) expires: OffsetDateTime,
    pub(crate) is_confirmed: bool,
    pub(crate) asked: Option<OffsetDateTime>,
}

/// Of the console.
#[cfg(feature = "login")]
#[derive(Default)]
pub(crate) struct Logins {
    pub(crate) codes: BTreeMap<String, Code>,
    /// Refresh tokens, with the thumbprint of the key that they are good with.
    pub(crate) refresh_tokens: BTreeMap<String, String>,
    /// Ids of proofs: each is good once.
    pub(crate) proofs: std::collections::BTreeSet<String>,
}

impl SignIns {
    pub(crate) fn issued(&self) -> MutexGuard<'_, Issued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A secret that says what it is.
pub(crate) fn new_secret(prefix: &str, length: usize) -> String {
    format!("{prefix}{}", random_text(length))
}
