//! The key of either algorithm, and the one that a signer keeps.

#[cfg(feature = "std")]
use std::sync::{PoisonError, RwLock};

#[cfg(feature = "v4a")]
use sha2::{Digest, Sha256};

use crate::{Algorithm, CredentialScope, Secret, Signature, SigningKey, sink::Sink};

/// What signs strings.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Hmac(SigningKey),
    #[cfg(feature = "v4a")]
    Ecdsa(crate::EcdsaKey),
}

impl Key {
    /// `None` only where no private key follows from the access key, which does not happen in practice.
    pub(crate) fn derive(
        algorithm: Algorithm,
        access_key_id: &str,
        secret: &Secret,
        scope: &CredentialScope<'_>,
    ) -> Option<Self> {
        // HMAC keys are bound to the scope, ECDSA keys to the access key.
        let _ = access_key_id;
        match algorithm {
            Algorithm::Hmac => {
                Some(Self::Hmac(SigningKey::derive(secret, scope.date, scope.region, scope.service)))
            }
            #[cfg(feature = "v4a")]
            Algorithm::EcdsaP256 => crate::EcdsaKey::derive_from(access_key_id, secret).map(Self::Ecdsa),
        }
    }

    /// Sign what `text` writes.
    pub(crate) fn sign(&self, text: &impl Written) -> Signature {
        match self {
            Self::Hmac(key) => key.sign_written(|sink| text.write(sink)),
            #[cfg(feature = "v4a")]
            Self::Ecdsa(key) => {
                let mut hash = Sha256::new();
                crate::sink::Buffered::write(&mut hash, |sink| text.write(sink));
                key.sign_hash(&hash.finalize().into())
            }
        }
    }

    /// Whether `signature` (hex) is one for `text`; for HMAC in constant time.
    pub(crate) fn verifies(&self, text: &str, signature: &str) -> bool {
        let Ok(bytes) = hex::decode(signature) else { return false };
        match self {
            Self::Hmac(key) => key.verifies(text, &bytes),
            #[cfg(feature = "v4a")]
            Self::Ecdsa(key) => key.public_key().verifies(text, &bytes),
        }
    }
}

/// A text that can be written into any sink.
pub(crate) trait Written {
    fn write(&self, sink: &mut impl Sink);
}

/// The key of a signer's last date. Deriving costs four HMACs, so a signer that is kept derives once a day. Without
/// `std` there is no lock to share it under, and it is derived each time.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {
    #[cfg(feature = "std")]
    kept: RwLock<Option<([u8; 8], Key)>>,
}

impl KeyCache {
    /// The key for a scope; `derive` makes it where another one is kept.
    pub(crate) fn with<T>(
        &self,
        scope: &CredentialScope<'_>,
        derive: impl FnOnce() -> Option<Key>,
        use_key: impl FnOnce(&Key) -> T,
    ) -> Option<T> {
        #[cfg(feature = "std")]
        {
            let date = scope.date.as_bytes();
            if let Some((kept, key)) = &*self.kept.read().unwrap_or_else(PoisonError::into_inner)
                && kept == date
            {
                return Some(use_key(key));
            }
            let key = derive()?;
            let used = use_key(&key);
            if let Ok(date) = date.try_into() {
                *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some((date, key));
            }
            Some(used)
        }
        #[cfg(not(feature = "std"))]
        {
            let _ = scope;
            derive().map(|key| use_key(&key))
        }
    }
}

/// A copy starts empty.
impl Clone for KeyCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}
