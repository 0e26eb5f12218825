//! Header signing: from a request to the headers that must be added to it.

use alloc::{borrow::Cow, string::String};

use crate::{
    Algorithm, Credentials, Error, Request, Rules, Scope, Secret, Signature, Timestamp, TokenPlacement,
    canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest},
    credential_scope::CredentialScope,
    key::{Key, KeyCache, Written},
    payload::PayloadHash,
    sink::Sink,
    string_to_sign::StringToSign,
    timestamp::Basic,
};

/// Signs requests with one set of credentials for one region and service.
///
/// The service's name decides the [`Rules`]; set others with [`rules`](Self::rules). A signer that is kept and shared
/// (it is `Send` and `Sync`) derives its key once a day instead of once a request.
#[derive(Clone, Debug)]
pub struct Signer<'a> {
    pub(crate) credentials: Cow<'a, Credentials>,
    pub(crate) scope: Scope,
    pub(crate) rules: Rules,
    pub(crate) algorithm: Algorithm,
    keys: KeyCache,
}

impl<'a> Signer<'a> {
    /// A signer with the rules of the scope's service. The credentials are borrowed (`&credentials`) or owned.
    pub fn new(credentials: impl Into<Cow<'a, Credentials>>, scope: Scope) -> Self {
        let rules = Rules::for_service(scope.service());
        let keys = KeyCache::default();
        Self { credentials: credentials.into(), scope, rules, algorithm: Algorithm::Hmac, keys }
    }

    /// Sign by other rules than the service name's.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Sign by another algorithm. For SigV4a the scope's region is the region set.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self.keys = KeyCache::default();
        self
    }

    /// The credentials that it signs with.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Sign a request by an `Authorization` header.
    ///
    /// The result lists the headers to add. Headers of the same names that the request already has are not signed
    /// and must be replaced by them.
    ///
    /// # Errors
    /// [`Error::MissingHost`] and [`Error::InvalidHeader`].
    pub fn sign<'r>(&'r self, request: &Request<'r>, time: Timestamp) -> Result<Signed<'r>, Error> {
        let date = time.basic();
        let added = AddedHeaders::new(self, request, &date);
        let canonical = self.canonical(request, &added)?;
        let string_to_sign = self.string_to_sign(&canonical, &date);
        let signature = self.signature(&string_to_sign)?;
        let authorization = self.authorization(&canonical, &string_to_sign.scope, &signature);
        Ok(self.signed(request, date, authorization, signature))
    }

    /// Like [`sign`](Self::sign), and every intermediate value beside it.
    ///
    /// # Errors
    /// The same.
    pub fn sign_in_steps<'r>(
        &'r self,
        request: &Request<'r>,
        time: Timestamp,
    ) -> Result<(Signed<'r>, SigningSteps), Error> {
        let signed = self.sign(request, time)?;
        let added = AddedHeaders::new(self, request, &signed.date);
        let canonical = self.canonical(request, &added)?;
        let string_to_sign = self.string_to_sign(&canonical, &signed.date).text();
        let steps =
            SigningSteps { canonical_request: canonical.text(), string_to_sign, signature: signed.signature };
        Ok((signed, steps))
    }

    fn canonical<'c>(
        &self,
        request: &Request<'c>,
        added: &'c AddedHeaders<'_>,
    ) -> Result<CanonicalRequest<'c>, Error> {
        Ok(CanonicalRequest {
            method: request.method,
            path: request.path,
            query: CanonicalQuery::new(request.query),
            headers: CanonicalHeaders::to_sign(request.headers, added.iter())?,
            payload_hash: request.payload.hash(self.algorithm),
            rules: self.rules,
        })
    }

    /// `ALGORITHM Credential=key/scope, SignedHeaders=a;b, Signature=hex`.
    fn authorization(
        &self,
        canonical: &CanonicalRequest<'_>,
        scope: &CredentialScope<'_>,
        signature: &Signature,
    ) -> String {
        let mut text = String::with_capacity(320);
        text.push_str(self.algorithm.name());
        text.push_str(" Credential=");
        text.push_str(self.credentials.access_key_id());
        text.push('/');
        scope.write(&mut text);
        text.push_str(", SignedHeaders=");
        canonical.headers.write_names(&mut text);
        text.push_str(", Signature=");
        text.push_str(signature.as_str());
        text
    }

    fn signed<'r>(
        &'r self,
        request: &Request<'r>,
        date: Basic,
        authorization: String,
        signature: Signature,
    ) -> Signed<'r> {
        Signed {
            date,
            content_sha256: states_payload(self.rules, request).then(|| request.payload.hash(self.algorithm)),
            region_set: self.region_set(),
            token: self.credentials.session_token(),
            authorization,
            signature,
        }
    }

    /// The regions for which SigV4a signs.
    pub(crate) fn region_set(&self) -> Option<&str> {
        self.algorithm.has_region_set().then(|| self.scope.region())
    }

    pub(crate) fn credential_scope<'b>(&'b self, date: &'b Basic) -> CredentialScope<'b> {
        let region = if self.algorithm.has_region_set() { "" } else { self.scope.region() };
        CredentialScope { date: date.date(), region, service: self.scope.service() }
    }

    pub(crate) fn string_to_sign<'b>(
        &'b self,
        canonical: &CanonicalRequest<'_>,
        date: &'b Basic,
    ) -> StringToSign<'b> {
        StringToSign {
            algorithm: self.algorithm,
            time: date,
            scope: self.credential_scope(date),
            canonical_sha256: canonical.sha256(),
        }
    }

    /// Step 4, with the key that is kept or a new one.
    pub(crate) fn signature(&self, string_to_sign: &StringToSign<'_>) -> Result<Signature, Error> {
        let scope = &string_to_sign.scope;
        self.keys.with(scope, || self.key(scope), |key| key.sign(string_to_sign)).ok_or(Error::NoKey)
    }

    pub(crate) fn key(&self, scope: &CredentialScope<'_>) -> Option<Key> {
        let Credentials { access_key_id, secret_access_key, .. } = &*self.credentials;
        Key::derive(self.algorithm, access_key_id, secret_access_key, scope)
    }
}

