//! Header signing: from a request to the headers that must be added to it.

use alloc::{format, string::String, vec::Vec};

use crate::{
    Credentials, Error, Request, Rules, Scope, Secret, Signature, SigningKey, Timestamp, TokenPlacement,
    canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest},
    credential_scope::CredentialScope,
    payload::PayloadHash,
    string_to_sign::{ALGORITHM, string_to_sign},
    timestamp::Basic,
};

/// Signs requests with one set of credentials for one region and service.
///
/// The service's name decides the [`Rules`]; set others with [`rules`](Self::rules).
#[derive(Clone, Debug)]
pub struct Signer<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) scope: Scope,
    pub(crate) rules: Rules,
}

impl<'a> Signer<'a> {
    /// A signer with the rules of the scope's service.
    pub fn new(credentials: &'a Credentials, scope: Scope) -> Self {
        let rules = Rules::for_service(scope.service());
        Self { credentials, scope, rules }
    }

    /// Sign by other rules than the service name's.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Sign a request by an `Authorization` header.
    ///
    /// The result lists the headers to add. Headers of the same names that the request already has are not signed
    /// and must be replaced by them.
    ///
    /// # Errors
    /// [`Error::MissingHost`] and [`Error::InvalidHeader`].
    pub fn sign(&self, request: &Request<'_>, time: Timestamp) -> Result<Signed<'a>, Error> {
        Ok(self.sign_in_steps(request, time)?.0)
    }

    /// Like [`sign`](Self::sign), and every intermediate value beside it.
    ///
    /// # Errors
    /// The same.
    pub fn sign_in_steps(
        &self,
        request: &Request<'_>,
        time: Timestamp,
    ) -> Result<(Signed<'a>, SigningSteps), Error> {
        let date = time.basic();
        let payload_hash = request.payload.hash();
        let token = self.credentials.session_token();
        let mut added = Vec::with_capacity(3);
        added.push(("x-amz-date", date.as_str()));
        if self.rules.content_sha256_header {
            added.push(("x-amz-content-sha256", payload_hash.as_str()));
        }
        if let (Some(token), TokenPlacement::Signed) = (token, self.rules.token) {
            added.push(("x-amz-security-token", token.expose()));
        }
        let canonical = CanonicalRequest {
            method: request.method,
            path: request.path,
            query: CanonicalQuery::new(request.query),
            headers: CanonicalHeaders::to_sign(request.headers, &added)?,
            payload_hash: payload_hash.as_str(),
            rules: self.rules,
        };
        let scope = self.credential_scope(&date);
        let steps = self.steps(&canonical, &date);
        let mut signed_headers = String::new();
        canonical.headers.write_names(&mut signed_headers);
        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={signed_headers}, Signature={}",
            self.credentials.access_key_id(),
            steps.signature
        );
        let content_sha256 = self.rules.content_sha256_header.then(|| own(&payload_hash));
        let signed = Signed { date, content_sha256, token, authorization, signature: steps.signature };
        Ok((signed, steps))
    }

    pub(crate) fn credential_scope<'b>(&'b self, date: &'b Basic) -> CredentialScope<'b> {
        CredentialScope { date: date.date(), region: self.scope.region(), service: self.scope.service() }
    }

    /// Steps 1 to 4 of the specification for a request that is ready to be written canonically.
    pub(crate) fn steps(&self, canonical: &CanonicalRequest<'_>, date: &Basic) -> SigningSteps {
        let scope = self.credential_scope(date);
        let string_to_sign = string_to_sign(date, &scope, &canonical.sha256());
        let secret = self.credentials.secret_access_key();
        let key = SigningKey::derive(secret, scope.date, scope.region, scope.service);
        let signature = key.sign(&string_to_sign);
        SigningSteps { canonical_request: canonical.text(), string_to_sign, signature }
    }
}

fn own(hash: &PayloadHash<'_>) -> String {
    hash.as_str().into()
}

/// The intermediate values of a signature, in the order in which they are made. They contain the session token
/// when it is signed, but never the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSteps {
    /// Step 1.
    pub canonical_request: String,
    /// Step 2.
    pub string_to_sign: String,
    /// Step 4 (step 3 derives the key, which is secret).
    pub signature: Signature,
}

impl core::fmt::Debug for SigningSteps {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The canonical request may hold a session token: print it deliberately, not by accident.
        f.debug_struct("SigningSteps")
            .field("string_to_sign", &self.string_to_sign)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// What header signing adds to a request.
#[derive(Clone)]
pub struct Signed<'a> {
    date: Basic,
    content_sha256: Option<String>,
    token: Option<&'a Secret>,
    authorization: String,
    signature: Signature,
}

impl Signed<'_> {
    /// The headers to add, replacing those of the same names: `x-amz-date`, `x-amz-content-sha256` (S3),
    /// `x-amz-security-token` (temporary credentials) and `authorization`.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            Some(("x-amz-date", self.date.as_str())),
            self.content_sha256.as_deref().map(|hash| ("x-amz-content-sha256", hash)),
            self.token.map(|token| ("x-amz-security-token", token.expose())),
            Some(("authorization", self.authorization.as_str())),
        ]
        .into_iter()
        .flatten()
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// The signature alone.
    pub fn signature(&self) -> Signature {
        self.signature
    }
}

impl core::fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Signed").field("authorization", &self.authorization).finish_non_exhaustive()
    }
}
