//! Verifies requests that a certificate's key has signed, and the path from the certificate to a trust anchor:
//! <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html>.

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use sha2::{Digest, Sha256};
use sigv4::Timestamp;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring};

use crate::{
    state::State,
    wire::{Refusal, Request},
};

/// Every request of Roles Anywhere begins its `Authorization` so.
pub(crate) const SCHEME: &str = "AWS4-X509-";
const SERVICE: &str = "rolesanywhere";
/// Seconds that a signature may be old, or early.
const TOLERANCE: i64 = 300;

/// The holder of a certificate.
#[derive(Debug)]
pub(crate) struct Holder {
    /// The certificate's serial number, in hex digits as the service writes it.
    pub(crate) serial: String,
}

/// What `Authorization` says.
struct Authorization<'a> {
    algorithm: &'a str,
    serial: &'a str,
    scope: &'a str,
    signed_headers: Vec<&'a str>,
    signature: Vec<u8>,
}

/// Check the signature by the certificate's own key, and who vouches for the certificate.
pub(crate) fn authenticate(state: &State, request: &Request) -> Result<Holder, Refusal> {
    let authorization =
        Authorization::read(request).ok_or_else(|| invalid("Authorization cannot be read"))?;
    let leaf = certificates(request, "x-amz-x509")?.into_iter().next();
    let leaf = leaf.ok_or_else(|| invalid("there is no x-amz-x509"))?;
    let certificate = EndEntityCert::try_from(&leaf)
        .map_err(|error| untrusted(format!("the certificate cannot be read: {error}")))?;
    let serial = hex::encode(certificate.serial());
    let serial = serial.trim_start_matches('0');
    if decimal_to_hex(authorization.serial).as_deref() != Some(serial) {
        return Err(invalid("Credential does not begin with the certificate's serial number in decimal"));
    }
    let time = signed_at(state, request, &authorization)?;
    let text = authorization.string_to_sign(request, time)?;
    let is_signed = authorization.algorithms()?.iter().any(|algorithm| {
        certificate.verify_signature(*algorithm, text.as_bytes(), &authorization.signature).is_ok()
    });
    if !is_signed {
        return Err(invalid("the certificate's key has not made this signature"));
    }
    trusted(state, request, &certificate)?;
    Ok(Holder { serial: serial.to_owned() })
}

impl<'a> Authorization<'a> {
    fn read(request: &'a Request) -> Option<Self> {
        let (algorithm, fields) = request.header("authorization")?.split_once(' ')?;
        let field = |name: &str| {
            fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let (serial, scope) = field("Credential")?.split_once('/')?;
        let signed_headers = field("SignedHeaders")?.split(';').collect();
        let signature = hex::decode(field("Signature")?).ok()?;
        Some(Self { algorithm, serial, scope, signed_headers, signature })
    }

    fn algorithms(&self) -> Result<&'static [&'static dyn SignatureVerificationAlgorithm], Refusal> {
        static RSA: [&dyn SignatureVerificationAlgorithm; 1] = [ring::RSA_PKCS1_2048_8192_SHA256];
        static ECDSA: [&dyn SignatureVerificationAlgorithm; 2] =
            [ring::ECDSA_P256_SHA256, ring::ECDSA_P384_SHA256];
        match self.algorithm {
            "AWS4-X509-RSA-SHA256" => Ok(&RSA),
            "AWS4-X509-ECDSA-SHA256" => Ok(&ECDSA),
            _ => Err(invalid("the algorithm is neither AWS4-X509-RSA-SHA256 nor AWS4-X509-ECDSA-SHA256")),
        }
    }

    fn string_to_sign(&self, request: &Request, time: &str) -> Result<String, Refusal> {
        let is_signed = |name: &str| self.signed_headers.contains(&name);
        let sent = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        if let Some(unsigned) = sent.into_iter().find(|name| name.starts_with("x-amz-") && !is_signed(name)) {
            return Err(invalid(format!("{unsigned} is not signed")));
        }
        if !is_signed("host") || !self.signed_headers.is_sorted() {
            return Err(invalid("SignedHeaders are not sorted, or lack host"));
        }
        let mut headers = String::new();
        for name in &self.signed_headers {
            let value =
                request.header(name).ok_or_else(|| invalid(format!("{name} is signed and not sent")))?;
            headers.push_str(&format!("{name}:{}\n", value.trim()));
        }
        let Request { method, path, query, body, .. } = request;
        let (names, body) = (self.signed_headers.join(";"), hex::encode(Sha256::digest(body)));
        let canonical = format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{body}");
        let hash = hex::encode(Sha256::digest(canonical));
        Ok(format!("{}\n{time}\n{}\n{hash}", self.algorithm, self.scope))
    }
}

