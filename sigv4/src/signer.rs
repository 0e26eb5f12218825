//! Header signing: from a request to the headers that must be added to it.

use alloc::{borrow::Cow, string::String};

use crate::{
    Algorithm, Credentials, Error, Payload, Request, Rules, Scope, Secret, Signature, Timestamp,
    TokenPlacement,
    canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest},
    credential_scope::CredentialScope,
    key::{Key, KeyCache, Written},
    payload::PayloadHash,
    percent::percent_encode,
    signable,
    sink::Sink,
    string_to_sign::StringToSign,
    text::is_plain,
    timestamp::Basic,
};

/// Signs requests with one set of credentials for one region and service.
///
/// The service's name decides the [`Rules`]; set others with [`rules`](Self::rules). A signer that is kept
/// and shared (it is `Send` and `Sync`) derives its key once a day instead of once a request.
#[derive(Clone, Debug)]
pub struct Signer<'a> {
    pub(crate) credentials: Cow<'a, Credentials>,
    pub(crate) scope: Scope,
    pub(crate) rules: Rules,
    pub(crate) algorithm: Algorithm,
    /// The end of every credential scope.
    scope_tail: String,
    /// The start of every `Authorization`, up to the scope.
    authorization_start: String,
    keys: KeyCache,
    /// Why nothing can be signed with these credentials for this scope.
    problem: Option<Error>,
    /// The session token as presigned queries need it: encoding that long text costs as much as hashing it.
    #[cfg(feature = "std")]
    encoded_token: std::sync::OnceLock<Secret>,
}

impl<'a> Signer<'a> {
    /// A signer with the rules of the scope's service. The credentials are borrowed (`&credentials`) or owned.
    ///
    /// Credentials and scopes with which nothing can be signed are told when something is:
    /// [`Error::InvalidCredentials`], [`Error::InvalidScope`].
    pub fn new(credentials: impl Into<Cow<'a, Credentials>>, scope: Scope) -> Self {
        let rules = Rules::for_service(scope.service());
        let (algorithm, keys) = (Algorithm::Hmac, KeyCache::default());
        let (scope_tail, authorization_start) = (String::new(), String::new());
        let credentials = credentials.into();
        let signer = Self {
            credentials,
            scope,
            rules,
            algorithm,
            scope_tail,
            authorization_start,
            keys,
            problem: None,
            #[cfg(feature = "std")]
            encoded_token: std::sync::OnceLock::new(),
        };
        signer.prepared()
    }

