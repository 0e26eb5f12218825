//! The checksums that S3 takes behind a body, in base64 of the big-endian value.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#trailing-checksums>

#[cfg(feature = "checksums")]
pub(super) use with_feature::Checksum;
#[cfg(feature = "checksums")]
pub use with_feature::checksum;
#[cfg(not(feature = "checksums"))]
pub(super) use without_feature::Checksum;

#[cfg(not(feature = "checksums"))]
mod without_feature {
    use alloc::string::String;

    /// There is none: checksums are left to the caller.
    pub(in crate::chunked) enum Checksum {}

    impl Checksum {
        pub(in crate::chunked) const fn of(_: &str) -> Option<Self> {
            None
        }

        pub(in crate::chunked) const fn update(&mut self, _: &[u8]) {
            match *self {}
        }

        pub(in crate::chunked) const fn value(&self) -> String {
            match *self {}
        }
    }
}

#[cfg(feature = "checksums")]
mod with_feature {
    use alloc::string::String;

    use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Digest, Table};
    use sha1::Sha1;
    use sha2::{Digest as _, Sha256};

    use crate::base64;

    /// 16 bytes at a time.
    type Fast = Table<16>;

    static CRC32: Crc<u32, Fast> = Crc::<u32, Fast>::new(&CRC_32_ISO_HDLC);
    static CRC32C: Crc<u32, Fast> = Crc::<u32, Fast>::new(&CRC_32_ISCSI);
    static CRC64NVME: Crc<u64, Fast> = Crc::<u64, Fast>::new(&CRC_64_NVME);

    /// A checksum over data as it arrives.
    #[derive(Clone)]
    pub(in crate::chunked) enum Checksum {
        Crc32(Digest<'static, u32, Fast>),
        Crc64(Digest<'static, u64, Fast>),
        Sha1(Sha1),
        Sha256(Sha256),
    }

    /// The value that this header (`x-amz-checksum-crc32`, `-crc32c`, `-crc64nvme`, `-sha1`, `-sha256`) states for a body,
    /// in base64. `None` for other names.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
    ///
    /// ```
    /// // The check value of CRC-32, cbf43926 (https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-32-iso-hdlc).
    /// assert_eq!(sts3_sigv4::checksum("x-amz-checksum-crc32", b"123456789").as_deref(), Some("y/Q5Jg=="));
    /// ```
    #[must_use]
    pub fn checksum(header: &str, body: &[u8]) -> Option<String> {
        let mut checksum = Checksum::of(header)?;
        checksum.update(body);
        Some(checksum.value())
    }

    impl Checksum {
        /// The one whose value a header states.
        pub(in crate::chunked) fn of(header: &str) -> Option<Self> {
            Some(match header.strip_prefix("x-amz-checksum-")? {
                "crc32" => Self::Crc32(CRC32.digest()),
                "crc32c" => Self::Crc32(CRC32C.digest()),
                "crc64nvme" => Self::Crc64(CRC64NVME.digest()),
                "sha1" => Self::Sha1(Sha1::new()),
                "sha256" => Self::Sha256(Sha256::new()),
                _ => return None,
            })
        }

        pub(in crate::chunked) fn update(&mut self, data: &[u8]) {
            match self {
                Self::Crc32(digest) => digest.update(data),
                Self::Crc64(digest) => digest.update(data),
                Self::Sha1(digest) => digest.update(data),
                Self::Sha256(digest) => digest.update(data),
            }
        }

        pub(in crate::chunked) fn value(&self) -> String {
            match self.clone() {
                Self::Crc32(digest) => base64::encode(&digest.finalize().to_be_bytes()),
                Self::Crc64(digest) => base64::encode(&digest.finalize().to_be_bytes()),
                Self::Sha1(digest) => base64::encode(&digest.finalize()),
                Self::Sha256(digest) => base64::encode(&digest.finalize()),
            }
        }
    }
}
