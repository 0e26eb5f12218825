use crate::Algorithm;

/// How the chunks of an `aws-chunked` body are secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: every chunk is signed.
    Signed,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: every chunk is signed, and headers follow the last one.
    SignedWithTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: nothing is signed, and headers (a checksum) follow the last chunk.
    UnsignedWithTrailer,
}

impl Framing {
    const ALL: [Self; 3] = [Self::Signed, Self::SignedWithTrailer, Self::UnsignedWithTrailer];

    /// What stands in `x-amz-content-sha256`.
    pub const fn marker(self, algorithm: Algorithm) -> &'static str {
        match (self, algorithm.has_region_set()) {
            (Self::Signed, false) => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            (Self::SignedWithTrailer, false) => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            (Self::Signed, true) => "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            (Self::SignedWithTrailer, true) => "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
            (Self::UnsignedWithTrailer, _) => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    /// The framing that a marker stands for.
    pub fn from_marker(marker: &str, algorithm: Algorithm) -> Option<Self> {
        Self::ALL.into_iter().find(|framing| framing.marker(algorithm) == marker)
    }

    /// Whether chunks carry signatures.
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::UnsignedWithTrailer)
    }

    /// Whether headers follow the last chunk.
    pub const fn has_trailer(self) -> bool {
        !matches!(self, Self::Signed)
    }
}
