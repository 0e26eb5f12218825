//! The JSON in which processes, containers, instances and our own cache hand over credentials.

use serde::Deserialize;
use sigv4::Secret;
use time::OffsetDateTime;

use crate::wire::json::{self, Member, Value};
use crate::{
    Credentials,
    credentials::received::{self, Received},
};

/// What such a document may hold; each source looks at its own members. Others are passed over.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Document {
    /// Of a process: 1, also as 1.0.
    pub(super) version: Member<i64>,
    /// Of an instance: an outcome, with status 200 whatever it is.
    #[serde(alias = "code")]
    pub(super) code: Member<String>,
    /// What explains the code.
    #[serde(alias = "message")]
    pub(super) message: Member<String>,
    /// Of our cache: since when the credentials are kept.
    pub(super) obtained: Member<String>,
    /// And what they are, for people.
    pub(super) label: Member<String>,
    access_key_id: Member<Secret>,
    secret_access_key: Member<Secret>,
    session_token: Member<Secret>,
    token: Member<Secret>,
    expiration: Member<OffsetDateTime>,
    /// ECS writes `AccountID` in some of its answers.
    #[serde(alias = "AccountID")]
    account_id: Member<AccountId>,
}

/// Text, or a number whose leading zeros are lost.
struct AccountId(String);

impl Value for AccountId {
    const KIND: &'static str = "an account's number";

    fn of_text(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }

    fn of_number(number: i64) -> Option<Self> {
        Some(Self(format!("{number:012}")))
    }
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
        let credentials = match self.account_id.get() {
            Some(AccountId(id)) => credentials.with_account_id(id),
            None => credentials,
        };
        Ok(match self.expiration.optional("Expiration")? {
            Some(end) => credentials.with_expiration(end),
            None => credentials,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

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
            for value in [json!(1893), json!(true), json!(["hush"]), json!({ "hush": "hush" })] {
                let problem = with(name, value.clone()).unwrap_err();
                assert!(problem.contains(&format!("`{name}`")), "{name} {value}: {problem}");
                assert!(!problem.contains("hush"), "{problem}");
            }
        }
        for value in ["", "never", "2030", "2030-01-01T00:00:00"] {
            assert!(with("Expiration", json!(value)).unwrap_err().contains("`Expiration`"), "{value}");
        }
    }

    /// 1,893,456,000 is what `date -ud 2030-01-01 +%s` prints.
    #[test]
    fn an_expiration_may_be_in_any_form_of_iso_8601_or_a_number_of_seconds_or_milliseconds() {
        for value in [
            json!("2030-01-01T00:00Z"),
            json!("2030-01-01T00:00:00,500Z"),
            json!("2030-01-01T00:00:00.123456789Z"),
            json!("2030-01-01T01:00:00+0100"),
            json!(1_893_456_000),
            json!(1_893_456_000.75),
            json!("1893456000"),
            json!(1_893_456_000_000_i64),
        ] {
            let end = with("Expiration", value.clone()).unwrap().expiration().unwrap();
            assert_eq!(end.replace_nanosecond(0).unwrap(), datetime!(2030-01-01 00:00 UTC), "{value}");
        }
    }

    #[test]
    fn the_account_is_taken_as_a_text_or_a_number_and_is_no_reason_to_refuse_the_keys() {
        for (value, expected) in [
            (json!("012345678901"), Some("012345678901")),
            (json!(12_345_678_901_i64), Some("012345678901")),
            (json!("my account"), None),
            (json!(["012345678901"]), None),
            (json!(-1), None),
            (Value::Null, None),
        ] {
            assert_eq!(with("AccountId", value.clone()).unwrap().account_id(), expected, "{value}");
        }
    }

    /// As EC2 and ECS have been seen to write them (the tests of the SDK for Rust, `json_credentials.rs`).
    #[test]
    fn members_of_other_spellings_are_read() {
        let refused =
            parse(br#"{"code": "AssumeRoleUnauthorizedAccess", "message": "EC2 cannot assume the role."}"#)
                .unwrap();
        assert_eq!(refused.code.get().map(String::as_str), Some("AssumeRoleUnauthorizedAccess"));
        assert_eq!(refused.message.get().map(String::as_str), Some("EC2 cannot assume the role."));
        assert_eq!(with("AccountID", json!("111122223333")).unwrap().account_id(), Some("111122223333"));
    }

    #[test]
    fn null_counts_as_no_member() {
        let lasting = with("Expiration", Value::Null).unwrap();
        assert_eq!(lasting.expiration(), None);
        assert!(with("Token", Value::Null).unwrap().session_token().is_none());
        assert!(with("SecretAccessKey", Value::Null).unwrap_err().contains("no `SecretAccessKey`"));
    }
}
