//! Step 3: the signing key, derived from the secret for one date, region and service.

use core::fmt;

use hmac::{Hmac, digest::CtOutput};
use sha2::{Digest, Sha256};

use crate::{
    Secret, Signature,
    credential_scope::TERMINATOR,
    hasher::{Hasher, MacKey},
    sink::Sink,
};

/// HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request").
///
/// A key derived once can sign for the rest of its day, and can be handed to a process that must not see the
/// secret.
#[derive(Clone)]
pub struct SigningKey(MacKey);

impl SigningKey {
    /// Derive the key for a date (`YYYYMMDD`), a region and a service.
    pub fn derive(secret: &Secret, date: &str, region: &str, service: &str) -> Self {
        let key = [date, region, service, TERMINATOR]
            .iter()
            .fold(keyed(&[b"AWS4", secret.expose().as_bytes()]), |key, part| {
                keyed(&[&key.mac(|sink| sink.put(part))])
            });
        Self(key)
    }

    /// Sign a string to sign.
    pub fn sign(&self, string_to_sign: &str) -> Signature {
        self.sign_written(|sink| sink.put(string_to_sign))
    }

    /// Sign what `write` writes.
    pub(crate) fn sign_written(&self, write: impl FnOnce(&mut Hasher)) -> Signature {
        Signature::from_bytes(&self.0.mac(write))
    }

    /// Whether `signature` is the one for `string_to_sign`, in time that does not depend on where they differ.
    pub(crate) fn verifies(&self, string_to_sign: &str, signature: &[u8]) -> bool {
        let Ok(given) = <[u8; 32]>::try_from(signature) else { return false };
        let computed = self.0.mac(|sink| sink.put(string_to_sign));
        CtOutput::<Hmac<Sha256>>::new(computed.into()) == CtOutput::new(given.into())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// HMAC-SHA256 under the concatenation of `parts`. A key of up to one block is padded with zeros, a longer
/// one is hashed first (RFC 2104), so a key of exactly one block says the same and cannot be refused.
fn keyed(parts: &[&[u8]]) -> MacKey {
    let mut block = [0_u8; 64];
    if parts.iter().map(|part| part.len()).sum::<usize>() <= block.len() {
        let bytes = parts.iter().flat_map(|part| part.iter());
        block.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
    } else {
        let digest = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
        block.iter_mut().zip(digest.iter()).for_each(|(slot, byte)| *slot = *byte);
    }
    let key = MacKey::new(&block);
    #[cfg(feature = "zeroize")]
    zeroize::Zeroize::zeroize(&mut block);
    key
}
