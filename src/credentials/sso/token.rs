//! The token of a sign-in, in the file where `aws sso login` leaves it.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};
use sigv4::Secret;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Error, credentials::private_file, sso::CreateToken, transport::Caller, wire::timestamp};

/// How long before its end a token is renewed.
const WINDOW: Duration = Duration::minutes(15);

/// A cached token: the file's members, those that we do not know included.
pub(super) struct Token {
    path: PathBuf,
    members: Map<String, Value>,
    expires: OffsetDateTime,
}

/// The file of a sign-in: it is named after the `sso-session`, or after the start URL of an older profile.
pub(super) fn path(folder: &Path, name: &str) -> PathBuf {
    let hash: String = Sha1::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(hash).with_extension("json")
}

impl Token {
    /// `None` if nobody has signed in.
    pub(super) fn load(path: PathBuf) -> Result<Option<Self>, String> {
        let content = private_file::read(&path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        content.map(|content| Self::read(path.clone(), &content)).transpose()
    }

    /// From what the file has in it.
    pub(super) fn read(path: PathBuf, content: &[u8]) -> Result<Self, String> {
        let broken = || format!("{} is not the file that a sign-in leaves", path.display());
        let members: Map<String, Value> = serde_json::from_slice(content).map_err(|_| broken())?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let expires = text("expiresAt").and_then(read_time).ok_or_else(broken)?;
        text("accessToken").ok_or_else(broken)?;
        Ok(Self { path, members, expires })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    pub(super) fn access_token(&self) -> Secret {
        Secret::from(self.text("accessToken").unwrap_or_default())
    }

    pub(super) fn is_valid(&self, now: OffsetDateTime) -> bool {
        now < self.expires
    }

    /// Whether it ends soon and can be renewed.
    pub(super) fn is_due(&self, now: OffsetDateTime) -> bool {
        let registered = self.text("registrationExpiresAt").and_then(read_time);
        self.expires - now < WINDOW && registered.is_some_and(|end| now < end) && self.renewal().is_some()
    }

    fn renewal(&self) -> Option<CreateToken> {
        let secret = |name| self.text(name).map(Secret::from);
        Some(CreateToken::refreshing(
            self.text("clientId")?,
            secret("clientSecret")?,
            secret("refreshToken")?,
        ))
    }

    /// Renew it, and leave the new one in the file for every other program. That the file cannot be written
    /// is no reason to fail: the token is good.
    pub(super) async fn renew(&mut self, caller: &Caller) -> Result<(), Error> {
        let Some(operation) = self.renewal() else { return Ok(()) };
        let new = caller.call(&operation, None).await?;
        let expires = caller.clock().now().checked_add(new.expires_in.try_into().unwrap_or(Duration::HOUR));
        let expires = expires.unwrap_or(self.expires);
        self.members.insert("accessToken".into(), json!(new.access_token.expose()));
        let text = expires.replace_nanosecond(0).unwrap_or(expires).format(&Rfc3339).unwrap_or_default();
        self.members.insert("expiresAt".into(), json!(text));
        match new.refresh_token {
            Some(token) => self.members.insert("refreshToken".into(), json!(token.expose())),
            None => self.members.remove("refreshToken"),
        };
        self.expires = expires;
        let content = Value::Object(self.members.clone()).to_string();
        let _ = private_file::replace(&self.path, content.as_bytes());
        Ok(())
    }
}

/// ISO 8601; the first tools wrote `UTC` for `Z`.
fn read_time(text: &str) -> Option<OffsetDateTime> {
    timestamp::iso_8601(&text.replace("UTC", "Z"))
}
