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

/// An access key with its secret and, if it is temporary, its session token and expiration; and whose it is, where its source
/// says so.
///
/// `Debug` shows nothing secret: the key's id, the expiration and the account.
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
    account_id: Option<String>,
}

impl Credentials {
    /// A long-lived key.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<Secret>) -> Self {
        Self {
            keys: sigv4::Credentials::new(access_key_id, secret_access_key),
            expiration: None,
            account_id: None,
        }
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

    /// The same key with the account that it belongs to, of 12 digits. Whatever else is given is left out: it is told to others,
    /// nothing here depends on it, and so it is no reason to refuse a key.
    #[must_use]
    pub fn with_account_id(mut self, id: impl Into<String>) -> Self {
        self.account_id = Some(id.into()).filter(|id| is_account_id(id));
        self
    }

    /// The same with the account that an ARN names (its fifth part), if it names one.
    #[must_use]
    pub(crate) fn of_arn(self, arn: Option<&str>) -> Self {
        match arn.and_then(|arn| arn.strip_prefix("arn:")?.split(':').nth(3)) {
            Some(id) if is_account_id(id) => self.with_account_id(id),
            _ => self,
        }
    }

    /// The same with the account of whoever asked for them.
    #[cfg(feature = "providers")]
    #[must_use]
    pub(crate) fn of_same_account(mut self, other: &Self) -> Self {
        self.account_id.clone_from(&other.account_id);
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

    /// The account that they belong to, if their source says so: 12 digits.
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_twelve_digits_and_whatever_else_is_said_of_it_is_left_out() {
        let account = |id: &str| {
            let keys = Credentials::new("AKID", "s").with_account_id(id);
            keys.account_id().map(str::to_owned)
        };
        assert_eq!(account("012345678901").as_deref(), Some("012345678901"));
        for other in ["", "12345678901", "1234567890123", "RGW000000000", "12345678901\n", "１２３４"] {
            assert_eq!(account(other), None, "{other:?}");
        }
    }

    /// The form of an ARN: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
    #[test]
    fn an_arn_names_its_account_in_its_fifth_part() {
        let account = |arn| Credentials::new("AKID", "s").of_arn(arn).account_id().map(str::to_owned);
        for (arn, expected) in [
            (Some("arn:aws:sts::111122223333:assumed-role/R/s"), Some("111122223333")),
            (Some("arn:aws-us-gov:sts::111122223333:assumed-role/R/a:b"), Some("111122223333")),
            // Ceph leaves it out.
            (Some("arn:aws:sts:::assumed-role/R/s"), None),
            (Some("111122223333"), None),
            (Some("urn:aws:sts::111122223333:x"), None),
            (None, None),
        ] {
            assert_eq!(account(arn).as_deref(), expected, "{arn:?}");
        }
    }
}
