//! The other side: check a received request, and say exactly which part fails.
//!
//! `received` is the request and what follows from it, `authorization` reads what it claims, this file checks
//! the claims in the order in which a service does, `mismatch` lists what can be wrong.

mod authorization;
mod mismatch;
mod received;

use alloc::{
    borrow::{Cow, ToOwned},
    format,
    string::{String, ToString},
};
use core::time::Duration;

use sha2::{Digest, Sha256};

pub use self::{
    mismatch::Mismatch,
    received::{Received, ReceivedBody},
};

use self::{
    authorization::{Authorization, access_key_and_scope, malformed, read_algorithm, timestamp},
    received::Recomputed,
};
use crate::{
    Algorithm, ChunkDecoder, CredentialScope, EMPTY_SHA256, Framing, Rules, Scope, Secret, Timestamp,
    TokenPlacement, UNSIGNED_PAYLOAD, chunked::Chain, key::Key,
};

/// How far a client's clock may be off: AWS tolerates 15 minutes.
const DEFAULT_TOLERANCE: Duration = Duration::from_secs(15 * 60);

/// Finds the secret of an access key. Implemented for closures.
pub trait Lookup {
    /// The secret of `access_key_id`, or `None` if there is no such key.
    fn secret(&self, access_key_id: &str) -> Option<Secret>;
}

impl<F: Fn(&str) -> Option<Secret>> Lookup for F {
    fn secret(&self, access_key_id: &str) -> Option<Secret> {
        self(access_key_id)
    }
}

/// What a valid signature proves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Whose key signed.
    pub access_key_id: String,
    /// The session token that came along (signed, unless the rules say otherwise). The caller must check that
    /// it belongs to the key and is not over.
    pub session_token: Option<Secret>,
    /// For which region and service.
    pub scope: Scope,
    /// When it was signed.
    pub time: Timestamp,
    /// The payload hash that was signed: hex, `UNSIGNED-PAYLOAD` or a `STREAMING-…` marker.
    pub payload_hash: String,
    /// Whether the query was signed rather than the headers.
    pub presigned: bool,
    /// By which algorithm.
    pub algorithm: Algorithm,
    /// The signature itself: the seed of a chunked body's chain.
    signature: String,
}

impl Verified {
    /// How the body is framed, if it is sent in chunks: read it with
    /// [`Verifier::chunk_decoder`].
    pub fn framing(&self) -> Option<Framing> {
        Framing::from_marker(&self.payload_hash, self.algorithm)
    }
}

/// Checks received requests against a look-up of secrets.
///
/// ```
/// use sigv4::{Received, ReceivedBody, Secret, Timestamp, Verifier};
///
/// let verifier = Verifier::new(|key: &str| (key == "AKIDEXAMPLE").then(|| Secret::new("…")));
/// let request = Received {
///     method: "GET",
///     path: "/",
///     query: "",
///     headers: &[("host", "example.amazonaws.com")],
///     body: ReceivedBody::Bytes(b""),
/// };
/// let refused = verifier.verify(&request, Timestamp::from_unix_seconds(0)).unwrap_err();
/// assert_eq!(refused.to_string(), "the request is not signed");
/// ```
#[derive(Clone, Debug)]
pub struct Verifier<L> {
    lookup: L,
    region: Option<String>,
    service: Option<String>,
    rules: Option<Rules>,
    tolerance: Duration,
}

impl<L: Lookup> Verifier<L> {
    /// A verifier that accepts every region and service, with the rules of the scope's service and a clock
    /// tolerance of 15 minutes.
    pub fn new(lookup: L) -> Self {
        Self { lookup, region: None, service: None, rules: None, tolerance: DEFAULT_TOLERANCE }
    }

