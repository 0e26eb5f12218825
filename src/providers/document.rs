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
pub(super) fn credentials(document: &Document, token_name: &str) -> Result<Credentials, String> {
    let text = |name: &str| document.text(name).filter(|value| !value.is_empty());
    let required = |name: &str| text(name).ok_or_else(|| format!("has no `{name}`"));
    let mut credentials = received::credentials(Received {
        access_key_id: ("AccessKeyId", required("AccessKeyId")?.to_owned()),
        secret_access_key: ("SecretAccessKey", required("SecretAccessKey")?.into()),
        session_token: text(token_name).map(|token| (token_name, token.into())),
    })?;
    if let Some(expiration) = text("Expiration") {
        let end =
            timestamp::iso_8601(expiration).ok_or("has an `Expiration` that is not an ISO 8601 time")?;
        credentials = credentials.with_expiration(end);
    }
    Ok(credentials)
}
