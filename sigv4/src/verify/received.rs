//! A request as it arrived, and the texts that its signature must cover.

use alloc::{
    borrow::{Cow, ToOwned},
    format,
    string::String,
};
use core::fmt;

use sha2::{Digest, Sha256};

use super::{
    Mismatch,
    authorization::{Authorization, malformed},
};
use crate::{
    CredentialScope, EMPTY_SHA256, Rules, Signature, SigningSteps, TokenPlacement, UNSIGNED_PAYLOAD,
    canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest, parameters},
    key::Key,
    payload::PayloadHash,
    request::{HeaderNames, ParameterNames},
    string_to_sign::StringToSign,
};

/// A request as it arrived.
///
/// `Debug` shows the names of parameters and headers without their values, which may be tokens.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, still percent-encoded.
    pub path: &'a str,
    /// The query without `?`, still percent-encoded.
    pub query: &'a str,
    /// All headers in the order of arrival.
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
    /// Not read yet; the caller compares [`Verified::payload_hash`](super::Verified::payload_hash) when it is.
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
    /// The request is not signed, or its signature's parts cannot be read.
    pub fn signing_steps(&self, rules: Option<Rules>) -> Result<SigningSteps, Mismatch> {
        let claim = Authorization::read(self)?;
        let (_, scope) = claim.access_key_and_scope()?;
        let rules = rules.unwrap_or_else(|| Rules::for_service(scope.service));
        let stated = match (self.header("x-amz-content-sha256"), self.body) {
            (Some(stated), _) => Cow::Borrowed(stated.trim()),
            (None, _) if rules.presign_unsigned_payload && claim.is_presigned() => {
                Cow::Borrowed(UNSIGNED_PAYLOAD)
            }
            (None, ReceivedBody::Bytes(body)) => Cow::Owned(hex::encode(Sha256::digest(body))),
            (None, ReceivedBody::Unread) => Cow::Borrowed(EMPTY_SHA256),
        };
        let recomputed = Recomputed::new(self, &claim, &scope, &stated, rules)?;
        let signature = Signature::parse(&claim.signature)
            .ok_or_else(|| malformed("Signature", format!("`{}` is not hexadecimal", claim.signature)))?;
        let canonical_request = recomputed.canonical.text();
        Ok(SigningSteps { canonical_request, string_to_sign: recomputed.string_to_sign, signature })
    }

    /// The id of the key with which it says that it was signed.
    pub fn access_key_id(&self) -> Option<String> {
        let claim = Authorization::read(self).ok()?;
        claim.access_key_and_scope().ok().map(|(id, _)| id.to_owned())
    }

    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
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
        claim: &'a Authorization<'_>,
        scope: &CredentialScope<'_>,
        payload_hash: &'a str,
        rules: Rules,
    ) -> Result<Self, Mismatch> {
        let unsigned = |name: &str| match name {
            "X-Amz-Signature" => true,
            "X-Amz-Security-Token" => rules.token == TokenPlacement::AddedAfterSigning,
            _ => false,
        };
        let query = if claim.is_presigned() {
            CanonicalQuery::encoded(parameters(received.query).filter(|own| !unsigned(&own.name)))
        } else {
            CanonicalQuery::new(received.query)
        };
        let headers = CanonicalHeaders::named(received.headers, &claim.signed_headers)
            .map_err(|name| Mismatch::SignedHeaderMissing { name: name.to_owned() })?;
        let (method, path, payload_hash) = (received.method, received.path, PayloadHash::Text(payload_hash));
        let canonical = CanonicalRequest { method, path, query, headers, payload_hash, rules };
        let time = claim.time.basic();
        let string_to_sign = StringToSign {
            algorithm: claim.algorithm,
            time: &time,
            scope: *scope,
            canonical_sha256: canonical.sha256(),
        };
        let string_to_sign = string_to_sign.text();
        Ok(Self { canonical, string_to_sign })
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
