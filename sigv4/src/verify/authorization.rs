//! Reading what a received request claims: who signed, when, for which scope and over which headers.

use alloc::{borrow::Cow, format, string::String};
use core::time::Duration;

use super::{Mismatch, Received};
use crate::{
    Algorithm, CredentialScope, MAX_EXPIRES, Rules, Timestamp, canonical_request::parameters, percent_decode,
};

/// The claims of a signed request; nothing in it is verified yet.
pub(super) struct Authorization<'a> {
    pub(super) algorithm: Algorithm,
    /// For which regions SigV4a signed.
    pub(super) region_set: Option<Cow<'a, str>>,
    pub(super) credential: Cow<'a, str>,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: Cow<'a, str>,
    pub(super) time: Timestamp,
    /// Set when the query is signed, not the headers.
    pub(super) expires: Option<Duration>,
    pub(super) session_token: Option<Cow<'a, str>>,
}

impl<'a> Authorization<'a> {
    pub(super) fn read(received: &Received<'a>) -> Result<Self, Mismatch> {
        let header = received.header("authorization");
        let in_query =
            parameters(received.query, Rules::STANDARD).any(|parameter| parameter.name == "X-Amz-Algorithm");
        match (header, in_query) {
            (None, false) => Err(Mismatch::NotSigned),
            (Some(_), true) => Err(Mismatch::SignedTwice),
            (Some(header), false) => Self::from_header(received, header),
            (None, true) => Self::from_query(received),
        }
    }

    fn from_header(received: &Received<'a>, header: &'a str) -> Result<Self, Mismatch> {
        let (algorithm, fields) = header.trim().split_once(' ').unwrap_or((header, ""));
        let algorithm = read_algorithm(algorithm)?;
        let field = |name: &'static str| {
            let field = fields.split(',').map(str::trim).find_map(|field| field.strip_prefix(name));
            let value = field.and_then(|rest| rest.strip_prefix('=')).filter(|value| !value.is_empty());
            value.ok_or_else(|| malformed("Authorization header", format!("`{name}=` is missing")))
        };
        let date = received
            .header("x-amz-date")
            .ok_or_else(|| malformed("X-Amz-Date header", String::from("it is missing")))?;
        Ok(Self {
            algorithm,
            region_set: received.header("x-amz-region-set").map(|set| Cow::Borrowed(set.trim())),
            credential: Cow::Borrowed(field("Credential")?),
            signed_headers: Cow::Borrowed(field("SignedHeaders")?),
            signature: Cow::Borrowed(field("Signature")?),
            time: timestamp(date.trim(), "X-Amz-Date header")?,
            expires: None,
            session_token: received.header("x-amz-security-token").map(|token| Cow::Borrowed(token.trim())),
        })
    }

    fn from_query(received: &Received<'a>) -> Result<Self, Mismatch> {
        let query = received.query;
        let algorithm = read_algorithm(&required(query, "X-Amz-Algorithm")?)?;
        let expires = required(query, "X-Amz-Expires")?;
        let seconds =
            expires.parse::<u64>().ok().filter(|seconds| (1..=MAX_EXPIRES.as_secs()).contains(seconds));
        let Some(seconds) = seconds else {
            return Err(malformed("X-Amz-Expires", format!("`{expires}` is not 1 to 604800 seconds")));
        };
        Ok(Self {
            algorithm,
            region_set: parameter(query, "X-Amz-Region-Set"),
            credential: required(query, "X-Amz-Credential")?,
            signed_headers: required(query, "X-Amz-SignedHeaders")?,
            signature: required(query, "X-Amz-Signature")?,
            time: timestamp(&required(query, "X-Amz-Date")?, "X-Amz-Date")?,
            expires: Some(Duration::from_secs(seconds)),
            session_token: parameter(query, "X-Amz-Security-Token"),
        })
    }

    /// `AKIA…/20130524/us-east-1/s3/aws4_request` in its parts.
    pub(super) fn access_key_and_scope(&self) -> Result<(&str, CredentialScope<'_>), Mismatch> {
        access_key_and_scope(&self.credential, self.algorithm)
    }

    /// The region or region set that the signature is for.
    pub(super) fn regions<'b>(&'b self, scope: &CredentialScope<'b>) -> Result<&'b str, Mismatch> {
        match (&self.region_set, self.algorithm.has_region_set()) {
            (Some(set), true) => Ok(set),
            (None, true) => Err(malformed("X-Amz-Region-Set", "it is missing".into())),
            (_, false) => Ok(scope.region),
        }
    }

    pub(super) fn is_presigned(&self) -> bool {
        self.expires.is_some()
    }
}

pub(super) fn access_key_and_scope(
    credential: &str,
    algorithm: Algorithm,
) -> Result<(&str, CredentialScope<'_>), Mismatch> {
    let parse = |scope| match algorithm {
        Algorithm::Hmac => CredentialScope::parse(scope),
        #[cfg(feature = "v4a")]
        Algorithm::EcdsaP256 => CredentialScope::parse_without_region(scope),
    };
    credential.split_once('/').and_then(|(key, scope)| Some((key, parse(scope)?))).ok_or_else(|| {
        let region = if algorithm.has_region_set() { "" } else { "region/" };
        malformed(
            "Credential",
            format!("`{credential}` is not `access key/date/{region}service/aws4_request`"),
        )
    })
}

pub(super) fn read_algorithm(name: &str) -> Result<Algorithm, Mismatch> {
    Algorithm::from_name(name).ok_or_else(|| Mismatch::UnsupportedAlgorithm { algorithm: name.into() })
}

pub(super) fn timestamp(text: &str, part: &'static str) -> Result<Timestamp, Mismatch> {
    Timestamp::parse(text).ok_or_else(|| malformed(part, format!("`{text}` is not YYYYMMDDTHHMMSSZ")))
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let found = parameters(query, Rules::STANDARD).find(|parameter| parameter.name == name)?;
    Some(match found.value {
        Cow::Borrowed(value) if !value.contains('%') => Cow::Borrowed(value),
        value => Cow::Owned(String::from_utf8_lossy(&percent_decode(&value)).into_owned()),
    })
}

fn required<'a>(query: &'a str, name: &'static str) -> Result<Cow<'a, str>, Mismatch> {
    parameter(query, name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| malformed(name, "it is missing".into()))
}

pub(super) fn malformed(part: &'static str, problem: String) -> Mismatch {
    Mismatch::Malformed { part, problem }
}
