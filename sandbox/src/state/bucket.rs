//! One bucket: synthetic keys, objects that were put, and the walk over both in key order.

use std::collections::{BTreeMap, BTreeSet};

use hyper::body::Bytes;
use md5::{Digest, Md5};
use time::OffsetDateTime;

use super::keys::{SyntheticKeys, mix};

/// 2025-01-01T00:00:00Z: synthetic objects were written in the year after it. (s5cmd leaves out what is newer
/// than its start.)
const SYNTHETIC_EPOCH: i64 = 1_735_689_600;

/// An object that was put, with its body. Copies share the body.
#[derive(Clone, Debug)]
pub(crate) struct StoredObject {
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<String>,
    pub(crate) last_modified: OffsetDateTime,
    pub(crate) etag: String,
}

impl StoredObject {
    pub(crate) fn new(body: Bytes, content_type: Option<String>, now: OffsetDateTime) -> Self {
        let etag = hex::encode(Md5::digest(&body));
        Self { body, content_type, last_modified: now, etag }
    }
}

/// What a listing says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) last_modified: OffsetDateTime,
    pub(crate) etag: String,
    pub(crate) storage_class: &'static str,
}

impl Summary {
    fn stored(key: String, object: &StoredObject) -> Self {
        Self {
            key,
            size: object.body.len() as u64,
            last_modified: object.last_modified,
            etag: object.etag.clone(),
            storage_class: "STANDARD",
        }
    }

    /// Size, time and class follow from the key, so they are the same each time.
    fn synthetic(key: String) -> Self {
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
    fn synthetic_body(&self) -> Bytes {
        self.etag.bytes().cycle().take(usize::try_from(self.size).unwrap_or_default()).collect()
    }
}

/// A line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Object(Summary),
    CommonPrefix(String),
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walk {
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    /// Start behind this key or common prefix.
    pub(crate) after: String,
    pub(crate) limit: usize,
}

/// A page's entries, and whether there are more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Walked {
    pub(crate) entries: Vec<Entry>,
    pub(crate) truncated: bool,
}

/// A bucket.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    pub(crate) created: OffsetDateTime,
    synthetic: Option<SyntheticKeys>,
    // By bytes: bounds of a walk need not be UTF-8.
    stored: BTreeMap<Vec<u8>, StoredObject>,
    deleted: BTreeSet<Vec<u8>>,
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
            content_type: None,
            last_modified: summary.last_modified,
            etag: summary.etag,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first_at(b"").is_none()
    }

    /// One page of a listing.
    pub(crate) fn walk(&self, walk: &Walk) -> Walked {
        let mut entries = Vec::with_capacity(walk.limit.min(1000));
        let mut cursor = Cursor::new(self, &start_of(walk));
        let truncated = loop {
            let Some(key) = cursor.peek().filter(|key| key.starts_with(&walk.prefix)) else { break false };
            if entries.len() == walk.limit {
                break walk.limit > 0;
            }
            match common_prefix(key, &walk.prefix, &walk.delimiter) {
                Some(prefix) => {
                    let prefix = prefix.to_owned();
                    match successor(prefix.as_bytes()) {
                        Some(next) => cursor = Cursor::new(self, &next),
                        None => cursor = Cursor::end(self),
                    }
                    entries.push(Entry::CommonPrefix(prefix));
                }
                None => entries.extend(cursor.take().map(Entry::Object)),
            }
        };
        Walked { entries, truncated }
    }

    fn first_at(&self, bound: &[u8]) -> Option<String> {
        Cursor::new(self, bound).peek().map(str::to_owned)
    }
}

/// The smallest key that a walk may meet.
fn start_of(walk: &Walk) -> Vec<u8> {
    let after = &walk.after;
    let first = if after.is_empty() {
        Vec::new()
    } else if let Some(group) = common_prefix(after, &walk.prefix, &walk.delimiter) {
        // Behind a common prefix: nothing of that group comes again.
        successor(group.as_bytes()).unwrap_or_else(|| [after.as_bytes(), b"\0"].concat())
    } else {
        [after.as_bytes(), b"\0"].concat()
    };
    first.max(walk.prefix.clone().into_bytes())
}

/// The part of `key` up to and with the first delimiter behind the prefix.
fn common_prefix<'a>(key: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    let rest = key.strip_prefix(prefix).filter(|_| !delimiter.is_empty())?;
    let end = prefix.len() + rest.find(delimiter)? + delimiter.len();
    key.get(..end)
}

/// The smallest byte string that is larger than everything that starts with `prefix`.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut bound = prefix.to_vec();
    while let Some(last) = bound.pop() {
        if let Some(next) = last.checked_add(1) {
            bound.push(next);
            return Some(bound);
        }
    }
    None
}

/// Walks synthetic and stored keys together, in ascending order of their bytes.
struct Cursor<'a> {
    bucket: &'a Bucket,
    rank: u64,
    synthetic: Option<String>,
    stored: std::iter::Peekable<std::collections::btree_map::Range<'a, Vec<u8>, StoredObject>>,
}

