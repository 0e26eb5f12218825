//! The registration of a client, in the file where `aws sso login` keeps it for its next sign-in.

use std::{fmt::Write, path::PathBuf};

use serde::Deserialize;
use sigv4::Secret;
use time::{Duration, OffsetDateTime};

use super::{session::SsoSession, token};
use crate::{
    Error,
    credentials::received,
    providers::files::MAX_FILE,
    runtime::Caller,
    sso::{RegisterClient, RegisteredClient},
    wire::{
        document::Document,
        json::{self, Member, Texts},
        timestamp,
    },
};

/// What is asked for where nothing is configured: tokens without scopes cannot be renewed.
const DEFAULT_SCOPE: &str = "sso:account:access";
/// A registration that ends during the sign-in is of no use.
const MARGIN: Duration = Duration::minutes(15);

/// For which kind of sign-in. Each has its own registration, and both the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    Device,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Cached {
    client_id: Member<String>,
    client_secret: Member<Secret>,
    expires_at: Member<String>,
    grant_types: Member<Texts>,
}

impl SsoSession {
    /// What the tokens of a sign-in by code are for.
    pub(super) fn scopes_or_default(&self) -> Vec<String> {
        self.scopes.clone().unwrap_or_else(|| vec![DEFAULT_SCOPE.to_owned()])
    }

    /// Named after all that a registration depends on, as botocore writes it down.
    fn registration_file(&self) -> PathBuf {
        let scopes = self.scopes.as_ref().map_or("null".to_owned(), |scopes| {
            format!("[{}]", scopes.iter().map(|scope| quoted(scope)).collect::<Vec<_>>().join(", "))
        });
        let name = self.name.as_deref().map_or("null".to_owned(), quoted);
        let text = format!(
            r#"{{"region": {}, "scopes": {scopes}, "session_name": {name}, "startUrl": {}, "tool": "botocore"}}"#,
            quoted(&self.region),
            quoted(&self.start_url),
        );
        token::path(&self.folder, &text)
    }

    /// The registration that is kept, or a new one. (With `anew`, that one.)
    pub(super) async fn registration(
        &self,
        kind: Kind,
        anew: bool,
        caller: &Caller,
    ) -> Result<RegisteredClient, Error> {
        let path = self.registration_file();
        // A file that cannot be read is made again.
        let kept = caller.files().read(&path, MAX_FILE).ok().and_then(|content| read(&content, kind));
        let lasts = |client: &RegisteredClient| client.expires - caller.clock().now() > MARGIN;
        if let Some(client) = kept.filter(|client| !anew && lasts(client)) {
            return Ok(client);
        }
        let name = format!("sts3-{}", self.name.as_deref().unwrap_or("login"));
        let operation = match kind {
            Kind::Code => RegisterClient::for_code(name, &self.start_url).scopes(self.scopes_or_default()),
            Kind::Device => {
                self.scopes.clone().into_iter().fold(RegisterClient::for_device(name), RegisterClient::scopes)
            }
        };
        let client = caller.call(&operation, None).await?;
        // It is good for this sign-in in any case.
        let _ = self.keep(&path, &self.document(&client, kind).to_bytes(), caller);
        Ok(client)
    }

    fn document(&self, client: &RegisteredClient, kind: Kind) -> Document {
        let mut document = Document::empty();
        document.set("clientId", Some(&client.client_id));
        document.set("clientSecret", Some(client.client_secret.expose()));
        document.set("expiresAt", Some(&timestamp::whole_seconds(client.expires)));
        match kind {
            Kind::Code => {
                document.set_list("scopes", &self.scopes_or_default());
                document.set_list("grantTypes", &["authorization_code", "refresh_token"].map(str::to_owned));
            }
            Kind::Device => {
                if let Some(scopes) = &self.scopes {
                    document.set_list("scopes", scopes);
                }
            }
        }
        document
    }
}

fn read(content: &[u8], kind: Kind) -> Option<RegisteredClient> {
    let cached: Cached = json::parse(content).ok()?;
    let grants = cached.grant_types.get().map(|grants| grants.0.as_slice()).unwrap_or_default();
    let is_for_code = grants.iter().any(|grant| grant == "authorization_code");
    if is_for_code != (kind == Kind::Code) {
        return None;
    }
    let expires: OffsetDateTime = token::read_time(cached.expires_at.get()?)?;
    let client_secret = received::token("clientSecret", cached.client_secret.get()?.clone()).ok()?;
    Some(RegisteredClient { client_id: cached.client_id.get()?.clone(), client_secret, expires })
}

/// A JSON text in ASCII, as Python writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in json::to_text(&text).chars() {
        if c.is_ascii() {
            quoted.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing into a text cannot fail.
            let _ = write!(quoted, "\\u{unit:04x}");
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(name: Option<&str>, scopes: Option<&[&str]>) -> SsoSession {
        SsoSession {
            name: name.map(str::to_owned),
            start_url: "https://example.awsapps.com/start".to_owned(),
            region: "us-east-1".to_owned(),
            scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
            folder: "/cache".into(),
        }
    }

    /// Python: `hashlib.sha1(json.dumps({…}, sort_keys=True).encode()).hexdigest()`, which is awscli's name for the file.
    #[test]
    fn registrations_are_named_as_awscli_names_them() {
        for (session, name) in [
            (
                session(Some("my-sso"), Some(&["sso:account:access"])),
                "e83b78ff73aa2ebd41812af5abcc466dca567738",
            ),
            (session(Some("my-sso"), None), "9065e9472ec6b87bbc18bb77fc3c3016d8d42df9"),
            (session(None, None), "6c6f31f93a84fcbeca9b94bb5d13f4109559e71a"),
            (session(Some("é\u{1f600}\"\\"), Some(&["a", "b"])), "710b2d0d4a0cdcf68c585209087cad22c253a470"),
        ] {
            assert_eq!(session.registration_file(), PathBuf::from(format!("/cache/{name}.json")));
        }
    }

    #[test]
    fn a_registration_is_used_for_its_own_kind_of_sign_in_only() {
        let file = |more: &str| {
            format!(r#"{{"clientId":"c","clientSecret":"s","expiresAt":"2030-01-01T00:00:00Z"{more}}}"#)
        };
        let code = file(r#","grantTypes":["authorization_code","refresh_token"]"#);
        assert!(read(code.as_bytes(), Kind::Code).is_some() && read(code.as_bytes(), Kind::Device).is_none());
        let device = file("");
        assert!(
            read(device.as_bytes(), Kind::Device).is_some() && read(device.as_bytes(), Kind::Code).is_none()
        );
        assert!(read(b"{}", Kind::Device).is_none());
    }
}
