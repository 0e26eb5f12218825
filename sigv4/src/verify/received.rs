//! A request as it arrived, and the texts that its signature must cover.

use alloc::{
    borrow::{Cow, ToOwned},
    format,
    string::String,
};
use core::fmt;

use sha2::{Digest, Sha256};

use super::{Mismatch, authorization::Authorization, grammar::malformed, limits, mismatch::Shown};
use crate::{
    CredentialScope, EMPTY_SHA256, Rules, Signature, SigningSteps, TokenPlacement, UNSIGNED_PAYLOAD,
    canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest, parameters},
    key::Key,
    payload::PayloadHash,
    request::{HeaderNames, ParameterNames},
    string_to_sign::StringToSign,
};

/// A request as it arrived: exactly what was on the wire, each header included. A header that is left out is one that
/// the verifier cannot hold against the signature.
///
/// `Debug` shows the names of parameters and headers without their values, which may be tokens.
/// From an `http::Request`: `ReceivedParts` (feature `http`).
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, still percent-encoded.
    pub path: &'a str,
    /// The query without `?`, still percent-encoded.
    pub query: &'a str,
    /// All headers in the order of arrival; for HTTP/2 `:authority` under the name `host`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: ReceivedBody<'a>,
}

/// The body of a received request. `Debug` shows its length only.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ReceivedBody<'a> {
    /// All of it: its hash is compared with the one that was signed.
    Bytes(&'a [u8]),
    /// Not read yet. The caller gives it to [`Verified::check_body`](super::Verified::check_body) when it is, or reads it
    /// through [`Verified::chunk_decoder`](super::Verified::chunk_decoder). Where no `x-amz-content-sha256` is sent
    /// (services other than S3 do not demand it), the signature can be verified for an empty body only: read it first.
    Unread,
}

impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &ParameterNames(self.query))
            .field("headers", &HeaderNames(self.headers))
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for ReceivedBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(body) => write!(f, "Bytes({} bytes)", body.len()),
            Self::Unread => f.write_str("Unread"),
        }
    }
}

impl<'a> Received<'a> {
    /// What this request, as it is, says that it signed: the canonical request and the string to sign which
    /// follow from it, and the signature that it carries. Nothing is verified; no secret is needed. Without
    /// `rules`, those of the scope's service.
    ///
    /// # Errors
    /// The request is not signed, is larger than [`limits`] allow, or its signature's parts cannot be read.
    pub fn signing_steps(&self, rules: Option<Rules>) -> Result<SigningSteps, Mismatch> {
        limits::check(self)?;
        let claims = Authorization::read(self)?;
        let (_, scope) = claims.access_key_and_scope()?;
        let rules = rules.unwrap_or_else(|| Rules::for_service(scope.service));
        let stated = match (self.single("x-amz-content-sha256")?, self.body) {
            (Some(stated), _) => Cow::Borrowed(stated),
            (None, _) if rules.presign_unsigned_payload && claims.is_presigned() => {
                Cow::Borrowed(UNSIGNED_PAYLOAD)
            }
            (None, ReceivedBody::Bytes(body)) => Cow::Owned(hex::encode(Sha256::digest(body))),
            (None, ReceivedBody::Unread) => Cow::Borrowed(EMPTY_SHA256),
        };
        let recomputed = Recomputed::new(self, &claims, &scope, &stated, rules)?;
        // The form was checked; no signature is longer than one that can be parsed.
        let signature = Signature::parse(&claims.signature).unwrap_or_else(|| Signature::from_bytes(&[]));
        let canonical_request = recomputed.canonical.text();
        Ok(SigningSteps { canonical_request, string_to_sign: recomputed.string_to_sign, signature })
    }

    /// The id of the key with which it says that it was signed.
    pub fn access_key_id(&self) -> Option<String> {
        limits::check(self).ok()?;
        let claims = Authorization::read(self).ok()?;
        claims.access_key_and_scope().ok().map(|(id, _)| id.to_owned())
    }

    /// A header's first value, without the white space around it.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim_matches([' ', '\t']))
    }

    /// A header that may be there once: RFC 9110, 5.3, lets only headers that are lists be repeated, and whoever reads
    /// one that is repeated may take the other value. White space in it is folded in what is signed, so of blanks there
    /// can be one at a time, and nothing else.
    pub(super) fn single(&self, name: &'static str) -> Result<Option<&'a str>, Mismatch> {
        let count = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
        if count > 1 {
            return Err(Mismatch::Repeated { part: name.into() });
        }
        let value = self.header(name);
        let is_folded =
            |value: &&str| !value.bytes().any(|byte| byte.is_ascii_control()) && !value.contains("  ");
        match value.filter(|value| !is_folded(value)) {
            Some(value) => {
                let problem = format!("`{}` has a control character, or two blanks in a row", Shown(value));
                Err(malformed(name, problem))
            }
            None => Ok(value),
        }
    }
}

/// What the verifier makes of a received request.
pub(super) struct Recomputed<'a> {
    canonical: CanonicalRequest<'a>,
    string_to_sign: String,
}

impl<'a> Recomputed<'a> {
    pub(super) fn new(
        received: &Received<'a>,
        claims: &'a Authorization<'_>,
        scope: &CredentialScope<'_>,
        payload_hash: &'a str,
        rules: Rules,
    ) -> Result<Self, Mismatch> {
        let unsigned = |name: &str| match name {
            "X-Amz-Signature" => true,
            "X-Amz-Security-Token" => rules.token == TokenPlacement::AddedAfterSigning,
            _ => false,
        };
        let query = if claims.is_presigned() {
            CanonicalQuery::encoded(parameters(received.query, rules).filter(|own| !unsigned(&own.name)))
        } else {
            CanonicalQuery::new(received.query, rules)
        };
        let headers = CanonicalHeaders::named(received.headers, &claims.signed_headers)
            .map_err(|name| Mismatch::SignedHeaderMissing { name: name.to_owned() })?;
        let (method, path, payload_hash) = (received.method, received.path, PayloadHash::Text(payload_hash));
        let canonical = CanonicalRequest { method, path, query, headers, payload_hash, rules };
        let time = claims.time.basic();
        let string_to_sign = StringToSign {
            algorithm: claims.algorithm,
            time: &time,
            scope: *scope,
            canonical_sha256: canonical.sha256(),
        };
        let string_to_sign = string_to_sign.text();
        Ok(Self { canonical, string_to_sign })
    }

    /// The path that was signed, in the form in which it is sent.
    pub(super) fn path(&self) -> String {
        self.canonical.sent_path()
    }

    pub(super) fn check(&self, key: Option<&Key>, signature: &str) -> Result<(), Mismatch> {
        if key.is_some_and(|key| key.verifies(&self.string_to_sign, signature)) {
            return Ok(());
        }
        Err(Mismatch::Signature {
            canonical_request: self.canonical.text(),
            string_to_sign: self.string_to_sign.clone(),
            provided: signature.to_owned(),
        })
    }
}
