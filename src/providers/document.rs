//! The JSON in which processes, containers, instances and our own cache hand over credentials.

use serde::Deserialize;
use sigv4::Secret;

use crate::wire::{
    json::{self, Member},
    timestamp,
};
use crate::{
    Credentials,
    credentials::received::{self, Received},
};

/// What such a document may hold; each source looks at its own members. Others are passed over.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Document {
    /// Of a process: 1.
    pub(super) version: Member<i64>,
    /// Of an instance: an outcome, with status 200 whatever it is.
    pub(super) code: Member<String>,
    /// What explains the code.
    pub(super) message: Member<String>,
    /// Of our cache: since when the credentials are kept.
    pub(super) obtained: Member<String>,
    /// And what they are, for people.
    pub(super) label: Member<String>,
    access_key_id: Member<Secret>,
    secret_access_key: Member<Secret>,
    session_token: Member<Secret>,
    token: Member<Secret>,
    expiration: Member<String>,
}

/// How a document calls the session token.
#[derive(Clone, Copy)]
pub(super) enum TokenName {
    /// Processes, our cache.
    SessionToken,
    /// Containers, instances.
    Token,
}

/// A document, or what is wrong with it. Nothing of it is ever quoted: it is secret.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, String> {
    json::parse(bytes)
}

impl Document {
    /// The keys, with their session token under this name.
    pub(super) fn credentials(self, token_name: TokenName) -> Result<Credentials, String> {
        let required = |member: Member<Secret>, name: &str| {
            let value = member.optional(name)?.filter(|value| !value.expose().is_empty());
            value.ok_or_else(|| format!("has no `{name}`"))
        };
        let (name, token) = match token_name {
            TokenName::SessionToken => ("SessionToken", self.session_token),
            TokenName::Token => ("Token", self.token),
        };
        let token = token.optional(name)?.filter(|token| !token.expose().is_empty());
        let id = required(self.access_key_id, "AccessKeyId")?;
        let credentials = received::credentials(Received {
            access_key_id: ("AccessKeyId", id.expose().to_owned()),
            secret_access_key: ("SecretAccessKey", required(self.secret_access_key, "SecretAccessKey")?),
            session_token: token.map(|token| (name, token)),
        })?;
        let Some(end) = self.expiration.optional("Expiration")? else { return Ok(credentials) };
        let end = timestamp::iso_8601(&end).ok_or("has an `Expiration` that is not an ISO 8601 time")?;
        Ok(credentials.with_expiration(end))
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
        parse(members.to_string().as_bytes())?.credentials(TokenName::Token)
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