    /// Accept signatures for this region only.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Accept signatures for this service only.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Verify by these rules instead of those of the scope's service.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = Some(rules);
        self
    }

    /// How far the signing time and `now` may be apart.
    #[must_use]
    pub fn clock_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Check a request.
    ///
    /// # Errors
    /// The first [`Mismatch`] found. The signature itself is compared last and in constant time.
    pub fn verify(&self, received: &Received<'_>, now: Timestamp) -> Result<Verified, Mismatch> {
        let claim = Authorization::read(received)?;
        let (access_key_id, scope) = claim.access_key_and_scope()?;
        let secret = self.secret(access_key_id)?;
        let regions = claim.regions(&scope)?;
        self.check_scope(claim.algorithm, regions, &scope, claim.time)?;
        self.check_time(&claim, now)?;
        let rules = self.rules.unwrap_or_else(|| Rules::for_service(scope.service));
        check_signed_headers(received, &claim, rules)?;
        let payload_hash = payload_hash(received, &claim, rules)?;
        let key = Key::derive(claim.algorithm, access_key_id, &secret, &scope);
        Recomputed::new(received, &claim, &scope, &payload_hash, rules)?
            .check(key.as_ref(), &claim.signature)?;
        Ok(Verified {
            access_key_id: access_key_id.to_owned(),
            session_token: claim.session_token.as_deref().map(Secret::from),
            scope: Scope::new(regions, scope.service),
            time: claim.time,
            payload_hash: payload_hash.into_owned(),
            presigned: claim.is_presigned(),
            algorithm: claim.algorithm,
            signature: claim.signature.into_owned(),
        })
    }

    /// A decoder for the chunked body of a request whose own signature was verified.
    ///
    /// # Errors
    /// [`Mismatch::Malformed`]: the request announced no chunked body; [`Mismatch::UnknownAccessKey`]: the
    /// look-up no longer knows the key.
    pub fn chunk_decoder(&self, verified: &Verified) -> Result<ChunkDecoder, Mismatch> {
        let Some(framing) = verified.framing() else {
            let problem = format!("`{}` announces no aws-chunked body", verified.payload_hash);
            return Err(malformed("x-amz-content-sha256", problem));
        };
        if !framing.is_signed() {
            return Ok(ChunkDecoder::new(framing, None));
        }
        let secret = self.secret(&verified.access_key_id)?;
        let time = verified.time.basic();
        let region = if verified.algorithm.has_region_set() { "" } else { verified.scope.region() };
        let (service, tail) = (verified.scope.service(), verified.scope.tail(verified.algorithm));
        let scope = CredentialScope { date: time.date(), region, service, tail: &tail };
        let Some(key) = Key::derive(verified.algorithm, &verified.access_key_id, &secret, &scope) else {
            return Err(Mismatch::UnknownAccessKey { access_key_id: verified.access_key_id.clone() });
        };
        let chain = Chain {
            algorithm: verified.algorithm,
            key,
            time: time.as_str().to_owned(),
            scope: scope.to_string(),
            previous: verified.signature.clone(),
        };
        Ok(ChunkDecoder::new(framing, Some(chain)))
    }

    /// Check the fields of an S3 POST form: algorithm, scope, time and the signature of its policy.
    ///
    /// What the policy says (its expiration and conditions, in base64-encoded JSON) is the caller's to hold
    /// the form to.
    ///
    /// # Errors
    /// The first [`Mismatch`] found.
    pub fn verify_post_form(&self, fields: &[(&str, &str)]) -> Result<Verified, Mismatch> {
        let field = |name: &'static str| {
            let found =
                fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
            found.filter(|value| !value.is_empty()).ok_or_else(|| malformed(name, "it is missing".into()))
        };
        let algorithm = read_algorithm(field("x-amz-algorithm")?)?;
        let (access_key_id, scope) = access_key_and_scope(field("x-amz-credential")?, algorithm)?;
        let time = timestamp(field("x-amz-date")?, "x-amz-date")?;
        let secret = self.secret(access_key_id)?;
        self.check_scope(algorithm, scope.region, &scope, time)?;
        let (policy, provided) = (field("policy")?, field("x-amz-signature")?);
        let key = Key::derive(algorithm, access_key_id, &secret, &scope);
        if !key.is_some_and(|key| key.verifies(policy, provided)) {
            let (canonical_request, string_to_sign) = (String::new(), policy.to_owned());
            return Err(Mismatch::Signature {
                canonical_request,
                string_to_sign,
                provided: provided.to_owned(),
            });
        }
        Ok(Verified {
            access_key_id: access_key_id.to_owned(),
            session_token: field("x-amz-security-token").ok().map(Secret::from),
            scope: scope.to_scope(),
            time,
            payload_hash: UNSIGNED_PAYLOAD.to_owned(),
            presigned: false,
            algorithm,
            signature: provided.to_owned(),
        })
    }

    fn secret(&self, access_key_id: &str) -> Result<Secret, Mismatch> {
        let unknown = || Mismatch::UnknownAccessKey { access_key_id: access_key_id.to_owned() };
        self.lookup.secret(access_key_id).ok_or_else(unknown)
    }

    fn check_scope(
        &self,
        algorithm: Algorithm,
        regions: &str,
        scope: &CredentialScope<'_>,
        time: Timestamp,
    ) -> Result<(), Mismatch> {
        let pair = |expected: &str, received: &str| (expected.to_owned(), received.to_owned());
        let covers = |region: &str| match algorithm.has_region_set() {
            true => regions.split(',').any(|pattern| is_in_set(pattern.trim(), region)),
            false => region == regions,
        };
        if let Some(region) = self.region.as_deref().filter(|region| !covers(region)) {
            let (expected, received) = pair(region, regions);
            return Err(Mismatch::ScopeRegion { expected, received });
        }
        if let Some(service) = self.service.as_deref().filter(|service| *service != scope.service) {
            let (expected, received) = pair(service, scope.service);
            return Err(Mismatch::ScopeService { expected, received });
        }
        let time = time.basic();
        if time.date() != scope.date {
            let (expected, received) = pair(time.date(), scope.date);
            return Err(Mismatch::ScopeDate { expected, received });
        }
        Ok(())
    }

    fn check_time(&self, claim: &Authorization<'_>, now: Timestamp) -> Result<(), Mismatch> {
        let (signed, present) = (claim.time.unix_seconds(), now.unix_seconds());
        let skewed = Mismatch::Clock { signed_at: claim.time, now, tolerance: self.tolerance };
        match claim.expires {
            None if signed.abs_diff(present) > self.tolerance.as_secs() => Err(skewed),
            None => Ok(()),
            Some(_) if signed > present + self.tolerance.as_secs() => Err(skewed),
            Some(expires) => {
                let end = Timestamp::from_unix_seconds(signed + expires.as_secs());
                if now > end { Err(Mismatch::Expired { at: end, now }) } else { Ok(()) }
            }
        }
    }
}

