//! The forms that the parts of a signature have, wherever they stand: in `Authorization`, in a query, in a POST form.

use alloc::{format, string::String};

use super::{
    Mismatch,
    limits::{MAX_ACCESS_KEY_ID, MAX_SIGNED_HEADERS, at_most},
};
use crate::{
    Algorithm, CredentialScope, Timestamp,
    text::{Shown, is_lower_hex},
};

/// The longest signature of SigV4a: a DER-encoded ECDSA signature of 72 bytes, in hex.
const MAX_DER_DIGITS: usize = 144;

pub(crate) fn malformed(part: &'static str, problem: String) -> Mismatch {
    Mismatch::Malformed { part, problem }
}

pub(crate) fn algorithm(name: &str) -> Result<Algorithm, Mismatch> {
    Algorithm::from_name(name).ok_or_else(|| Mismatch::UnsupportedAlgorithm { algorithm: name.into() })
}

/// `AKIA…/20130524/us-east-1/s3/aws4_request` in its parts. "The Region code, service code, and termination string must
/// use lowercase characters"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html>); the region's case is looked
/// at where it is compared ([`check_case`]).
pub(crate) fn credential(text: &str, algorithm: Algorithm) -> Result<(&str, CredentialScope<'_>), Mismatch> {
    let parse = |scope| match algorithm {
        Algorithm::Hmac => CredentialScope::parse(scope),
        #[cfg(feature = "v4a")]
        Algorithm::EcdsaP256 => CredentialScope::parse_without_region(scope),
    };
    let parts = text.split_once('/').and_then(|(key, scope)| Some((key, parse(scope)?)));
    let (key, scope) =
        parts.filter(|(key, scope)| is_credential(key, scope, algorithm)).ok_or_else(|| {
            let region = if algorithm.has_region_set() { "" } else { "region/" };
            let problem =
                format!("`{}` is not `access key/YYYYMMDD/{region}service/aws4_request`", Shown(text));
            malformed("Credential", problem)
        })?;
    at_most("the access key's id", key.len(), MAX_ACCESS_KEY_ID)?;
    Ok((key, scope))
}

fn is_credential(key: &str, scope: &CredentialScope<'_>, algorithm: Algorithm) -> bool {
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_date = scope.date.len() == 8 && scope.date.bytes().all(|byte| byte.is_ascii_digit());
    let service_is_lower = !scope.service.bytes().any(|byte| byte.is_ascii_uppercase());
    let has_region = algorithm.has_region_set() || is_plain(scope.region);
    is_plain(key) && is_date && has_region && is_plain(scope.service) && service_is_lower
}

/// `host;x-amz-date`: "an alphabetically sorted, semicolon-separated list of lowercase request header names"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sig-v4-header-based-auth.html>), and "You must include
/// the host header" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
/// Strictly ascending, so no name stands there twice: each mention would be hashed once more.
pub(crate) fn check_signed_headers(text: &str) -> Result<(), Mismatch> {
    at_most("the list of signed headers", text.len(), MAX_SIGNED_HEADERS)?;
    let mut before = "";
    let mut has_host = false;
    for name in text.split(';') {
        if name.is_empty() || !name.bytes().all(is_lower_token) {
            let problem = format!("`{}` is not the name of a header in lower case", Shown(name));
            return Err(malformed("SignedHeaders", problem));
        }
        if name <= before {
            let problem =
                format!("`{}` stands behind `{}`: names must ascend, each once", Shown(name), Shown(before));
            return Err(malformed("SignedHeaders", problem));
        }
        has_host |= name == "host";
        before = name;
    }
    if has_host { Ok(()) } else { Err(Mismatch::HeaderNotSigned { name: "host".into() }) }
}

/// The characters of a token (RFC 9110, 5.6.2) but for capitals.
fn is_lower_token(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// "The 256-bit signature expressed as 64 lowercase hexadecimal characters"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-auth-using-authorization-header.html>). SigV4a's,
/// whose length the page does not give, is what awscrt sends: the lower-case hex of DER.
pub(crate) fn check_signature(text: &str, algorithm: Algorithm) -> Result<(), Mismatch> {
    let fits = if algorithm.has_region_set() {
        text.len() <= MAX_DER_DIGITS && text.len().is_multiple_of(2) && !text.is_empty()
    } else {
        text.len() == 64
    };
    if fits && is_lower_hex(text) {
        return Ok(());
    }
    let expected = if algorithm.has_region_set() {
        "an even number of lower-case hex digits"
    } else {
        "64 lower-case hex digits"
    };
    Err(malformed("Signature", format!("`{}` is not {expected}", Shown(text))))
}

/// "The time stamp must be in UTC and use the following ISO 8601 format: YYYYMMDDTHHMMSSZ"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html>).
pub(crate) fn timestamp(text: &str, part: &'static str) -> Result<Timestamp, Mismatch> {
    Timestamp::parse(text)
        .ok_or_else(|| malformed(part, format!("`{}` is not YYYYMMDDTHHMMSSZ", Shown(text))))
}
