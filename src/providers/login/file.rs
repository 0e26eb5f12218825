//! What a sign-in to the console leaves in its file.

use std::path::Path;

use serde::Deserialize;
use sigv4::Secret;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::{
    Credentials,
    credentials::received::{self, Received},
    wire::{
        json::{self, Member, Object},
        timestamp,
    },
};
#[cfg(feature = "login")]
use crate::{signin::LoginToken, wire::document::Document};

/// How long before their end keys are renewed: botocore's and the Rust SDK's margin.
const WINDOW: Duration = Duration::minutes(5);

/// A file that was read.
pub(super) struct LoginFile {
    /// The whole of it: when it is written again, the members that we do not know stay.
    #[cfg(feature = "login")]
    content: Zeroizing<Vec<u8>>,
    credentials: Credentials,
    expires: OffsetDateTime,
    /// Where the sign-in took place; older versions of `aws login` do not say.
    #[cfg(feature = "login")]
    pub(super) region: Option<String>,
    #[cfg(feature = "login")]
    pub(super) renewal: Result<Renewal, String>,
}

/// What a renewal needs.
#[cfg(feature = "login")]
pub(super) struct Renewal {
    pub(super) client_id: String,
    pub(super) refresh_token: Secret,
    pub(super) dpop_key: Secret,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Cached {
    access_token: Member<Object<Keys>>,
    #[cfg(feature = "login")]
    client_id: Member<String>,
    #[cfg(feature = "login")]
    refresh_token: Member<Secret>,
    #[cfg(feature = "login")]
    dpop_key: Member<Secret>,
    #[cfg(feature = "login")]
    sign_in_region: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Keys {
    access_key_id: Member<Secret>,
    secret_access_key: Member<Secret>,
    session_token: Member<Secret>,
    account_id: Member<String>,
    expires_at: Member<String>,
}

#[cfg(feature = "login")]
impl Renewal {
    fn of(cached: &Cached) -> Result<Self, String> {
        Ok(Self {
            client_id: cached.client_id.clone().required("clientId")?,
            refresh_token: cached.refresh_token.clone().required("refreshToken")?,
            dpop_key: cached.dpop_key.clone().required("dpopKey")?,
        })
    }
}

impl LoginFile {
    /// Read a file, or say what is wrong with it without a word of it.
    pub(super) fn read(path: &Path, content: Zeroizing<Vec<u8>>) -> Result<Self, String> {
        let broken = |problem: String| {
            format!("{} is not the file that `aws login` leaves: it {problem}", path.display())
        };
        let cached: Cached = json::parse(&content).map_err(broken)?;
        #[cfg(feature = "login")]
        let renewal = Renewal::of(&cached).map_err(broken);
        let keys = cached.access_token.required("accessToken").map_err(broken)?.0;
        let expires = keys.expires_at.clone().required("expiresAt").map_err(broken)?;
        // The SDK for Go writes fractions and offsets.
        let expires = timestamp::iso_8601(&expires)
            .ok_or_else(|| broken("has an `expiresAt` that is not a time".to_owned()))?;
        Ok(Self {
            credentials: credentials(keys).map_err(broken)?.with_expiration(expires),
            expires,
            #[cfg(feature = "login")]
            region: cached.sign_in_region.optional("signInRegion").map_err(broken)?,
            #[cfg(feature = "login")]
            renewal,
            #[cfg(feature = "login")]
            content,
        })
    }

    pub(super) fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    pub(super) fn is_live(&self, now: OffsetDateTime) -> bool {
        now < self.expires
    }

    /// Whether the keys end soon.
    pub(super) fn is_due(&self, now: OffsetDateTime) -> bool {
        self.expires - now < WINDOW
    }

    #[cfg(feature = "login")]
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    /// All that stands in it, as it can be written again. A number out of range can be passed over, and not be kept.
    #[cfg(feature = "login")]
    pub(super) fn document(&self) -> Result<Document, String> {
        Document::parse(&self.content)
    }

    /// A file with new keys, as it is to be written.
    #[cfg(feature = "login")]
    pub(super) fn renewed(
        mut document: Document,
        new: &LoginToken,
        expires: OffsetDateTime,
    ) -> Zeroizing<Vec<u8>> {
        let session_token = new.credentials.session_token().map_or("", Secret::expose);
        for (name, text) in [
            ("accessKeyId", new.credentials.access_key_id()),
            ("secretAccessKey", new.credentials.secret_access_key().expose()),
            ("sessionToken", session_token),
            ("expiresAt", &timestamp::whole_seconds(expires)),
        ] {
            document.set_within("accessToken", name, text);
        }
        document.set("refreshToken", Some(new.refresh_token.expose()));
        document.to_bytes()
    }
}

fn credentials(keys: Keys) -> Result<Credentials, String> {
    let id = keys.access_key_id.required("accessKeyId")?;
    // Whatever is wrong with it is no reason to refuse the keys.
    let account = keys.account_id.get().cloned();
    let credentials = received::credentials(Received {
        access_key_id: ("accessKeyId", id.expose().to_owned()),
        secret_access_key: ("secretAccessKey", keys.secret_access_key.required("secretAccessKey")?),
        session_token: Some(("sessionToken", keys.session_token.required("sessionToken")?)),
    })?;
    Ok(account.into_iter().fold(credentials, Credentials::with_account_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = r#""accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "hush", "sessionToken": "hush""#;

    fn read(text: String) -> Result<LoginFile, String> {
        LoginFile::read(Path::new("file"), text.into_bytes().into())
    }

    /// As botocore, and as the SDK for Go writes times.
    #[test]
    fn times_with_fractions_and_offsets_are_read() {
        for (text, seconds) in
            [("2026-11-25T03:19:05Z", 1_795_576_745), ("2026-11-25T04:19:05.123456789+01:00", 1_795_576_745)]
        {
            let file = read(format!(r#"{{"accessToken": {{{KEYS}, "expiresAt": "{text}"}}}}"#)).unwrap();
            assert_eq!(file.expires.unix_timestamp(), seconds, "{text}");
        }
    }

    #[test]
    fn a_member_that_is_missing_or_of_another_type_is_named_and_its_value_is_not() {
        let time = r#""expiresAt": "2026-11-25T03:19:05Z""#;
        for (text, expected) in [
            ("{}".to_owned(), "no `accessToken`"),
            (r#"{"accessToken": "hush"}"#.to_owned(), "not an object"),
            (format!(r#"{{"accessToken": {{{KEYS}}}}}"#), "no `expiresAt`"),
            (format!(r#"{{"accessToken": {{{KEYS}, "expiresAt": "hush"}}}}"#), "not a time"),
            (format!(r#"{{"accessToken": {{{time}, "secretAccessKey": "hush"}}}}"#), "no `accessKeyId`"),
            ("hush".to_owned(), "is not JSON"),
        ] {
            let problem = read(text).err().unwrap();
            assert!(problem.contains(expected) && !problem.contains("hush"), "{expected}: {problem}");
        }
    }

    #[cfg(feature = "login")]
    #[test]
    fn a_region_that_is_no_text_is_an_error() {
        let text = format!(
            r#"{{"accessToken": {{{KEYS}, "expiresAt": "2026-11-25T03:19:05Z"}}, "signInRegion": 1}}"#
        );
        assert!(read(text).err().unwrap().contains("`signInRegion`"));
    }
}
