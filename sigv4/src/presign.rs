//! Query signing: a URL that carries its own authorization for a limited time.

use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};
use core::time::Duration;

use crate::{
    Error, Payload, Request, Signature, Signer, SigningSteps, Timestamp, TokenPlacement,
    canonical_request::{
        CanonicalHeaders, CanonicalQuery, CanonicalRequest, Parameter, check_query, parameters,
    },
    timestamp::{Basic, MAX_EXPIRES},
};

const SIGNATURE: &str = "X-Amz-Signature";
/// The parameters that make a URL a presigned one.
const SET_BY_PRESIGNING: [&str; 8] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Region-Set",
    "X-Amz-Security-Token",
    SIGNATURE,
];

/// A presigned query.
#[derive(Clone)]
pub struct Presigned {
    query: String,
    signature: Signature,
}

impl Presigned {
    /// The whole query to send after the `?`: the request's own parameters, then those of the signature. It
    /// authorizes whoever holds it, so treat it like a password until it expires.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The signature alone.
    pub fn signature(&self) -> Signature {
        self.signature
    }
}

impl core::fmt::Debug for Presigned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Presigned(***)")
    }
}

impl Signer<'_> {
    /// Sign a request by query parameters. `expires` is 1 s to seven days; a URL signed with temporary
    /// credentials dies with them, however long it was meant to live.
    ///
    /// Whoever uses the URL must send the headers that were signed; usually only `host` is. S3 leaves the
    /// payload unsigned, other services sign the given one; an `x-amz-content-sha256` among the headers is signed instead.
    ///
    /// # Errors
    /// [`Error::InvalidExpires`], [`Error::AlreadyPresigned`], and those of [`sign`](Self::sign).
    pub fn presign(
        &self,
        request: &Request<'_>,
        expires: Duration,
        time: Timestamp,
    ) -> Result<Presigned, Error> {
        let parts = PresignedParts::new(self, request, expires, time)?;
        let authorization = parts.authorization();
        let canonical = parts.canonical(&authorization)?;
        let signature = self.signature(&self.string_to_sign(&canonical, &parts.date))?;
        Ok(parts.presigned(&authorization, signature))
    }

    /// Like [`presign`](Self::presign), and every intermediate value beside it.
    ///
    /// # Errors
    /// The same.
    pub fn presign_in_steps(
        &self,
        request: &Request<'_>,
        expires: Duration,
        time: Timestamp,
    ) -> Result<(Presigned, SigningSteps), Error> {
        let parts = PresignedParts::new(self, request, expires, time)?;
        let authorization = parts.authorization();
        let canonical = parts.canonical(&authorization)?;
        let string_to_sign = self.string_to_sign(&canonical, &parts.date);
        let signature = self.signature(&string_to_sign)?;
        let steps = SigningSteps {
            canonical_request: canonical.text(),
            string_to_sign: string_to_sign.text(),
            signature,
        };
        Ok((parts.presigned(&authorization, signature), steps))
    }
}

/// What a presigned query is made of.
struct PresignedParts<'a> {
    signer: &'a Signer<'a>,
    request: &'a Request<'a>,
    own: Vec<Parameter<'a>>,
    date: Basic,
    credential: String,
    seconds: String,
    signed_headers: String,
}

impl<'a> PresignedParts<'a> {
    fn new(
        signer: &'a Signer<'a>,
        request: &'a Request<'a>,
        expires: Duration,
        time: Timestamp,
    ) -> Result<Self, Error> {
        signer.check(request)?;
        if expires.as_secs() == 0 || expires > MAX_EXPIRES {
            return Err(Error::InvalidExpires { asked: expires });
        }
        let own: Vec<Parameter<'_>> = parameters(request.query, signer.rules).collect();
        // What is canonical already can be sent.
        if own.iter().any(Parameter::is_respelled) {
            check_query(request.query)?;
        }
        if let Some(parameter) = own.iter().find(|own| SET_BY_PRESIGNING.contains(&&*own.name)) {
            return Err(Error::AlreadyPresigned { parameter: parameter.name.clone().into_owned() });
        }
        let date = time.basic();
        let mut credential = signer.credentials.access_key_id().to_owned();
        credential.push('/');
        signer.credential_scope(&date).write(&mut credential);
        let mut signed_headers = String::new();
        CanonicalHeaders::to_sign(request.headers, [])?.write_names(&mut signed_headers);
        Ok(Self {
            signer,
            request,
            own,
            date,
            credential,
            seconds: decimal(expires.as_secs()),
            signed_headers,
        })
    }

    /// The parameters of the signature but itself and a token that is not signed, in the order of their names.
    fn authorization(&self) -> Vec<Parameter<'_>> {
        let [algorithm, credential, date, expires, signed_headers, region_set, token, _] = SET_BY_PRESIGNING;
        let mut parameters = Vec::with_capacity(8);
        parameters.push(Parameter::encode(algorithm, self.signer.algorithm.name()));
        parameters.push(Parameter::encode(credential, &self.credential));
        parameters.push(Parameter::encode(date, self.date.as_str()));
        parameters.push(Parameter::encode(expires, &self.seconds));
        parameters.extend(self.signer.region_set().map(|set| Parameter::encode(region_set, set)));
        if self.signer.rules.token == TokenPlacement::Signed {
            parameters.extend(self.token(token));
        }
        parameters.push(Parameter::encode(signed_headers, &self.signed_headers));
        parameters
    }

    fn token(&self, name: &'static str) -> Option<Parameter<'_>> {
        Some(Parameter { name: Cow::Borrowed(name), value: self.signer.encoded_token()? })
    }

    fn canonical<'c>(&'c self, authorization: &'c [Parameter<'c>]) -> Result<CanonicalRequest<'c>, Error> {
        let rules = self.signer.rules;
        let stated = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case("x-amz-content-sha256");
        // A service computes the signature with the header's value where it is sent, as in aws/aws-sdk-go#1976.
        let payload = match self.request.headers.iter().find(stated) {
            Some((_, stated)) => Payload::Verbatim(stated.trim_matches([' ', '\t'])),
            None if rules.presign_unsigned_payload => Payload::Unsigned,
            None => self.request.payload,
        };
        Ok(CanonicalRequest {
            method: self.request.method,
            path: self.request.path,
            query: CanonicalQuery::sorted(self.own.iter().chain(authorization)),
            headers: CanonicalHeaders::to_sign(self.request.headers, [])?,
            payload_hash: payload.hash(self.signer.algorithm),
            rules,
        })
    }

    fn presigned(&self, authorization: &[Parameter<'_>], signature: Signature) -> Presigned {
        let [.., token_name, signature_name] = SET_BY_PRESIGNING;
        let unsigned_token = match self.signer.rules.token {
            TokenPlacement::Signed => None,
            TokenPlacement::AddedAfterSigning => self.token(token_name),
        };
        let added = authorization.iter().chain(&unsigned_token);
        let length = added.clone().map(|own| own.name.len() + own.value.len() + 2).sum::<usize>();
        let mut query = String::with_capacity(self.request.query.len() + length + 180);
        query.push_str(self.request.query);
        for Parameter { name, value } in added {
            push_parameter(&mut query, name, value);
        }
        push_parameter(&mut query, signature_name, signature.as_str());
        Presigned { query, signature }
    }
}

/// Without the machinery of formatting, which costs as much as hashing a block.
fn decimal(mut number: u64) -> String {
    let mut digits = String::with_capacity(8);
    loop {
        digits.insert(0, char::from(b'0' + (number % 10) as u8));
        number /= 10;
        if number == 0 {
            return digits;
        }
    }
}

fn push_parameter(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.push_str(value);
}
