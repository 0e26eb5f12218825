//! The other side: check a received request, and say exactly which part fails.
//!
//! Strict by the book: a form is accepted if AWS's pages describe it (each rule cites its page) or, where they are silent,
//! if botocore or awscrt sends it. `received` is the request, whose `limits` are held before anything is hashed; `claims` are read by
//! `authorization` from its header or by `presigned` from its query, in the forms of `grammar`; `payload_hash` is what it says of its body,
//! `announced` of a chunked one; this file checks the claims in the order in which a service does; `recomputed` is
//! what follows from the request (`parts`: from the `http` crate), `verified` what a valid signature proves, `mismatch`
//! lists what can be wrong. POST forms stand in `post_policy`.

mod announced;
mod authorization;
mod claims;
pub(crate) mod grammar;
pub mod limits;
mod mismatch;
#[cfg(feature = "http")]
mod parts;
mod payload_hash;
mod presigned;
mod received;
mod recomputed;
mod verified;

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
};
use core::time::Duration;

#[cfg(feature = "http")]
pub use self::parts::ReceivedParts;
pub use self::{
    mismatch::Mismatch,
    received::{Received, ReceivedBody},
    verified::Verified,
};

use self::{authorization::Authorization, grammar::malformed, recomputed::Recomputed};
use crate::{Algorithm, CredentialScope, Rules, Scope, Secret, Timestamp, TokenPlacement, key::Key};

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

/// Checks received requests against a look-up of secrets.
///
/// ```
/// use sts3_sigv4::{Received, ReceivedBody, Secret, Timestamp, Verifier};
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
    /// The first [`Mismatch`] found. Sizes come first, forms and scope next; the signature is compared in constant time, and
    /// only then is a body hashed whose hash the request states.
    pub fn verify(&self, received: &Received<'_>, now: Timestamp) -> Result<Verified, Mismatch> {
        received.check_sizes()?;
        let claims = claims::read(received)?;
        let (access_key_id, scope) = claims.access_key_and_scope()?;
        let secret = self.secret(access_key_id)?;
        let regions = claims.regions(&scope)?;
        self.check_scope(claims.algorithm, regions, &scope, claims.time)?;
        let rules = self.rules.unwrap_or_else(|| Rules::for_service(scope.service));
        self.check_time(&claims, rules, now)?;
        check_coverage(received, &claims, rules)?;
        let payload_hash = payload_hash::to_sign(received, &claims, rules)?;
        let key = Key::derive(claims.algorithm, access_key_id, &secret, &scope);
        let chunks = announced::read(received, &claims, &scope, &payload_hash, key.as_ref())?;
        let recomputed = Recomputed::new(received, &claims, &scope, &payload_hash, rules)?;
        recomputed.check(key.as_ref(), &claims.signature)?;
        if let ReceivedBody::Bytes(body) = received.body
            && received.header("x-amz-content-sha256").is_some()
        {
            payload_hash::check_body(&payload_hash, body)?;
        }
        Ok(Verified {
            access_key_id: access_key_id.to_owned(),
            session_token: claims.session_token.as_deref().map(Secret::from),
            scope: Scope::new(regions, scope.service),
            time: claims.time,
            presigned: claims.is_presigned(),
            algorithm: claims.algorithm,
            path: recomputed.path(),
            signed_headers: claims.signed_headers.to_string(),
            payload_hash: payload_hash.to_string(),
            chunks,
        })
    }

    pub(crate) fn secret(&self, access_key_id: &str) -> Result<Secret, Mismatch> {
        let unknown = || Mismatch::UnknownAccessKey { access_key_id: access_key_id.to_owned() };
        self.lookup.secret(access_key_id).ok_or_else(unknown)
    }

    pub(crate) fn check_scope(
        &self,
        algorithm: Algorithm,
        regions: &str,
        scope: &CredentialScope<'_>,
        time: Timestamp,
    ) -> Result<(), Mismatch> {
        let pair = |expected: &str, received: &str| (expected.to_owned(), received.to_owned());
        let covers = |region: &str| {
            if algorithm.has_region_set() {
                regions.split(',').any(|pattern| is_in_set(pattern.trim(), region))
            } else {
                region == regions
            }
        };
        match self.region.as_deref() {
            Some(region) if !covers(region) => {
                let (expected, received) = pair(region, regions);
                return Err(Mismatch::ScopeRegion { expected, received });
            }
            // Names of AWS's regions are in lower case; a service of one's own may be called otherwise.
            None if regions.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                return Err(malformed("Credential", "the region has capitals".into()));
            }
            _ => {}
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

    /// S3's page has `X-Amz-Expires` in each signed query. The pages of the services with queries of their own do not list
    /// it (<https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html>), and awscrt sends it only if it is
    /// told how long the query is to live.
    fn check_time(&self, claims: &Authorization<'_>, rules: Rules, now: Timestamp) -> Result<(), Mismatch> {
        match claims.expires {
            Some(expires) => self.check_lifetime(claims.time, expires, now),
            None if claims.is_presigned() && rules.presign_unsigned_payload => {
                Err(malformed("X-Amz-Expires", "it is missing".into()))
            }
            None if claims.time.unix_seconds().abs_diff(now.unix_seconds()) > self.tolerance.as_secs() => {
                Err(self.skewed(claims.time, now))
            }
            None => Ok(()),
        }
    }

    /// What is signed for a while may not have expired, nor be from the future.
    pub(crate) fn check_lifetime(
        &self,
        signed_at: Timestamp,
        life: Duration,
        now: Timestamp,
    ) -> Result<(), Mismatch> {
        let signed = signed_at.unix_seconds();
        if signed > now.unix_seconds().saturating_add(self.tolerance.as_secs()) {
            return Err(self.skewed(signed_at, now));
        }
        let at = Timestamp::from_unix_seconds(signed + life.as_secs());
        if now > at { Err(Mismatch::Expired { at, now }) } else { Ok(()) }
    }

    const fn skewed(&self, signed_at: Timestamp, now: Timestamp) -> Mismatch {
        Mismatch::Clock { signed_at, now, tolerance: self.tolerance }
    }
}

/// Whether a member of a region set (`*`, `us-*`, `eu-west-1`) covers a region.
fn is_in_set(pattern: &str, region: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => region.starts_with(start),
        None => pattern == region,
    }
}

/// "the host header and all x-amz-* headers, excluding x-amz-content-sha256, are required. […] Signing the
/// x-amz-content-sha256 header is optional because S3 will use its value when calculating the received request payload
/// hash" (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sig-v4-header-based-auth.html>), and
/// "You can optionally include other standard headers"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>). That `host` is among
/// them was checked with their form.
fn check_coverage(received: &Received<'_>, claims: &Authorization<'_>, rules: Rules) -> Result<(), Mismatch> {
    let signed = claims.signed_names();
    for (name, _) in received.headers {
        if !name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-")) {
            continue;
        }
        let name = name.to_ascii_lowercase();
        let is_exempt = match name.as_str() {
            "x-amz-content-sha256" => true,
            "x-amz-security-token" => rules.token == TokenPlacement::AddedAfterSigning,
            _ => false,
        };
        if !is_exempt && signed.binary_search(&name.as_str()).is_err() {
            return Err(Mismatch::HeaderNotSigned { name });
        }
    }
    Ok(())
}
