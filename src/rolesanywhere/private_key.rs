use std::{fmt, sync::Arc};

use p256::{ecdsa::signature::hazmat::PrehashSigner, pkcs8::DecodePrivateKey};
use ring::{
    digest,
    rand::SystemRandom,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use sigv4::Secret;
use zeroize::Zeroizing;

use crate::InvalidInput;

/// The private key of a certificate: RSA of 2048 to 4096 bits, or a key on P-256 or P-384.
///
/// Read from PEM: `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1) and `EC PRIVATE KEY` (SEC 1), none of them encrypted.
#[derive(Clone)]
pub struct PrivateKey(Kind);

#[derive(Clone)]
enum Kind {
    Rsa(Arc<RsaKeyPair>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
}

impl PrivateKey {
    /// The first key of a text in PEM. (Curves' parameters and certificates may stand beside it.)
    ///
    /// # Errors
    /// [`InvalidInput`]: there is none, or none that can be used; the message says how to convert it. Nothing of the key
    /// is quoted.
    pub fn from_pem(pem: &Secret) -> Result<Self, InvalidInput> {
        let blocks = pem::parse_many(pem.expose()).map_err(|error| fault(pem_problem(&error)))?;
        for block in blocks {
            let tag = block.tag().to_owned();
            let is_encrypted =
                block.headers().get("Proc-Type").is_some_and(|kind| kind.contains("ENCRYPTED"));
            let der = Zeroizing::new(block.into_contents());
            if is_encrypted {
                return Err(encrypted());
            }
            match tag.as_str() {
                "PRIVATE KEY" => return from_pkcs8(&der),
                "RSA PRIVATE KEY" => return rsa(RsaKeyPair::from_der(&der)),
                "EC PRIVATE KEY" => return from_sec1(&der),
                "ENCRYPTED PRIVATE KEY" => return Err(encrypted()),
                "OPENSSH PRIVATE KEY" => {
                    let how = "is in OpenSSH's form: `ssh-keygen -p -m PKCS8 -f FILE` rewrites it";
                    return Err(fault(how));
                }
                _ => {}
            }
        }
        Err(fault(
            "has no PEM block with a private key (`-----BEGIN PRIVATE KEY-----`); of PKCS#12, `openssl pkcs12 -nodes -nocerts \
             -in FILE` makes one, of DER `openssl pkey -inform der -in FILE`",
        ))
    }

    /// The name of the algorithm in requests.
    pub(super) fn algorithm(&self) -> &'static str {
        match self.0 {
            Kind::Rsa(_) => "AWS4-X509-RSA-SHA256",
            Kind::P256(_) | Kind::P384(_) => "AWS4-X509-ECDSA-SHA256",
        }
    }

    /// RSA: PKCS#1 v1.5. ECDSA: in DER. Both over SHA-256, whatever the curve.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, InvalidInput> {
        let hash = digest::digest(&digest::SHA256, message);
        let failed = |_| fault("cannot sign");
        match &self.0 {
            Kind::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                // PKCS#1 v1.5 takes no random bytes: none are asked for.
                let random = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| fault("cannot sign"))?;
                Ok(signature)
            }
            Kind::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(hash.as_ref()).map_err(failed)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Kind::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(hash.as_ref()).map_err(failed)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
        }
    }

    /// Whether this is the key of which a certificate holds the public half.
    pub(super) fn fits(&self, public_key: &[u8]) -> bool {
        match &self.0 {
            Kind::Rsa(key) => key.public_key().as_ref() == public_key,
            Kind::P256(key) => p256::ecdsa::VerifyingKey::from_sec1_bytes(public_key)
                .is_ok_and(|own| own == *key.verifying_key()),
            Kind::P384(key) => p384::ecdsa::VerifyingKey::from_sec1_bytes(public_key)
                .is_ok_and(|own| own == *key.verifying_key()),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, ***)", self.algorithm())
    }
}

/// The kind is not told apart by its name: each library takes its own keys only.
fn from_pkcs8(der: &[u8]) -> Result<PrivateKey, InvalidInput> {
    if let Ok(key) = p256::SecretKey::from_pkcs8_der(der) {
        return Ok(PrivateKey(Kind::P256(key.into())));
    }
    if let Ok(key) = p384::SecretKey::from_pkcs8_der(der) {
        return Ok(PrivateKey(Kind::P384(key.into())));
    }
    match RsaKeyPair::from_pkcs8(der) {
        Err(error) if error.to_string() == "WrongAlgorithm" => Err(other_kind()),
        read => rsa(read),
    }
}

fn from_sec1(der: &[u8]) -> Result<PrivateKey, InvalidInput> {
    if let Ok(key) = p256::SecretKey::from_sec1_der(der) {
        return Ok(PrivateKey(Kind::P256(key.into())));
    }
    match p384::SecretKey::from_sec1_der(der) {
        Ok(key) => Ok(PrivateKey(Kind::P384(key.into()))),
        Err(_) => Err(other_kind()),
    }
}

fn rsa(read: Result<RsaKeyPair, ring::error::KeyRejected>) -> Result<PrivateKey, InvalidInput> {
    let problem = |error| fault(format!("is refused ({error}): RSA keys have 2048 to 4096 bits"));
    Ok(PrivateKey(Kind::Rsa(Arc::new(read.map_err(problem)?))))
}

/// What is wrong with a text in PEM. The library's own words would quote lines of it, which may be a key's.
pub(super) fn pem_problem(error: &pem::PemError) -> &'static str {
    match error {
        pem::PemError::MismatchedTags(..) => {
            "is no PEM: a block has another name in its END line than in its BEGIN line"
        }
        pem::PemError::InvalidHeader(_) => {
            "is no PEM: a block has a blank line in it, and no headers before that"
        }
        pem::PemError::InvalidData(_) => "is no PEM: what stands in a block is not base64",
        pem::PemError::NotUtf8(_) => "is no PEM: a block is no text",
        _ => "is no PEM: a block is not complete",
    }
}

fn encrypted() -> InvalidInput {
    fault(
        "is encrypted: `openssl pkey -in FILE -out PLAIN` (which asks for its passphrase) writes it without",
    )
}

fn other_kind() -> InvalidInput {
    fault("is of another kind: RSA (2048 to 4096 bits) and the curves P-256 and P-384 can be used")
}

fn fault(problem: impl Into<String>) -> InvalidInput {
    InvalidInput::new("private key", problem)
}
