//! The JSON in which processes, containers, instances and our own cache hand over credentials.

use crate::wire::{document::Document, timestamp};
use crate::{
    Credentials,
    credentials::received::{self, Received},
};

/// A document, or what is wrong with it. Nothing of it is ever quoted: it is secret.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, String> {
    Document::parse(bytes)
}

/// The keys in a document, whose session token has the given name.
///
/// A member that is there and cannot be read is an error: without its token a session is refused, and without its
/// expiration it would never be renewed.
pub(super) fn credentials(document: &Document, token_name: &str) -> Result<Credentials, String> {
    let required = |name: &str| {
        let value = text(document, name)?.filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("has no `{name}`"))
    };
    let token = text(document, token_name)?.filter(|token| !token.is_empty());
    let credentials = received::credentials(Received {
        access_key_id: ("AccessKeyId", required("AccessKeyId")?.to_owned()),
        secret_access_key: ("SecretAccessKey", required("SecretAccessKey")?.into()),
        session_token: token.map(|token| (token_name, token.into())),
    })?;
    let Some(expiration) = text(document, "Expiration")? else { return Ok(credentials) };
    let end = timestamp::iso_8601(expiration).ok_or("has an `Expiration` that is not an ISO 8601 time")?;
    Ok(credentials.with_expiration(end))
}

/// A member's text; `null` counts as no member.
fn text<'a>(document: &'a Document, name: &str) -> Result<Option<&'a str>, String> {
    match document.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| format!("has a `{name}` that is not a text")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Complete credentials, but for one member.
    fn with(name: &str, value: Value) -> Result<Credentials, String> {
        let mut members = json!({
            "AccessKeyId": "ASIA",
            "SecretAccessKey": "hush",
            "Token": "hush",
            "Expiration": "2030-01-01T00:00:00Z",
        });
        members[name] = value;
        credentials(&parse(members.to_string().as_bytes())?, "Token")
    }

    #[test]
    fn a_member_that_is_there_and_cannot_be_read_is_an_error_and_never_left_out() {
        for name in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"] {
            for value in [json!(1_893_456_000), json!(true), json!(["hush"]), json!({ "hush": "hush" })] {
                let problem = with(name, value.clone()).unwrap_err();
                assert!(problem.contains(&format!("`{name}`")), "{name} {value}: {problem}");
                assert!(!problem.contains("hush"), "{problem}");
            }
        }
        for value in ["", "never", "2030"] {
            assert!(with("Expiration", json!(value)).unwrap_err().contains("`Expiration`"), "{value}");
        }
    }

    #[test]
    fn null_counts_as_no_member() {
        let lasting = with("Expiration", Value::Null).unwrap();
        assert_eq!(lasting.expiration(), None);
        assert!(with("Token", Value::Null).unwrap().session_token().is_none());
        assert!(with("SecretAccessKey", Value::Null).unwrap_err().contains("no `SecretAccessKey`"));
    }
}
