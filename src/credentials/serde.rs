//! Credentials in documents of users' own: read at once, written only by whoever asks for the secrets by name.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Unexpected, Visitor},
};
use sigv4::Secret;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Credentials,
    received::{self, Received},
};

/// Credentials with their secrets in the open: see [`Credentials::with_secrets_exposed`].
///
/// It has no `Debug`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(missing_debug_implementations, reason = "it would show the secrets")]
pub struct ExposedCredentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

impl Credentials {
    /// What can be serialized, secrets included, under STS's names: `AccessKeyId`, `SecretAccessKey`, `SessionToken`,
    /// `Expiration` (RFC 3339), `AccountId`.
    ///
    /// `Credentials` themselves do not serialize: a structure that holds some and is logged as JSON would leak them.
    /// They deserialize from the same names, with the checks that all credentials meet.
    ///
    /// ```
    /// use sts3::Credentials;
    ///
    /// let keys: Credentials = serde_json::from_str(r#"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wJalr"}"#)?;
    /// let written = serde_json::to_string(&keys.with_secrets_exposed())?;
    /// assert_eq!(written, r#"{"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"wJalr"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn with_secrets_exposed(&self) -> ExposedCredentials<'_> {
        ExposedCredentials {
            access_key_id: self.access_key_id(),
            secret_access_key: self.secret_access_key().expose(),
            session_token: self.session_token().map(Secret::expose),
            expiration: self.expiration().and_then(|end| end.format(&Rfc3339).ok()),
            account_id: self.account_id(),
        }
    }
}

/// A text that no error quotes.
struct Text(Secret);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.into()))
            }

            fn visit_string<E>(self, text: String) -> Result<Text, E> {
                Ok(Text(text.into()))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Text, E> {
                Err(E::invalid_type(Unexpected::Other("true or false"), &self))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Text, E> {
                Err(E::invalid_type(Unexpected::Other("a number"), &self))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Text, E> {
                Err(E::invalid_type(Unexpected::Other("a number"), &self))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Text, E> {
                Err(E::invalid_type(Unexpected::Other("a number"), &self))
            }
        }
        // Asked for a text, `serde_json` quotes what else it finds. Formats that do not describe themselves need to be asked.
        if from.is_human_readable() {
            from.deserialize_any(TextVisitor)
        } else {
            from.deserialize_str(TextVisitor)
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    access_key_id: Text,
    secret_access_key: Text,
    session_token: Option<Text>,
    expiration: Option<String>,
    account_id: Option<String>,
}

impl<'de> Deserialize<'de> for Credentials {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(from)?;
        let credentials = received::credentials(Received {
            access_key_id: ("AccessKeyId", written.access_key_id.0.expose().to_owned()),
            secret_access_key: ("SecretAccessKey", written.secret_access_key.0),
            session_token: written.session_token.map(|token| ("SessionToken", token.0)),
        })
        .map_err(|problem| D::Error::custom(format!("the document {problem}")))?;
        let credentials = match written.account_id {
            Some(id) => credentials.with_account_id(id),
            None => credentials,
        };
        let Some(end) = written.expiration else { return Ok(credentials) };
        let end = OffsetDateTime::parse(&end, &Rfc3339)
            .map_err(|_| D::Error::custom("`Expiration` is not a time of RFC 3339"))?;
        Ok(credentials.with_expiration(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Credentials, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn credentials_come_back_as_they_were_written() {
        let end = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
        let session = Credentials::new("ASIA", "s/+=").with_session_token("t").with_expiration(end);
        let session = session.with_account_id("012345678901");
        for keys in [session, Credentials::new("AKIA", "s")] {
            let json = serde_json::to_string(&keys.with_secrets_exposed()).unwrap();
            assert_eq!(read(&json), Ok(keys));
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_quoted() {
        for (json, expected) in [
            (r#"{"AccessKeyId": "A"}"#, "SecretAccessKey"),
            (r#"{"AccessKeyId": "A", "SecretAccessKey": 4711}"#, "expected a text"),
            (r#"{"AccessKeyId": "A", "SecretAccessKey": "4711\n[x]"}"#, "a line break"),
            (r#"{"AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": ""}"#, "empty `SessionToken`"),
            (r#"{"AccessKeyId": "A", "SecretAccessKey": "s", "Expiration": "4711"}"#, "RFC 3339"),
        ] {
            let problem = read(json).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("4711"), "{json}: {problem}");
        }
    }
}
