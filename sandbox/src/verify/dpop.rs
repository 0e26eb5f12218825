//! Proofs of possession (RFC 9449, 4.3), verified by another library than the one that makes ours.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// How far a proof's time may be off. The service's own limit is not known.
const TOLERANCE: u64 = 300;

/// A proof that is valid.
pub(crate) struct Proof {
    /// RFC 7638: by which key it was made.
    pub(crate) thumbprint: String,
    /// No other proof has it.
    pub(crate) id: String,
}

/// Check a proof for a request of this method to this URL, or say what is wrong with it.
pub(crate) fn verify(proof: &str, method: &str, url: &str, now: OffsetDateTime) -> Result<Proof, String> {
    let (signed, signature) = proof.rsplit_once('.').ok_or("it is not three parts")?;
    let (header, claims) = signed.split_once('.').ok_or("it is not three parts")?;
    let (header, claims) = (document(header)?, document(claims)?);
    if text(&header, "typ")? != "dpop+jwt" || text(&header, "alg")? != "ES256" {
        return Err("typ must be dpop+jwt, and alg ES256".into());
    }
    let jwk = header.get("jwk").ok_or("jwk is missing")?;
    if text(jwk, "kty")? != "EC" || text(jwk, "crv")? != "P-256" || jwk.get("d").is_some() {
        return Err("jwk must be a public key of P-256".into());
    }
    let (x, y) = (text(jwk, "x")?, text(jwk, "y")?);
    let (x_bytes, y_bytes) = (decode(x)?, decode(y)?);
    if x_bytes.len() != 32 || y_bytes.len() != 32 {
        return Err("x and y must have 32 bytes each".into());
    }
    // SEC1: uncompressed.
    let key = [&[4], x_bytes.as_slice(), y_bytes.as_slice()].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .verify(signed.as_bytes(), &decode(signature)?)
        .map_err(|_| "the signature is wrong (r and s of 32 bytes each, no DER)")?;
    if text(&claims, "htm")? != method || text(&claims, "htu")? != url {
        return Err(format!("it is not for {method} {url}"));
    }
    let issued = claims.get("iat").and_then(Value::as_i64).ok_or("iat must be a whole number")?;
    // Whatever number a client sends.
    let difference = now.unix_timestamp().abs_diff(issued);
    if difference > TOLERANCE {
        return Err(format!("iat is {difference} seconds off"));
    }
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(members));
    Ok(Proof { thumbprint, id: text(&claims, "jti")?.to_owned() })
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is missing"))
}

fn decode(part: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| "a part is not base64url without padding".into())
}

fn document(part: &str) -> Result<Value, String> {
    serde_json::from_slice(&decode(part)?).map_err(|_| "a part is not JSON".into())
}
