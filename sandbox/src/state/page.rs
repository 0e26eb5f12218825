//! One page of a listing: the walk over a bucket in key order.

use std::{
    collections::btree_map::Range,
    iter::Peekable,
    ops::Bound::{Excluded, Included, Unbounded},
};

use super::{
    bucket::Bucket,
    object::{StoredObject, Summary},
};

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Object(Summary),
    CommonPrefix(String),
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    /// Start after this key or common prefix.
    pub(crate) after: String,
    pub(crate) limit: usize,
}

/// The entries of a page, and whether more follow.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    pub(crate) truncated: bool,
}

impl Bucket {
    pub(crate) fn is_empty(&self) -> bool {
        Cursor::new(self, b"").peek().is_none()
    }

    /// One page of a listing.
    pub(crate) fn page(&self, selection: &Selection) -> Page {
        let mut entries = Vec::with_capacity(selection.limit.min(1000));
        let mut cursor = Cursor::new(self, &start_of(selection));
        let truncated = loop {
            let Some(key) = cursor.peek().filter(|key| key.starts_with(&selection.prefix)) else {
                break false;
            };
            if entries.len() == selection.limit {
                break selection.limit > 0;
            }
            match common_prefix(key, &selection.prefix, &selection.delimiter) {
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
        Page { entries, truncated }
    }
}

/// The smallest key that the page may have.
fn start_of(selection: &Selection) -> Vec<u8> {
    let after = &selection.after;
    let first = if after.is_empty() {
        Vec::new()
    } else if let Some(group) = common_prefix(after, &selection.prefix, &selection.delimiter) {
        // After a common prefix: nothing of that group comes again.
        successor(group.as_bytes()).unwrap_or_else(|| [after.as_bytes(), b"\0"].concat())
    } else {
        [after.as_bytes(), b"\0"].concat()
    };
    first.max(selection.prefix.clone().into_bytes())
}

/// The part of `key` up to and including the first delimiter after the prefix.
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

/// Reads synthetic and stored keys together, in ascending order of their bytes.
struct Cursor<'a> {
    bucket: &'a Bucket,
    rank: u64,
    synthetic: Option<String>,
    stored: Peekable<Range<'a, Vec<u8>, StoredObject>>,
}

impl<'a> Cursor<'a> {
    fn new(bucket: &'a Bucket, bound: &[u8]) -> Self {
        let rank = bucket.synthetic.as_ref().map(|keys| keys.rank(bound)).unwrap_or_default();
        let stored = bucket.stored.range::<[u8], _>((Included(bound), Unbounded)).peekable();
        let mut cursor = Self { bucket, rank, synthetic: None, stored };
        cursor.load();
        cursor
    }

    fn end(bucket: &'a Bucket) -> Self {
        let stored = bucket.stored.range::<[u8], _>((Excluded([0xFF].as_slice()), Unbounded));
        Self { bucket, rank: u64::MAX, synthetic: None, stored: stored.peekable() }
    }

    /// Make the synthetic key at the rank, skipping those that were deleted or overwritten.
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
    use hyper::body::Bytes;
    use time::OffsetDateTime;

    use super::*;
    use crate::{Distribution, SyntheticKeys};

    fn bucket(keys: &[&str]) -> Bucket {
        let now = OffsetDateTime::UNIX_EPOCH;
        let mut bucket = Bucket::new("us-east-1".into(), now, None);
        for key in keys {
            bucket.put(key, StoredObject::new(Bytes::new(), Vec::new(), now));
        }
        bucket
    }

    fn names(page: &Page) -> Vec<String> {
        let name = |entry: &Entry| match entry {
            Entry::Object(summary) => summary.key.clone(),
            Entry::CommonPrefix(prefix) => format!("{prefix} …"),
        };
        page.entries.iter().map(name).collect()
    }

    fn selection(prefix: &str, delimiter: &str, after: &str, limit: usize) -> Selection {
        Selection { prefix: prefix.into(), delimiter: delimiter.into(), after: after.into(), limit }
    }

    #[test]
    fn keys_are_grouped_and_each_group_comes_once() {
        let bucket = bucket(&["a", "b/1", "b/2", "b0", "c/x/1", "c/y", "ü/1"]);
        let all = bucket.page(&selection("", "/", "", 1000));
        assert_eq!(names(&all), ["a", "b/ …", "b0", "c/ …", "ü/ …"]);
        assert_eq!(names(&bucket.page(&selection("c/", "/", "", 1000))), ["c/x/ …", "c/y"]);
        let first = bucket.page(&selection("", "/", "", 2));
        assert!(first.truncated);
        let rest = bucket.page(&selection("", "/", "b/", 1000));
        assert_eq!(names(&rest), ["b0", "c/ …", "ü/ …"]);
        assert_eq!(names(&bucket.page(&selection("", "", "b/1", 2))), ["b/2", "b0"]);
        assert_eq!(bucket.page(&selection("", "", "", 0)), Page { entries: vec![], truncated: false });
    }

    #[test]
    fn stored_and_synthetic_keys_are_one_listing() {
        let keys = SyntheticKeys::new(Distribution::Numeric, 30);
        let mut bucket = Bucket::new("us-east-1".into(), OffsetDateTime::UNIX_EPOCH, Some(keys));
        bucket.put("15x", StoredObject::new(vec![1, 2, 3].into(), Vec::new(), OffsetDateTime::UNIX_EPOCH));
        bucket.put("16", StoredObject::new(vec![1].into(), Vec::new(), OffsetDateTime::UNIX_EPOCH));
        bucket.delete("17");
        let page = bucket.page(&selection("1", "", "14", 1000));
        assert_eq!(names(&page), ["15", "15x", "16", "18", "19"]);
        assert_eq!(bucket.get("16").unwrap().body, [1].as_slice());
        assert!(bucket.get("17").is_none() && bucket.get("31").is_none() && bucket.get("18").is_some());
    }
}
