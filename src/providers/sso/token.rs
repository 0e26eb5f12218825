//! The token of a sign-in, in the file where `aws sso login` leaves it.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha1::{Digest, Sha1};
use sigv4::Secret;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::{
    Error,
    credentials::received,
    providers::files::MAX_FILE,
    runtime::{Caller, Files},
    sso::{AccessToken, CreateToken},
    wire::{
        document::Document,
        json::{self, Member},
        timestamp,
    },
};

/// How long before its end a token is renewed.
const WINDOW: Duration = Duration::minutes(15);

/// A cached token.
pub(super) struct Token {
    path: PathBuf,
    /// The whole file: when it is written again, the members that we do not know stay.
    content: Zeroizing<Vec<u8>>,
    access_token: Secret,
    expires: OffsetDateTime,
    registration_expires: Option<OffsetDateTime>,
    renewal: Option<CreateToken>,
}

/// What we read of the file.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Cached {
    access_token: Member<Secret>,
    expires_at: Member<String>,
    client_id: Member<String>,
    client_secret: Member<Secret>,
    refresh_token: Member<Secret>,
    registration_expires_at: Member<String>,
}

impl Cached {
    fn renewal(&self) -> Option<CreateToken> {
        let client_id = self.client_id.get()?.clone();
        let (secret, token) = (self.client_secret.get()?.clone(), self.refresh_token.get()?.clone());
        Some(CreateToken::refreshing(client_id, secret, token))
    }
}

/// The file of a sign-in: it is named after the `sso-session`, or after the start URL of an older profile.
pub(super) fn path(folder: &Path, name: &str) -> PathBuf {
    let hash: String = Sha1::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(hash).with_extension("json")
}

impl Token {
    /// `None` if no user has signed in. The file is other programs', who may read it too: its owner and its rights
    /// are theirs to decide.
    pub(super) fn load(path: PathBuf, files: &dyn Files) -> Result<Option<Self>, String> {
        match files.read(&path, MAX_FILE) {
            Ok(content) => Self::read(path, content).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    /// From what the file has in it.
    pub(super) fn read(path: PathBuf, content: Zeroizing<Vec<u8>>) -> Result<Self, String> {
        let broken = |problem: String| {
            format!("{} is not the file that a sign-in leaves: it {problem}", path.display())
        };
        let cached: Cached = json::parse(&content).map_err(broken)?;
        let end = cached.expires_at.clone().required("expiresAt").map_err(broken)?;
        let expires =
            read_time(&end).ok_or_else(|| broken("has an `expiresAt` that is not a time".into()))?;
        let access_token = cached.access_token.clone().required("accessToken").map_err(broken)?;
        let access_token = received::token("accessToken", access_token)
            .map_err(|problem| format!("{} {problem}", path.display()))?;
        let time = |member: &Member<String>| member.get().and_then(|text| read_time(text));
        let registration_expires = time(&cached.registration_expires_at);
        Ok(Self { path, content, access_token, expires, registration_expires, renewal: cached.renewal() })
    }

    pub(super) fn access_token(&self) -> Secret {
        self.access_token.clone()
    }

    pub(super) fn is_valid(&self, now: OffsetDateTime) -> bool {
        now < self.expires
    }

    /// Whether it ends soon and can be renewed.
    pub(super) fn is_due(&self, now: OffsetDateTime) -> bool {
        self.expires - now < WINDOW && self.can_be_renewed(now)
    }

    pub(super) fn can_be_renewed(&self, now: OffsetDateTime) -> bool {
        self.renewal.is_some() && self.registration_expires.is_some_and(|end| now < end)
    }

    /// A rehearsal of a renewal: whether the file can be written, and what stands in it be written again.
    pub(super) fn can_be_kept(&self, files: &dyn Files) -> bool {
        Document::parse(&self.content).is_ok() && files.replace(&self.path, &self.content).is_ok()
    }

    /// Renew it, and leave the new one in the file for every other program. That the file cannot be written
    /// is no reason to fail: the token is good.
    pub(super) async fn renew(&mut self, caller: &Caller) -> Result<(), Error> {
        let Some(operation) = &self.renewal else { return Ok(()) };
        let new = caller.call(operation, None).await?;
        let expires = caller.clock().now().checked_add(new.expires_in.try_into().unwrap_or(Duration::HOUR));
        let expires = expires.unwrap_or(self.expires);
        if let Some(content) = self.renewed(&new, expires) {
            let _ = caller.replace(&self.path, &content).await;
        }
        self.access_token = new.access_token;
        self.expires = expires;
        Ok(())
    }

    /// The file with the new token; whatever else stands in it stays.
    fn renewed(&self, new: &AccessToken, expires: OffsetDateTime) -> Option<Zeroizing<Vec<u8>>> {
        let mut document = Document::parse(&self.content).ok()?;
        document.set("accessToken", Some(new.access_token.expose()));
        document.set("expiresAt", Some(&timestamp::whole_seconds(expires)));
        // Without a new one, the old one stays good (the Rust SDK keeps it too).
        if let Some(token) = &new.refresh_token {
            document.set("refreshToken", Some(token.expose()));
        }
        Some(document.to_bytes())
    }
}

/// ISO 8601; the first tools wrote `UTC` for `Z`.
pub(super) fn read_time(text: &str) -> Option<OffsetDateTime> {
    timestamp::iso_8601(&text.replace("UTC", "Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_missing_or_of_another_type_is_named_and_its_value_is_not() {
        let time = "2030-01-01T00:00:00Z";
        for (file, expected) in [
            (format!(r#"{{"expiresAt": "{time}"}}"#), "has no `accessToken`"),
            (format!(r#"{{"expiresAt": "{time}", "accessToken": null}}"#), "has no `accessToken`"),
            (
                format!(r#"{{"expiresAt": "{time}", "accessToken": ["hush"]}}"#),
                "`accessToken` that is not a text",
            ),
            (r#"{"accessToken": "hush"}"#.into(), "has no `expiresAt`"),
            (r#"{"accessToken": "hush", "expiresAt": 1893456000}"#.into(), "`expiresAt` that is not a text"),
            (r#"{"accessToken": "hush", "expiresAt": "hush"}"#.into(), "`expiresAt` that is not a time"),
            (r#"{"accessToken": "hush", "accessToken": "hush2"}"#.into(), "has one member twice"),
            (r#"["hush"]"#.into(), "is no JSON object"),
            ("hush".into(), "is not JSON (line 1, column 1)"),
        ] {
            let problem = Token::read("file".into(), file.clone().into_bytes().into()).err().unwrap();
            assert!(problem.contains(expected), "{file}: {problem}");
            assert!(!problem.contains("hush"), "{problem}");
        }
    }
}
