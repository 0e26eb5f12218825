use super::records::{More, Record, Span};
use crate::s3::{paged::Entry, partition::Listed};

/// One page of a bucket listing, by either version of the operation.
///
/// A page may be truncated and empty at once; only [`is_truncated`](Self::is_truncated) tells whether there
/// is more.
///
/// ```
/// use sts3::{Operation, s3::ListObjectsV2};
///
/// let body = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a.txt</Key><Size>7</Size></Contents>\
///     <CommonPrefixes><Prefix>logs/</Prefix></CommonPrefixes></ListBucketResult>";
/// let page = ListObjectsV2::new("demo").delimiter("/").parse(http::Response::new(body.into()))?;
/// assert_eq!(page.objects().map(|object| (object.key, object.size)).collect::<Vec<_>>(), [("a.txt", 7)]);
/// assert_eq!(page.common_prefixes().collect::<Vec<_>>(), ["logs/"]);
/// # Ok::<(), sts3::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Page {
    /// The bucket.
    pub name: String,
    /// The prefix that was asked for.
    pub prefix: String,
    /// The delimiter that was asked for.
    pub delimiter: Option<String>,
    /// At most this many keys and common prefixes were to be sent.
    pub max_keys: Option<u32>,
    /// How many were sent (version 2).
    pub key_count: Option<u32>,
    /// There is more.
    pub is_truncated: bool,
    /// The token of this page (version 2).
    pub continuation_token: Option<String>,
    /// Opaque: ask for the next page with it (version 2).
    pub next_continuation_token: Option<String>,
    /// The key after which this listing started (version 2).
    pub start_after: Option<String>,
    /// The key after which this page started (version 1).
    pub marker: Option<String>,
    /// Where the next page starts (version 1; only sent with a delimiter).
    pub next_marker: Option<String>,
    /// `requester`, if the caller was charged.
    pub request_charged: Option<String>,
    /// The answer's body, and behind it texts that are not in there as they are meant.
    pub(in crate::s3) text: String,
    pub(in crate::s3) records: Vec<Record>,
    pub(in crate::s3) more: Vec<More>,
    pub(in crate::s3) common_prefixes: Vec<Span>,
}

impl Page {
    /// The objects' keys.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.records.iter().map(|record| record.key.of(&self.text))
    }

    /// What keys were grouped under when a delimiter was given, in ascending order of their bytes.
    pub fn common_prefixes(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.common_prefixes.iter().map(|prefix| prefix.of(&self.text))
    }

    /// The last key or common prefix of the page: the one to continue after.
    pub fn last(&self) -> Option<&str> {
        self.keys().next_back().max(self.common_prefixes().next_back())
    }

    /// Leave out all objects but the first `count`.
    pub fn truncate(&mut self, count: usize) {
        self.records.truncate(count);
    }

    /// Leave out all objects but those at these places.
    #[cfg(feature = "client")]
    pub(crate) fn keep(&mut self, from: usize, to: usize) {
        self.records.truncate(to);
        self.records.drain(..from.min(self.records.len()));
    }

    /// Whether it begins with this key, which is left out then.
    #[cfg(feature = "client")]
    pub(crate) fn is_joined_at(&mut self, key: &str) -> bool {
        let is_joined = self.keys().next() == Some(key);
        if is_joined {
            self.keep(1, self.records.len());
        }
        is_joined
    }

    /// How many objects and common prefixes there are.
    #[cfg(feature = "client")]
    pub(crate) fn count(&self) -> u64 {
        (self.records.len() + self.common_prefixes.len()) as u64
    }

    pub(in crate::s3) fn entries(&self) -> Vec<Entry<'_>> {
        self.keys().map(Entry::new).chain(self.common_prefixes().map(Entry::prefix)).collect()
    }

    pub(in crate::s3) fn retain(&mut self, keep: &mut dyn FnMut(&Entry<'_>) -> bool) {
        let text = &self.text;
        self.records.retain(|record| keep(&Entry::new(record.key.of(text))));
        self.common_prefixes.retain(|prefix| keep(&Entry::prefix(prefix.of(text))));
    }

    /// Keep only what the objects and common prefixes need: about a third of the answer's text.
    pub fn compact(&mut self) {
        let mut text = String::with_capacity(self.text.len() / 3);
        let old = &self.text;
        let mut keep = |span: &mut Span| {
            if let Some(part) = span.of_some(old) {
                let start = text.len();
                text.push_str(part);
                *span = Span::new(start, text.len());
            }
        };
        for record in &mut self.records {
            keep(&mut record.key);
            keep(&mut record.etag);
            keep(&mut record.storage_class);
        }
        for more in &mut self.more {
            keep(&mut more.owner_id);
            keep(&mut more.owner_name);
            keep(&mut more.checksum_type);
            keep(&mut more.checksum_algorithm);
            more.other_algorithms.iter_mut().for_each(&mut keep);
        }
        self.common_prefixes.iter_mut().for_each(&mut keep);
        text.shrink_to_fit();
        self.records.shrink_to_fit();
        self.text = text;
    }
}

impl Listed for Page {
    fn keys(&self) -> Vec<&str> {
        Self::keys(self).collect()
    }

    fn is_truncated(&self) -> bool {
        self.is_truncated
    }
}

impl PartialEq for Page {
    /// Whether both say the same; where in its text a page has it does not matter.
    fn eq(&self, other: &Self) -> bool {
        let head = |page: &Self| {
            let empty = Self {
                text: String::new(),
                records: Vec::new(),
                more: Vec::new(),
                common_prefixes: Vec::new(),
                ..page.clone()
            };
            format!("{empty:?}")
        };
        head(self) == head(other)
            && self.objects().eq(other.objects())
            && self.common_prefixes().eq(other.common_prefixes())
    }
}

impl Eq for Page {}
