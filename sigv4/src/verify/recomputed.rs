//! The texts that the signature of a received request must cover.

use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
};

use sha2::{Digest, Sha256};

use super::{Mismatch, Received, ReceivedBody, authorization::Authorization, claims};
use crate::{
    CredentialScope, EMPTY_SHA256, Rules, Signature, SigningSteps, TokenPlacement, UNSIGNED_PAYLOAD,
    canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest, parameters},
    key::Key,
    payload::PayloadHash,
    string_to_sign::StringToSign,
};

impl Received<'_> {
    /// What this request, as it is, says that it signed: the canonical request and the string to sign which
    /// follow from it, and the signature that it carries. Nothing is verified; no secret is needed. Without
    /// `rules`, those of the scope's service.
    ///
    /// # Errors
    /// The request is not signed, is larger than [`limits`](super::limits) allow, or its signature's parts cannot be read.
    pub fn signing_steps(&self, rules: Option<Rules>) -> Result<SigningSteps, Mismatch> {
        self.check_sizes()?;
        let claims = claims::read(self)?;
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
        self.check_sizes().ok()?;
        let claims = claims::read(self).ok()?;
        claims.access_key_and_scope().ok().map(|(id, _)| id.to_owned())
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