impl<'a> Cursor<'a> {
    fn new(bucket: &'a Bucket, bound: &[u8]) -> Self {
        use std::ops::Bound;
        let rank = bucket.synthetic.as_ref().map(|keys| keys.rank(bound)).unwrap_or_default();
        let stored = bucket.stored.range::<[u8], _>((Bound::Included(bound), Bound::Unbounded)).peekable();
        let mut cursor = Self { bucket, rank, synthetic: None, stored };
        cursor.load();
        cursor
    }

    fn end(bucket: &'a Bucket) -> Self {
        let stored = bucket
            .stored
            .range::<[u8], _>((std::ops::Bound::Excluded([0xFF].as_slice()), std::ops::Bound::Unbounded));
        Self { bucket, rank: u64::MAX, synthetic: None, stored: stored.peekable() }
    }

    /// Make the synthetic key at the rank, passing over those that were deleted or overwritten.
    fn load(&mut self) {
        self.synthetic = loop {
            let Some(key) = self.bucket.synthetic.as_ref().and_then(|keys| keys.key(self.rank)) else {
                break None;
            };
            let hidden = self.bucket.deleted.contains(key.as_bytes())
                || self.bucket.stored.contains_key(key.as_bytes());
            if !hidden {
                break Some(key);
            }
            self.rank += 1;
        };
    }

    fn stored_is_next(&mut self) -> bool {
        match (self.stored.peek(), &self.synthetic) {
            (Some((stored, _)), Some(synthetic)) => stored.as_slice() < synthetic.as_bytes(),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    fn peek(&mut self) -> Option<&str> {
        if self.stored_is_next() {
            self.stored.peek().and_then(|(key, _)| std::str::from_utf8(key).ok())
        } else {
            self.synthetic.as_deref()
        }
    }

    fn take(&mut self) -> Option<Summary> {
        if self.stored_is_next() {
            let (key, object) = self.stored.next()?;
            let key = String::from_utf8(key.clone()).ok()?;
            return Some(Summary::stored(key, object));
        }
        let key = self.synthetic.take()?;
        self.rank += 1;
        self.load();
        Some(Summary::synthetic(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Distribution;

    fn bucket(keys: &[&str]) -> Bucket {
        let now = OffsetDateTime::UNIX_EPOCH;
        let mut bucket = Bucket::new("us-east-1".into(), now, None);
        for key in keys {
            bucket.put(key, StoredObject::new(Bytes::new(), None, now));
        }
        bucket
    }

    fn names(walked: &Walked) -> Vec<String> {
        let name = |entry: &Entry| match entry {
            Entry::Object(summary) => summary.key.clone(),
            Entry::CommonPrefix(prefix) => format!("{prefix} …"),
        };
        walked.entries.iter().map(name).collect()
    }

    fn walk(prefix: &str, delimiter: &str, after: &str, limit: usize) -> Walk {
        Walk { prefix: prefix.into(), delimiter: delimiter.into(), after: after.into(), limit }
    }

    #[test]
    fn keys_are_grouped_and_each_group_comes_once() {
        let bucket = bucket(&["a", "b/1", "b/2", "b0", "c/x/1", "c/y", "ü/1"]);
        let all = bucket.walk(&walk("", "/", "", 1000));
        assert_eq!(names(&all), ["a", "b/ …", "b0", "c/ …", "ü/ …"]);
        assert_eq!(names(&bucket.walk(&walk("c/", "/", "", 1000))), ["c/x/ …", "c/y"]);
        let first = bucket.walk(&walk("", "/", "", 2));
        assert!(first.truncated);
        let rest = bucket.walk(&walk("", "/", "b/", 1000));
        assert_eq!(names(&rest), ["b0", "c/ …", "ü/ …"]);
        assert_eq!(names(&bucket.walk(&walk("", "", "b/1", 2))), ["b/2", "b0"]);
        assert_eq!(bucket.walk(&walk("", "", "", 0)), Walked { entries: vec![], truncated: false });
    }

    #[test]
    fn stored_and_synthetic_keys_are_one_listing() {
        let keys = SyntheticKeys::new(Distribution::Numeric, 30);
        let mut bucket = Bucket::new("us-east-1".into(), OffsetDateTime::UNIX_EPOCH, Some(keys));
        bucket.put("15x", StoredObject::new(vec![1, 2, 3].into(), None, OffsetDateTime::UNIX_EPOCH));
        bucket.put("16", StoredObject::new(vec![1].into(), None, OffsetDateTime::UNIX_EPOCH));
        bucket.delete("17");
        let walked = bucket.walk(&walk("1", "", "14", 1000));
        assert_eq!(names(&walked), ["15", "15x", "16", "18", "19"]);
        assert_eq!(bucket.get("16").unwrap().body, [1].as_slice());
        assert!(bucket.get("17").is_none() && bucket.get("31").is_none() && bucket.get("18").is_some());
    }
}
