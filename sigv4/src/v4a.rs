//! SigV4a's key: an ECDSA key on P-256 that follows from an access key alone, so one key signs for every
//! region. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::{
    self,
    signature::hazmat::{PrehashSigner, PrehashVerifier},
};
use sha2::{Digest, Sha256};

use crate::{Algorithm, Credentials, Secret, Signature};

/// The order of P-256 less two, big-endian: the largest candidate that becomes a private key when one is added.
const ORDER_MINUS_TWO: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC,
    0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x4F,
];

/// The private key of an access key.
#[derive(Clone)]
pub struct EcdsaKey(ecdsa::SigningKey);

/// The public half, with which anybody can verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcdsaPublicKey(ecdsa::VerifyingKey);

impl EcdsaKey {
    /// Derive the key of an access key: the key derivation function of NIST SP 800-108 in counter mode over
    /// HMAC-SHA256, tried with a rising counter until the result is a private key. `None` has a chance of
    /// 2⁻⁸¹²⁸.
    pub fn derive(credentials: &Credentials) -> Option<Self> {
        Self::derive_from(credentials.access_key_id(), credentials.secret_access_key())
    }

    pub(crate) fn derive_from(access_key_id: &str, secret: &Secret) -> Option<Self> {
        let keyed = Hmac::<Sha256>::new_from_slice(&[b"AWS4A", secret.expose().as_bytes()].concat()).ok()?;
        (1..=254_u8).find_map(|counter| {
            let candidate = keyed
                .clone()
                .chain_update([0, 0, 0, 1])
                .chain_update(Algorithm::EcdsaP256.name())
                .chain_update([0])
                .chain_update(access_key_id)
                .chain_update([counter])
                // The length of the result in bits.
                .chain_update([0, 0, 1, 0])
                .finalize()
                .into_bytes();
            let candidate: [u8; 32] = candidate.into();
            (candidate <= ORDER_MINUS_TWO)
                .then(|| ecdsa::SigningKey::from_slice(&plus_one(candidate)).ok())?
                .map(Self)
        })
    }

    /// The public half.
    pub fn public_key(&self) -> EcdsaPublicKey {
        EcdsaPublicKey(*self.0.verifying_key())
    }

    /// Sign the SHA-256 of a string to sign; deterministic (RFC 6979).
    pub(crate) fn sign_hash(&self, hash: &[u8; 32]) -> Signature {
        let signed: Result<ecdsa::Signature, _> = self.0.sign_prehash(hash);
        // A hash of 32 bytes is never refused.
        signed.map_or_else(
            |_| Signature::from_bytes(&[]),
            |signature| Signature::from_bytes(signature.to_der().as_bytes()),
        )
    }
}

impl EcdsaPublicKey {
    /// From its coordinates.
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        let point = [&[4][..], x, y].concat();
        ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().map(Self)
    }

    /// Whether `signature` (DER) is one for `string_to_sign`.
    pub fn verifies(&self, string_to_sign: &str, signature: &[u8]) -> bool {
        let hash = Sha256::digest(string_to_sign);
        ecdsa::Signature::from_der(signature)
            .is_ok_and(|signature| self.0.verify_prehash(&hash, &signature).is_ok())
    }
}

/// The next number. The carry cannot run out: the candidate is below the group's order.
fn plus_one(mut number: [u8; 32]) -> [u8; 32] {
    for byte in number.iter_mut().rev() {
        let (next, overflow) = byte.overflowing_add(1);
        *byte = next;
        if !overflow {
            break;
        }
    }
    number
}

impl fmt::Debug for EcdsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EcdsaKey(***)")
    }
}
