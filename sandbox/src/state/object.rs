//! Objects: stored by PutObject, or computed from a synthetic key.

use hyper::body::Bytes;
use md5::{Digest, Md5};
use time::OffsetDateTime;

use super::keys::mix;

/// 2025-01-01T00:00:00Z: synthetic objects were written in the following year. (s5cmd leaves out objects that are newer
/// than its start.)
const SYNTHETIC_EPOCH: i64 = 1_735_689_600;

/// An object that was put, with its body. Copies share the body.
#[derive(Clone, Debug)]
pub(crate) struct StoredObject {
    pub(crate) body: Bytes,
    /// Those that are given back with it.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) last_modified: OffsetDateTime,
    pub(crate) etag: String,
}

impl StoredObject {
    pub(crate) fn new(body: Bytes, headers: Vec<(String, String)>, now: OffsetDateTime) -> Self {
        let etag = hex::encode(Md5::digest(&body));
        Self { body, headers, last_modified: now, etag }
    }
}

/// What a listing says about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) last_modified: OffsetDateTime,
    pub(crate) etag: String,
    pub(crate) storage_class: &'static str,
}

impl Summary {
    pub(super) fn stored(key: String, object: &StoredObject) -> Self {
        Self {
            key,
            size: object.body.len() as u64,
            last_modified: object.last_modified,
            etag: object.etag.clone(),
            storage_class: "STANDARD",
        }
    }

    /// Size, time and class follow from the key, so they are the same each time.
    pub(super) fn synthetic(key: String) -> Self {
        let word = |bytes: &[u8]| bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let words = key.as_bytes().chunks(8).map(word);
        let random = words.fold(0xB0C4_E701_u64, |hash, word| mix(hash ^ word));
        let storage_class = match random % 20 {
            0 => "GLACIER_IR",
            1 | 2 => "STANDARD_IA",
            _ => "STANDARD",
        };
        let seconds = SYNTHETIC_EPOCH + (mix(random) % 31_536_000) as i64;
        Self {
            key,
            size: random % 1_000_000,
            last_modified: OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH),
            etag: format!("{:016x}{:016x}", random, mix(random)),
            storage_class,
        }
    }

    /// The body of a synthetic object: as long as its size says.
    pub(super) fn synthetic_body(&self) -> Bytes {
        self.etag.bytes().cycle().take(usize::try_from(self.size).unwrap_or_default()).collect()
    }
}