    /// The session token, percent-encoded.
    pub(crate) fn encoded_token(&self) -> Option<Cow<'_, str>> {
        let token = self.credentials.session_token()?;
        #[cfg(feature = "std")]
        {
            let encoded = self.encoded_token.get_or_init(|| Secret::new(percent_encode(token.expose())));
            Some(Cow::Borrowed(encoded.expose()))
        }
        #[cfg(not(feature = "std"))]
        Some(percent_encode(token.expose()))
    }

    /// With the texts that all its signatures share.
    fn prepared(mut self) -> Self {
        self.problem = signable::problem(&self.credentials, &self.scope, self.algorithm);
        self.scope_tail = self.scope.tail(self.algorithm);
        self.authorization_start =
            [self.algorithm.name(), " Credential=", self.credentials.access_key_id(), "/"].concat();
        self
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
        self.prepared()
    }

    /// The credentials that it signs with.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Sign a request by an `Authorization` header.
    ///
    /// The result lists the headers to add. Headers of the same names that the request already has are not
    /// signed and must be replaced by them.
    ///
    /// # Errors
    /// What cannot be sent is not signed: [`Error::MissingHost`], [`Error::InvalidMethod`],
    /// [`Error::InvalidPath`], [`Error::InvalidQuery`] and [`Error::InvalidHeader`]. Nor is anything with
    /// credentials or for a scope that no service accepts: [`Error::InvalidCredentials`],
    /// [`Error::InvalidScope`].
    pub fn sign<'r>(&'r self, request: &Request<'r>, time: Timestamp) -> Result<Signed<'r>, Error> {
        self.sign_parts(request, request.payload, time)
    }

    /// The result borrows of the request no more than what stands for its payload.
    pub(crate) fn sign_parts<'s>(
        &'s self,
        request: &Request<'_>,
        payload: Payload<'s>,
        time: Timestamp,
    ) -> Result<Signed<'s>, Error> {
        self.check(request)?;
        let date = time.basic();
        let payload_hash = payload.hash(self.algorithm);
        let content_sha256 = states_payload(self.rules, request).then_some(payload_hash);
        let canonical = self.canonical(request, payload_hash, content_sha256.as_ref(), &date)?;
        let string_to_sign = self.string_to_sign(&canonical, &date);
        let signature = self.signature(&string_to_sign)?;
        let authorization = self.authorization(&canonical, &string_to_sign.scope, &signature);
        let token = self.credentials.session_token();
        Ok(Signed { date, content_sha256, region_set: self.region_set(), token, authorization })
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
        self.sign_parts_in_steps(request, request.payload, time)
    }

    /// The result borrows of the request no more than what stands for its payload.
    pub(crate) fn sign_parts_in_steps<'s>(
        &'s self,
        request: &Request<'_>,
        payload: Payload<'s>,
        time: Timestamp,
    ) -> Result<(Signed<'s>, SigningSteps), Error> {
        let signed = self.sign_parts(request, payload, time)?;
        let payload_hash = payload.hash(self.algorithm);
        let canonical =
            self.canonical(request, payload_hash, signed.content_sha256.as_ref(), &signed.date)?;
        let string_to_sign = self.string_to_sign(&canonical, &signed.date).text();
        let steps = SigningSteps {
            canonical_request: canonical.text(),
            string_to_sign,
            signature: signed.signature(),
        };
        Ok((signed, steps))
    }

    /// Refuse what cannot be signed or sent.
    pub(crate) fn check(&self, request: &Request<'_>) -> Result<(), Error> {
        match &self.problem {
            Some(problem) => Err(problem.clone()),
            None => signable::check_request(request),
        }
    }

    fn canonical<'c>(
        &'c self,
        request: &Request<'c>,
        payload_hash: PayloadHash<'c>,
        content_sha256: Option<&'c PayloadHash<'c>>,
        date: &'c Basic,
    ) -> Result<CanonicalRequest<'c>, Error> {
        let token = self.credentials.session_token().filter(|_| self.rules.token == TokenPlacement::Signed);
        // In the order of their names, which makes sorting cheap.
        let set = [
            content_sha256.map(|hash| ("x-amz-content-sha256", hash.as_str(), hash.is_plain())),
            Some(("x-amz-date", date.as_str(), true)),
            self.region_set().map(|set| ("x-amz-region-set", set, is_plain(set))),
            token.map(|token| ("x-amz-security-token", token.expose(), self.credentials.token_is_plain)),
        ];
        Ok(CanonicalRequest {
            method: request.method,
            path: request.path,
            query: CanonicalQuery::to_sign(request.query, self.rules)?,
            headers: CanonicalHeaders::to_sign(request.headers, set)?,
            payload_hash,
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
        text.push_str(&self.authorization_start);
        scope.write(&mut text);
        text.push_str(", SignedHeaders=");
        canonical.headers.write_names(&mut text);
        text.push_str(", Signature=");
        text.push_str(signature.as_str());
        text
    }

    /// Whether a signature is for this signer's key id and scope.
    pub(crate) fn has_signed(&self, signed: &Signed<'_>, scope: &CredentialScope<'_>) -> bool {
        let mut start = self.authorization_start.clone();
        scope.write(&mut start);
        start.push(',');
        signed.authorization.starts_with(&start) && signed.region_set == self.region_set()
    }

    /// The regions for which SigV4a signs.
    pub(crate) fn region_set(&self) -> Option<&str> {
        self.algorithm.has_region_set().then(|| self.scope.region())
    }

    pub(crate) fn credential_scope<'b>(&'b self, date: &'b Basic) -> CredentialScope<'b> {
        let region = if self.algorithm.has_region_set() { "" } else { self.scope.region() };
        CredentialScope { date: date.date(), region, service: self.scope.service(), tail: &self.scope_tail }
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

/// Whether `x-amz-content-sha256` is sent: S3 demands it, and chunked bodies announce themselves by it. Where the request has
/// it already, it has to be what is signed: services compute the signature with it.
pub(crate) fn states_payload(rules: Rules, request: &Request<'_>) -> bool {
    let has_own =
        || request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-amz-content-sha256"));
    rules.content_sha256_header || request.payload.is_chunked() || has_own()
}

impl Written for StringToSign<'_> {
    fn write(&self, sink: &mut impl Sink) {
        StringToSign::write(self, sink);
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
}

impl Signed<'_> {
    /// The payload hash that is stated, if one is.
    pub(crate) fn stated_payload(&self) -> Option<&str> {
        self.content_sha256.as_ref().map(PayloadHash::as_str)
    }

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
        let digits = self.authorization.rsplit('=').next().unwrap_or_default();
        // It was written there a moment ago.
        Signature::parse(digits).unwrap_or_else(|| Signature::from_bytes(&[]))
    }
}

impl core::fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Signed").field("authorization", &self.authorization).finish_non_exhaustive()
    }
}