/// Whether `x-amz-content-sha256` is sent: S3 demands it, and chunked bodies announce themselves by it.
pub(crate) fn states_payload(rules: Rules, request: &Request<'_>) -> bool {
    rules.content_sha256_header || request.payload.is_chunked()
}

impl Written for StringToSign<'_> {
    fn write(&self, sink: &mut impl Sink) {
        StringToSign::write(self, sink);
    }
}

/// The headers that signing adds and signs.
struct AddedHeaders<'a> {
    date: &'a Basic,
    content_sha256: Option<PayloadHash<'a>>,
    region_set: Option<&'a str>,
    token: Option<&'a Secret>,
}

impl<'a> AddedHeaders<'a> {
    fn new(signer: &'a Signer<'_>, request: &Request<'a>, date: &'a Basic) -> Self {
        let token = signer.credentials.session_token();
        Self {
            date,
            content_sha256: states_payload(signer.rules, request)
                .then(|| request.payload.hash(signer.algorithm)),
            region_set: signer.region_set(),
            token: token.filter(|_| signer.rules.token == TokenPlacement::Signed),
        }
    }

    /// In the order of their names.
    fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> + Clone {
        [
            self.content_sha256.as_ref().map(|hash| ("x-amz-content-sha256", hash.as_str())),
            Some(("x-amz-date", self.date.as_str())),
            self.region_set.map(|set| ("x-amz-region-set", set)),
            self.token.map(|token| ("x-amz-security-token", token.expose())),
        ]
        .into_iter()
        .flatten()
    }
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
    pub(crate) date: Basic,
    content_sha256: Option<PayloadHash<'a>>,
    region_set: Option<&'a str>,
    token: Option<&'a Secret>,
    authorization: String,
    signature: Signature,
}

impl Signed<'_> {
    /// The headers to add, replacing those of the same names: `x-amz-date`, `x-amz-content-sha256` (S3),
    /// `x-amz-region-set` (SigV4a), `x-amz-security-token` (temporary credentials) and `authorization`.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            Some(("x-amz-date", self.date.as_str())),
            self.content_sha256.as_ref().map(|hash| ("x-amz-content-sha256", hash.as_str())),
            self.region_set.map(|set| ("x-amz-region-set", set)),
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