/// The request's time, if it is now, and its scope is ours.
fn signed_at<'a>(
    state: &State,
    request: &'a Request,
    authorization: &Authorization<'_>,
) -> Result<&'a str, Refusal> {
    let time = request.header("x-amz-date").ok_or_else(|| invalid("there is no x-amz-date"))?;
    let parsed = Timestamp::parse(time).ok_or_else(|| invalid("x-amz-date is no time"))?;
    let seconds = i64::try_from(parsed.unix_seconds()).unwrap_or(i64::MAX);
    let difference = seconds.saturating_sub(state.now().unix_timestamp());
    if difference.abs() > TOLERANCE {
        return Err(invalid(format!("the signature's time is {difference} seconds from now")));
    }
    let date = time.split('T').next().unwrap_or_default();
    let scope = format!("{date}/{}/{SERVICE}/aws4_request", state.config.region);
    if authorization.scope != scope {
        return Err(invalid(format!("the scope is {}, not {scope}", authorization.scope)));
    }
    Ok(time)
}

/// Whether a trust anchor vouches for the certificate, by the intermediates that were sent.
fn trusted(state: &State, request: &Request, certificate: &EndEntityCert<'_>) -> Result<(), Refusal> {
    let intermediates = certificates(request, "x-amz-x509-chain")?;
    let anchors: Vec<CertificateDer<'_>> =
        state.config.trust_anchors.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let anchors = anchors.iter().filter_map(|der| anchor_from_trusted_cert(der).ok()).collect::<Vec<_>>();
    if anchors.is_empty() {
        return Err(untrusted("the sandbox has no trust anchor (--trust-anchor FILE)"));
    }
    let now = u64::try_from(state.now().unix_timestamp()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now));
    certificate
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &anchors,
            &intermediates,
            now,
            KeyUsage::client_auth(),
            None,
            None,
        )
        .map_err(|error| untrusted(format!("no path leads to a trust anchor: {error}")))?;
    Ok(())
}

/// The certificates of a header: base64 of DER, between commas.
fn certificates(request: &Request, header: &str) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let texts = request.header(header).unwrap_or_default().split(',').filter(|text| !text.is_empty());
    let decoded = texts.map(|text| STANDARD.decode(text).map(CertificateDer::from));
    decoded.collect::<Result<_, _>>().map_err(|_| invalid(format!("{header} is not base64 of DER")))
}

/// Whole numbers of any size, without leading zeros.
fn decimal_to_hex(text: &str) -> Option<String> {
    // The least significant digit first, each below 16.
    let mut digits: Vec<u8> = Vec::new();
    for character in text.chars() {
        let mut carry = u8::try_from(character.to_digit(10)?).ok()?;
        for digit in &mut digits {
            let value = *digit * 10 + carry;
            (*digit, carry) = (value % 16, value / 16);
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    digits.iter().rev().map(|digit| char::from_digit((*digit).into(), 16)).collect()
}

fn invalid(reason: impl Into<String>) -> Refusal {
    Refusal::new("AccessDeniedException", 403, "Invalid signature").because(reason)
}

fn untrusted(reason: impl Into<String>) -> Refusal {
    Refusal::new("AccessDeniedException", 403, "Untrusted Signing Certificate").because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    // By Python: `hex(int(text))`.
    #[test]
    fn serial_numbers_are_read_in_decimal() {
        for (text, expected) in [
            ("305419896", "12345678"),
            ("255", "ff"),
            ("256", "100"),
            ("1461501637330902918203684832716283019655932542975", "ffffffffffffffffffffffffffffffffffffffff"),
        ] {
            assert_eq!(decimal_to_hex(text).as_deref(), Some(expected));
        }
        assert_eq!(decimal_to_hex("12a"), None);
    }
}
