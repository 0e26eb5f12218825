//! Step 3: the signing key, derived from the secret for one date, region and service.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::{Secret, Signature, credential_scope::TERMINATOR, sink::Small};

/// HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request").
///
/// A key derived once can sign for the rest of its day, and can be handed to a process that must not see the secret.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Derive the key for a date (`YYYYMMDD`), a region and a service.
    pub fn derive(secret: &Secret, date: &str, region: &str, service: &str) -> Self {
        let key = [date, region, service, TERMINATOR]
            .iter()
            .fold(keyed(&[b"AWS4", secret.expose().as_bytes()]), |key, part| {
                keyed(&[&key.chain_update(part).finalize().into_bytes()])
            });
        Self(key)
    }

    /// Sign a string to sign.
    pub fn sign(&self, string_to_sign: &str) -> Signature {
        Signature::from_bytes(&self.0.clone().chain_update(string_to_sign).finalize().into_bytes())
    }

    /// Sign what `write` writes.
    pub(crate) fn sign_written(&self, write: impl FnOnce(&mut Small<'_, Hmac<Sha256>>)) -> Signature {
        let mut mac = self.0.clone();
        Small::write(&mut mac, write);
        Signature::from_bytes(&mac.finalize().into_bytes())
    }

    /// Whether `signature` is the one for `string_to_sign`, in time that does not depend on where they differ.
    pub(crate) fn verifies(&self, string_to_sign: &str, signature: &[u8]) -> bool {
        self.0.clone().chain_update(string_to_sign).verify_slice(signature).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// HMAC-SHA256 under the concatenation of `parts`. A key of up to one block is padded with zeros, a longer one is
/// hashed first (RFC 2104), so a key of exactly one block says the same and cannot be refused.
fn keyed(parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut block = [0_u8; 64];
    if parts.iter().map(|part| part.len()).sum::<usize>() <= block.len() {
        let bytes = parts.iter().flat_map(|part| part.iter());
        block.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
    } else {
        let digest = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
        block.iter_mut().zip(digest.iter()).for_each(|(slot, byte)| *slot = *byte);
    }
    let key = Hmac::<Sha256>::new(&block.into());
    #[cfg(feature = "zeroize")]
    zeroize::Zeroize::zeroize(&mut block);
    key
}