/// Whether a member of a region set (`*`, `us-*`, `eu-west-1`) covers a region.
fn is_in_set(pattern: &str, region: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => region.starts_with(start),
        None => pattern == region,
    }
}

/// `host` and every `x-amz-…` header must be signed, or someone on the way could change what the request means.
fn check_signed_headers(
    received: &Received<'_>,
    claim: &Authorization<'_>,
    rules: Rules,
) -> Result<(), Mismatch> {
    let is_signed = |name: &str| {
        claim.signed_headers.split(';').any(|other| other.eq_ignore_ascii_case(name))
            || (rules.token == TokenPlacement::AddedAfterSigning
                && name.eq_ignore_ascii_case("x-amz-security-token"))
    };
    if !is_signed("host") {
        return Err(Mismatch::HeaderNotSigned { name: "host".into() });
    }
    for (name, _) in received.headers {
        let is_amz = name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"));
        if is_amz && !is_signed(name) {
            return Err(Mismatch::HeaderNotSigned { name: name.to_ascii_lowercase() });
        }
    }
    Ok(())
}

/// The hash which the signature must cover, compared with the body where both are known.
fn payload_hash<'a>(
    received: &Received<'a>,
    claim: &Authorization<'_>,
    rules: Rules,
) -> Result<Cow<'a, str>, Mismatch> {
    let stated = received.header("x-amz-content-sha256").map(str::trim);
    let computed = |body| hex::encode(Sha256::digest(body));
    match (stated, received.body) {
        (Some(stated), ReceivedBody::Bytes(body)) if is_sha256(stated) => {
            let computed = computed(body);
            if computed == stated {
                Ok(Cow::Borrowed(stated))
            } else {
                Err(Mismatch::PayloadHash { stated: stated.to_owned(), computed })
            }
        }
        (Some(stated), _) => Ok(Cow::Borrowed(stated)),
        (None, _) if rules.presign_unsigned_payload && claim.is_presigned() => Ok(UNSIGNED_PAYLOAD.into()),
        (None, _) if rules.content_sha256_header => {
            Err(Mismatch::HeaderMissing { name: "x-amz-content-sha256" })
        }
        (None, ReceivedBody::Bytes(body)) => Ok(Cow::Owned(computed(body))),
        (None, ReceivedBody::Unread) => Ok(Cow::Borrowed(EMPTY_SHA256)),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
