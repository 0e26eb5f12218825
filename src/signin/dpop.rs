//! Proofs of possession: a sign-in's refresh token is good only together with the key that it was made for.
//! <https://www.rfc-editor.org/rfc/rfc9449#section-4.2>

use std::fmt;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::DecodePrivateKey,
};
use serde::Serialize;
use sigv4::Secret;
use zeroize::Zeroizing;

/// The key of a sign-in, on the curve P-256. It is wiped when dropped, and its `Debug` shows nothing.
#[derive(Clone)]
pub struct DpopKey(SigningKey);

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    jwk: PublicKey<'a>,
}

#[derive(Serialize)]
struct PublicKey<'a> {
    kty: &'a str,
    x: String,
    y: String,
    crv: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    jti: &'a str,
}

impl DpopKey {
    /// Read a PEM document: SEC1 (`EC PRIVATE KEY`), as `aws login` writes it, or PKCS#8 (`PRIVATE KEY`).
    ///
    /// # Errors
    /// What is wrong, without a word of the key.
    pub fn from_pem(pem: &str) -> Result<Self, String> {
        // Lines of any length, as botocore reads them: RFC 7468 has 64 columns.
        let body: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        let body = Zeroizing::new(body);
        let der = STANDARD.decode(body.as_str()).map_err(|_| "is not PEM".to_owned())?;
        let der = Zeroizing::new(der);
        let sec1 = SecretKey::from_sec1_der(&der);
        let key = sec1.or_else(|_| SecretKey::from_pkcs8_der(&der).map_err(|_| ()));
        key.map(|key| Self(key.into())).map_err(|()| "is no private key of the curve P-256".to_owned())
    }

    /// The proof for one request: its method and whole URL (without query), the time in seconds since 1970, and an id that no
    /// other request has.
    pub fn proof(&self, method: &str, url: &str, issued_at: i64, id: &str) -> Secret {
        let point = self.0.verifying_key().to_sec1_point(false);
        let coordinate = |bytes: Option<_>| bytes.map_or_else(String::new, encode);
        let jwk = PublicKey {
            kty: "EC",
            x: coordinate(point.x().map(|x| x.to_vec())),
            y: coordinate(point.y().map(|y| y.to_vec())),
            crv: "P-256",
        };
        let header = Header { typ: "dpop+jwt", alg: "ES256", jwk };
        let claims = Claims { htm: method, htu: url, iat: issued_at, jti: id };
        let signed = format!("{}.{}", part(&header), part(&claims));
        // r and s one after the other (RFC 7515, A.3), not in DER.
        let signature: Signature = self.0.sign(signed.as_bytes());
        Secret::from(format!("{signed}.{}", encode(signature.to_bytes().to_vec())))
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopKey(***)")
    }
}

fn part(value: &impl Serialize) -> String {
    encode(serde_json::to_vec(value).unwrap_or_default())
}

fn encode(bytes: Vec<u8>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `openssl ecparam -name prime256v1 -genkey -noout`, and the same by `openssl pkcs8 -topk8 -nocrypt`.
    const SEC1: &str = include_str!("../../fixtures/login/sec1.pem");
    const PKCS8: &str = include_str!("../../fixtures/login/pkcs8.pem");

    // RFC 6979 makes the signature a function of the key and what is signed, so both forms give the same proof.
    #[test]
    fn a_key_is_read_from_both_of_its_forms_and_from_lines_of_any_length() {
        let proof = |pem: &str| {
            DpopKey::from_pem(pem).unwrap().proof("POST", "https://h/v1/token", 1, "id").expose().to_owned()
        };
        let one_line =
            SEC1.replace("\n", "").replace("KEY-----", "KEY-----\n").replace("-----END", "\n-----END");
        assert_eq!(proof(SEC1), proof(PKCS8));
        assert_eq!(proof(SEC1), proof(&one_line));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_quoted() {
        for (pem, expected) in [
            ("", "no private key"),
            ("hush!", "not PEM"),
            ("-----BEGIN EC PRIVATE KEY-----\naHVzaA==\n-----END EC PRIVATE KEY-----", "no private key"),
        ] {
            let problem = DpopKey::from_pem(pem).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("hush"), "{problem}");
        }
    }
}
