//! The key of either algorithm, and the one that a signer keeps.

#[cfg(feature = "std")]
use std::sync::{OnceLock, PoisonError, RwLock};

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
                let mut hasher = crate::hasher::Hasher::new();
                text.write(&mut hasher);
                key.sign_hash(&hasher.finish())
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

/// The key of a signer's last date. Deriving costs four HMACs, so a signer that is kept derives once a day.
/// Without `std` there is no lock to share it under, and it is derived each time.
#[derive(Debug, Default)]
pub(crate) struct KeyCache {
    /// The first date's: most signers live for less than a day and need no lock.
    #[cfg(feature = "std")]
    first: OnceLock<Kept>,
    /// That of any later date.
    #[cfg(feature = "std")]
    later: RwLock<Option<Kept>>,
}

#[cfg(feature = "std")]
#[derive(Debug)]
struct Kept {
    date: [u8; 8],
    key: Key,
}

impl KeyCache {
    /// Use the key for a scope; `derive` makes it where another one is kept.
    #[cfg(feature = "std")]
    pub(crate) fn with<T>(
        &self,
        scope: &CredentialScope<'_>,
        derive: impl FnOnce() -> Option<Key>,
        use_key: impl FnOnce(&Key) -> T,
    ) -> Option<T> {
        let date: [u8; 8] = scope.date.as_bytes().try_into().ok()?;
        if let Some(kept) = self.first.get()
            && kept.date == date
        {
            return Some(use_key(&kept.key));
        }
        if let Some(kept) = &*self.later.read().unwrap_or_else(PoisonError::into_inner)
            && kept.date == date
        {
            return Some(use_key(&kept.key));
        }
        let kept = Kept { date, key: derive()? };
        let used = use_key(&kept.key);
        if let Err(kept) = self.first.set(kept) {
            *self.later.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        }
        Some(used)
    }

    /// Use the key for a scope.
    #[cfg(not(feature = "std"))]
    pub(crate) fn with<T>(
        &self,
        _: &CredentialScope<'_>,
        derive: impl FnOnce() -> Option<Key>,
        use_key: impl FnOnce(&Key) -> T,
    ) -> Option<T> {
        derive().map(|key| use_key(&key))
    }
}

/// A copy starts empty.
impl Clone for KeyCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}
