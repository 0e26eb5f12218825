//! Identity tokens (JWTs) of a job in CI: as GitHub Actions issues them, but signed with a key of the sandbox.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;

use super::session::random_text;

/// GitHub's issuer, which roles trust.
pub(crate) const ISSUER: &str = "token.actions.githubusercontent.com";
/// The job for which the tokens are.
const SUBJECT: &str = "repo:octo-org/octo-repo:ref:refs/heads/main";
const LIFETIME_SECONDS: i64 = 300;
/// IAM still takes a token that has ended so long ago.
const ALLOWANCE_SECONDS: i64 = 300;

/// The length of HMAC-SHA-256's block, for which a key needs no hashing.
const KEY_LENGTH: usize = 64;

/// Issues tokens and reads its own.
pub(crate) struct Issuer {
    key: [u8; KEY_LENGTH],
}

/// What a token says that this issuer has signed.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) end: i64,
}

impl Claims {
    pub(crate) fn has_ended(&self, now: OffsetDateTime) -> bool {
        now.unix_timestamp() > self.end + ALLOWANCE_SECONDS
    }
}

/// Why a token is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOurs {
    NoJwt,
    OtherIssuer,
    OtherSignature,
}

impl Issuer {
    pub(super) fn new() -> Self {
        let mut key = [0; KEY_LENGTH];
        for (byte, random) in key.iter_mut().zip(random_text(KEY_LENGTH).bytes()) {
            *byte = random;
        }
        Self { key }
    }

    pub(crate) fn issue(&self, audience: &str, now: OffsetDateTime) -> String {
        let begin = now.unix_timestamp();
        let claims = json!({
            "jti": random_text(32),
            "sub": SUBJECT,
            "aud": audience,
            "iss": format!("https://{ISSUER}"),
            "ref": "refs/heads/main",
            "repository": "octo-org/octo-repo",
            "event_name": "push",
            "iat": begin,
            "nbf": begin,
            "exp": begin + LIFETIME_SECONDS,
        });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed =
            format!("{}.{}", part(json!({"typ": "JWT", "alg": "HS256", "kid": "sandbox"})), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.mac(&signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    pub(crate) fn read(&self, token: &str) -> Result<Claims, NotOurs> {
        let (signed, signature) = token.rsplit_once('.').ok_or(NotOurs::NoJwt)?;
        let (_, payload) = signed.split_once('.').ok_or(NotOurs::NoJwt)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| NotOurs::NoJwt)?;
        let claims: Value = serde_json::from_slice(&payload).map_err(|_| NotOurs::NoJwt)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        if text("iss") != Some(format!("https://{ISSUER}")) {
            return Err(NotOurs::OtherIssuer);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NotOurs::OtherSignature)?;
        self.mac(signed).verify_slice(&signature).map_err(|_| NotOurs::OtherSignature)?;
        Ok(Claims {
            subject: text("sub").unwrap_or_default(),
            audience: text("aud").unwrap_or_default(),
            end: claims.get("exp").and_then(Value::as_i64).unwrap_or_default(),
        })
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&self.key.into());
        mac.update(signed.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_by_its_issuer_and_nobody_s_is_that_was_changed() {
        let (issuer, now) = (Issuer::new(), OffsetDateTime::UNIX_EPOCH);
        let token = issuer.issue("sts.amazonaws.com", now);
        let claims = issuer.read(&token).unwrap();
        assert_eq!((claims.subject.as_str(), claims.audience.as_str()), (SUBJECT, "sts.amazonaws.com"));
        assert!(!claims.has_ended(now + time::Duration::seconds(600)));
        assert!(claims.has_ended(now + time::Duration::seconds(601)));
        assert_eq!(Issuer::new().read(&token).unwrap_err(), NotOurs::OtherSignature);
        assert_eq!(issuer.read(&token[..token.len() - 1]).unwrap_err(), NotOurs::OtherSignature);
        assert_eq!(issuer.read("hush").unwrap_err(), NotOurs::NoJwt);
        // {"iss":"joe"}
        assert_eq!(issuer.read("e30.eyJpc3MiOiJqb2UifQ.c2ln").unwrap_err(), NotOurs::OtherIssuer);
    }
}
