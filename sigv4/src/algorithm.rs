/// How a string to sign becomes a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `AWS4-HMAC-SHA256` (SigV4): a key derived for one date, region and service.
    #[default]
    Hmac,
    /// `AWS4-ECDSA-P256-SHA256` (SigV4a): one key for all regions of a region set. Signatures can be verified
    /// without the secret.
    #[cfg(feature = "v4a")]
    EcdsaP256,
}

impl Algorithm {
    /// The first line of strings to sign, and the first word of `Authorization`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hmac => "AWS4-HMAC-SHA256",
            #[cfg(feature = "v4a")]
            Self::EcdsaP256 => "AWS4-ECDSA-P256-SHA256",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "AWS4-HMAC-SHA256" => Some(Self::Hmac),
            #[cfg(feature = "v4a")]
            "AWS4-ECDSA-P256-SHA256" => Some(Self::EcdsaP256),
            _ => None,
        }
    }

    /// Whether the scope has no region, and a region set is signed instead.
    pub(crate) const fn has_region_set(self) -> bool {
        match self {
            Self::Hmac => false,
            #[cfg(feature = "v4a")]
            Self::EcdsaP256 => true,
        }
    }
}
