//! A bucket: synthetic keys, and the objects that were put and deleted.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::{
    keys::SyntheticKeys,
    object::{StoredObject, Summary},
};

/// A bucket.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    pub(crate) created: OffsetDateTime,
    pub(super) synthetic: Option<SyntheticKeys>,
    // By bytes: bounds of a walk need not be UTF-8.
    pub(super) stored: BTreeMap<Vec<u8>, StoredObject>,
    pub(super) deleted: BTreeSet<Vec<u8>>,
}

impl Bucket {
    pub(crate) fn new(region: String, created: OffsetDateTime, synthetic: Option<SyntheticKeys>) -> Self {
        Self { region, created, synthetic, stored: BTreeMap::new(), deleted: BTreeSet::new() }
    }

    pub(crate) fn put(&mut self, key: &str, object: StoredObject) {
        self.deleted.remove(key.as_bytes());
        self.stored.insert(key.as_bytes().to_vec(), object);
    }

    pub(crate) fn delete(&mut self, key: &str) {
        self.stored.remove(key.as_bytes());
        if self.synthetic.is_some() {
            self.deleted.insert(key.as_bytes().to_vec());
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<StoredObject> {
        if let Some(object) = self.stored.get(key.as_bytes()) {
            return Some(object.clone());
        }
        let keys = self.synthetic.as_ref()?;
        let rank = keys.rank(key.as_bytes());
        if keys.key(rank)? != key || self.deleted.contains(key.as_bytes()) {
            return None;
        }
        let summary = Summary::synthetic(key.to_owned());
        Some(StoredObject {
            body: summary.synthetic_body(),
            headers: Vec::new(),
            last_modified: summary.last_modified,
            etag: summary.etag,
        })
    }
}

/// What buckets may be called: 3 to 63 of lower-case letters, digits, hyphens and dots.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    (3..=63).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with(['-', '.'])
}
