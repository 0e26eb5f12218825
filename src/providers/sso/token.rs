//! The token of a sign-in, in the file where `aws sso login` leaves it.

use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};
use sigv4::Secret;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use crate::{
    Error,
    credentials::received,
    providers::{
        files,
        private_file::{self, Folder},
    },
    runtime::Caller,
    sso::CreateToken,
    wire::{document::Document, timestamp},
};

/// How long before its end a token is renewed.
const WINDOW: Duration = Duration::minutes(15);

/// A cached token: the file's members, those that we do not know included.
pub(super) struct Token {
    path: PathBuf,
    document: Document,
    access_token: Secret,
    expires: OffsetDateTime,
}

/// The file of a sign-in: it is named after the `sso-session`, or after the start URL of an older profile.
pub(super) fn path(folder: &Path, name: &str) -> PathBuf {
    let hash: String = Sha1::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(hash).with_extension("json")
}

impl Token {
    /// `None` if nobody has signed in. The file is other programs', who may read it too: its owner and its rights
    /// are theirs to decide.
    pub(super) fn load(path: PathBuf) -> Result<Option<Self>, String> {
        match files::read_bounded(&path, private_file::MAX_FILE) {
            Ok(content) => Self::read(path, &Zeroizing::new(content)).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }

    /// From what the file has in it.
    pub(super) fn read(path: PathBuf, content: &[u8]) -> Result<Self, String> {
        let broken = || format!("{} is not the file that a sign-in leaves", path.display());
        let document = Document::parse(content).map_err(|_| broken())?;
        let expires = document.text("expiresAt").and_then(read_time).ok_or_else(broken)?;
        let access_token = document.text("accessToken").ok_or_else(broken)?;
        let access_token = received::token("accessToken", access_token)
            .map_err(|problem| format!("{} {problem}", path.display()))?;
        Ok(Self { path, document, access_token, expires })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.document.text(name)
    }

    pub(super) fn access_token(&self) -> Secret {
        self.access_token.clone()
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
        self.document.set("accessToken", Some(new.access_token.expose()));
        let text = expires.replace_nanosecond(0).unwrap_or(expires).format(&Rfc3339).unwrap_or_default();
        self.document.set("expiresAt", Some(&text));
        self.document.set("refreshToken", new.refresh_token.as_ref().map(Secret::expose));
        self.access_token = new.access_token;
        self.expires = expires;
        let place = self.path.parent().zip(self.path.file_name().and_then(|name| name.to_str()));
        if let Some((folder, name)) = place
            && let Ok(folder) = Folder::of_others(folder)
        {
            let _ = folder.replace(name, &self.document.to_bytes());
        }
        Ok(())
    }
}

/// ISO 8601; the first tools wrote `UTC` for `Z`.
fn read_time(text: &str) -> Option<OffsetDateTime> {
    timestamp::iso_8601(&text.replace("UTC", "Z"))
}
