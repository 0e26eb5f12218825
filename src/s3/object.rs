use std::{fmt, slice};

use time::OffsetDateTime;

use super::{
    details::{Owner, RestoreStatus},
    page::{More, Page, Record},
};

/// One object of a listing, borrowed from its page.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Object<'a> {
    /// The key: up to 1,024 bytes of UTF-8, any character, compared by bytes.
    pub key: &'a str,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub last_modified: Option<OffsetDateTime>,
    /// The entity tag without its quotes; of a multipart upload it ends in `-` and the number of parts. Not
    /// always an MD5.
    pub etag: Option<&'a str>,
    /// `STANDARD`, `GLACIER_IR`, …; the list of classes is open.
    pub storage_class: Option<&'a str>,
    text: &'a str,
    more: Option<&'a More>,
}

impl<'a> Object<'a> {
    pub(super) fn new(text: &'a str, record: &Record, more: Option<&'a More>) -> Self {
        Self {
            key: record.key.of(text),
            size: record.size,
            last_modified: record.last_modified,
            etag: record.etag.of_some(text),
            storage_class: record.storage_class.of_some(text),
            text,
            more,
        }
    }

    /// Whose it is, when it was asked for (some servers send it anyway).
    pub fn owner(&self) -> Option<Owner> {
        let more = self.more.filter(|more| more.has_owner)?;
        let owned = |span: super::page::Span| span.of_some(self.text).map(str::to_owned);
        Some(Owner { id: owned(more.owner_id), display_name: owned(more.owner_name) })
    }

    /// The checksums that are stored with it: `CRC64NVME`, `SHA256`, ….
    pub fn checksum_algorithms(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.text;
        let (first, others) = self.more.map(More::algorithms).unwrap_or_default();
        first.into_iter().chain(others.iter().copied()).map(move |span| span.of(text))
    }

    /// `COMPOSITE` or `FULL_OBJECT`.
    pub fn checksum_type(&self) -> Option<&'a str> {
        self.more?.checksum_type.of_some(self.text)
    }

    /// The state of a restore from an archive class, when it was asked for.
    pub fn restore_status(&self) -> Option<&'a RestoreStatus> {
        self.more?.restore_status.as_deref()
    }

    /// An owned copy, which outlives the page.
    pub fn to_owned(&self) -> OwnedObject {
        OwnedObject {
            key: self.key.to_owned(),
            size: self.size,
            last_modified: self.last_modified,
            etag: self.etag.map(str::to_owned),
            storage_class: self.storage_class.map(str::to_owned),
            owner: self.owner(),
            checksum_algorithms: self.checksum_algorithms().map(str::to_owned).collect(),
            checksum_type: self.checksum_type().map(str::to_owned),
            restore_status: self.restore_status().cloned(),
        }
    }
}

impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.to_owned() == other.to_owned()
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_owned().fmt(f)
    }
}

/// The objects of a page.
#[derive(Clone, Debug)]
pub struct Objects<'a> {
    page: &'a Page,
    records: slice::Iter<'a, Record>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(page: &'a Page, records: slice::Iter<'a, Record>) -> Self {
        Self { page, records }
    }
}

impl<'a> Iterator for Objects<'a> {
    type Item = Object<'a>;

    fn next(&mut self) -> Option<Object<'a>> {
        self.records.next().map(|record| self.page.object(record))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.records.size_hint()
    }
}

impl DoubleEndedIterator for Objects<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.records.next_back().map(|record| self.page.object(record))
    }
}

impl ExactSizeIterator for Objects<'_> {}

/// One object of a listing, on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OwnedObject {
    /// See [`Object::key`].
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::timestamp::serialize"))]
    pub last_modified: Option<OffsetDateTime>,
    /// See [`Object::etag`].
    pub etag: Option<String>,
    /// See [`Object::storage_class`].
    pub storage_class: Option<String>,
    /// See [`Object::owner`].
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub owner: Option<Owner>,
    /// See [`Object::checksum_algorithms`].
    #[cfg_attr(
        feature = "serde",
        serde(rename = "checksum_algorithm", skip_serializing_if = "Vec::is_empty")
    )]
    pub checksum_algorithms: Vec<String>,
    /// See [`Object::checksum_type`].
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub checksum_type: Option<String>,
    /// See [`Object::restore_status`].
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub restore_status: Option<RestoreStatus>,
}

impl Page {
    /// The objects, in ascending order of their keys' bytes (directory buckets have no order).
    pub fn objects(&self) -> Objects<'_> {
        Objects::new(self, self.records.iter())
    }

    pub(super) fn object(&self, record: &Record) -> Object<'_> {
        let more = usize::try_from(record.more).ok().and_then(|more| self.more.get(more.checked_sub(1)?));
        Object::new(&self.text, record, more)
    }
}
