//! Query signing: a URL that carries its own authorization for a limited time.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::time::Duration;

use crate::{
    Error, Payload, Request, Signature, Signer, SigningSteps, Timestamp, TokenPlacement,
    canonical_request::{CanonicalHeaders, CanonicalQuery, CanonicalRequest, Parameter, parameters},
    string_to_sign::ALGORITHM,
};

/// The longest life of a presigned URL: seven days.
pub const MAX_EXPIRES: Duration = Duration::from_secs(604_800);

/// The parameters that make a URL a presigned one.
pub(crate) const SIGNATURE: &str = "X-Amz-Signature";
const SET_BY_PRESIGNING: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
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
    /// Sign a request by query parameters. `expires` is 1 s to seven days; a URL signed with temporary credentials
    /// dies with them, however long it was meant to live.
    ///
    /// Whoever uses the URL must send the headers that were signed; usually only `host` is. S3 leaves the payload
    /// unsigned, other services sign the given one.
    ///
    /// # Errors
    /// [`Error::InvalidExpires`], [`Error::AlreadyPresigned`], and those of [`sign`](Self::sign).
    pub fn presign(
        &self,
        request: &Request<'_>,
        expires: Duration,
        time: Timestamp,
    ) -> Result<Presigned, Error> {
        Ok(self.presign_in_steps(request, expires, time)?.0)
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
        if expires.as_secs() == 0 || expires > MAX_EXPIRES {
            return Err(Error::InvalidExpires { asked: expires });
        }
        let own: Vec<Parameter<'_>> = parameters(request.query).collect();
        if let Some(parameter) = own.iter().find(|own| SET_BY_PRESIGNING.contains(&&*own.name)) {
            return Err(Error::AlreadyPresigned { parameter: parameter.name.clone().into_owned() });
        }

        let date = time.basic();
        let headers = CanonicalHeaders::to_sign(request.headers, &[])?;
        let mut signed_headers = String::new();
        headers.write_names(&mut signed_headers);
        let credential = format!("{}/{}", self.credentials.access_key_id(), self.credential_scope(&date));
        let seconds = format!("{}", expires.as_secs());
        let [algorithm_name, credential_name, date_name, expires_name, signed_headers_name, token_name, _] =
            SET_BY_PRESIGNING;
        let mut authorization = Vec::from([
            Parameter::encode(algorithm_name, ALGORITHM),
            Parameter::encode(credential_name, &credential),
            Parameter::encode(date_name, date.as_str()),
            Parameter::encode(expires_name, &seconds),
            Parameter::encode(signed_headers_name, &signed_headers),
        ]);
        let token =
            self.credentials.session_token().map(|token| Parameter::encode(token_name, token.expose()));
        let token_after = match self.rules.token {
            TokenPlacement::Signed => {
                authorization.extend(token);
                None
            }
            TokenPlacement::AddedAfterSigning => token,
        };

        let payload = if self.rules.presign_unsigned_payload { Payload::Unsigned } else { request.payload };
        let payload_hash = payload.hash();
        let canonical = CanonicalRequest {
            method: request.method,
            path: request.path,
            query: CanonicalQuery::sorted(own.iter().chain(&authorization).cloned().collect()),
            headers,
            payload_hash: payload_hash.as_str(),
            rules: self.rules,
        };
        let steps = self.steps(&canonical, &date);

        let mut query = request.query.to_owned();
        for Parameter { name, value } in authorization.iter().chain(&token_after) {
            push_parameter(&mut query, name, value);
        }
        push_parameter(&mut query, SIGNATURE, steps.signature.as_str());
        Ok((Presigned { query, signature: steps.signature }, steps))
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
