use http::Method;
use time::OffsetDateTime;

use super::{
    Entry, Extent, ListingOptions, Owner, Paged, RestoreStatus, listing_setters,
    page::{decoded, decoded_marker, not_empty},
};
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{timestamp, xml::Xml},
};

const DOCUMENT: &str = "ListVersionsResult";

/// All versions of all objects of a bucket, and the markers of those that were deleted.
///
/// Needs `s3:ListBucketVersions`. In a bucket without versioning every object has one version, named `null`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
///
/// ```
/// use sts3::{Operation, s3::ListObjectVersions};
///
/// let operation = ListObjectVersions::new("logs").prefix("2026/").max_keys(100);
/// assert_eq!(operation.bucket(), Some("logs"));
/// ```
#[derive(Clone, Debug)]
pub struct ListObjectVersions {
    bucket: String,
    options: ListingOptions,
    key_marker: Option<String>,
    version_id_marker: Option<String>,
}

/// One page of [`ListObjectVersions`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct VersionsPage {
    /// The bucket.
    pub name: String,
    /// The prefix that was asked for.
    pub prefix: String,
    /// The delimiter that was asked for.
    pub delimiter: Option<String>,
    /// At most this many versions, delete markers and common prefixes were to be sent.
    pub max_keys: Option<u32>,
    /// There is more.
    pub is_truncated: bool,
    /// Versions and delete markers as they came: by key, and of each key the newest first.
    pub versions: Vec<ObjectVersion>,
    /// What keys were grouped under when a delimiter was given.
    pub common_prefixes: Vec<String>,
    /// The key after which this page started.
    pub key_marker: Option<String>,
    /// The version of that key after which this page started.
    pub version_id_marker: Option<String>,
    /// The key to continue after.
    pub next_key_marker: Option<String>,
    /// The version of that key to continue after.
    pub next_version_id_marker: Option<String>,
    /// `requester`, if the caller was charged.
    pub request_charged: Option<String>,
}

/// One version of an object, or a marker that says that it was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ObjectVersion {
    /// The key.
    pub key: String,
    /// Opaque; `null` for what was written without versioning.
    pub version_id: String,
    /// It is what a request without a version gets.
    pub is_latest: bool,
    /// The object was deleted then. A marker has neither size nor ETag.
    pub is_delete_marker: bool,
    /// Bytes.
    pub size: u64,
    /// When it was written.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::timestamp::serialize"))]
    pub last_modified: Option<OffsetDateTime>,
    /// See [`Object::etag`](super::Object::etag).
    pub etag: Option<String>,
    /// See [`Object::storage_class`](super::Object::storage_class).
    pub storage_class: Option<String>,
    /// Whose it is.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub owner: Option<Owner>,
    /// See [`Object::checksum_algorithms`](super::Object::checksum_algorithms).
    #[cfg_attr(
        feature = "serde",
        serde(rename = "checksum_algorithm", skip_serializing_if = "Vec::is_empty")
    )]
    pub checksum_algorithms: Vec<String>,
    /// See [`Object::checksum_type`](super::Object::checksum_type).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub checksum_type: Option<String>,
    /// See [`Object::restore_status`](super::Object::restore_status).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub restore_status: Option<RestoreStatus>,
}

impl ListObjectVersions {
    /// All versions of all objects of a bucket.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            options: ListingOptions::default(),
            key_marker: None,
            version_id_marker: None,
        }
    }

    listing_setters!();

    /// Start behind this key, which need not exist, or with [`version_id_marker`](Self::version_id_marker)
    /// behind that version of it.
    #[must_use]
    pub fn key_marker(mut self, key: impl Into<String>) -> Self {
        self.key_marker = Some(key.into());
        self
    }

    /// Start behind this version of the key that [`key_marker`](Self::key_marker) names.
    #[must_use]
    pub fn version_id_marker(mut self, version: impl Into<String>) -> Self {
        self.version_id_marker = Some(version.into());
        self
    }
}

impl Operation for ListObjectVersions {
    type Output = VersionsPage;

    fn name(&self) -> &str {
        "ListObjectVersions"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        let mut query = self.options.query()?;
        query.parameter("versions", "");
        query.optional("key-marker", self.key_marker.as_ref());
        query.optional("version-id-marker", self.version_id_marker.as_ref());
        let mut request = UnsignedRequest::reading(Method::GET, query.into_text());
        self.options.headers(&mut request)?;
        Ok(request)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<VersionsPage, Error> {
        let charged = response.headers().get("x-amz-request-charged").and_then(|value| value.to_str().ok());
        let page = VersionsPage::read(response.body())?;
        Ok(VersionsPage { request_charged: charged.map(str::to_owned), ..page })
    }

    fn bucket(&self) -> Option<&str> {
        Some(&self.bucket)
    }

    fn carries_secrets(&self) -> bool {
        false
    }
}

impl Paged for ListObjectVersions {
    fn next(&self, page: &VersionsPage) -> Result<Option<Self>, Error> {
        if !page.is_truncated {
            return Ok(None);
        }
        let (key, version) = (&page.next_key_marker, &page.next_version_id_marker);
        match key {
            None => Err(Error::parse(DOCUMENT, "IsTruncated is true but there is no NextKeyMarker")),
            Some(_) if *key == self.key_marker && *version == self.version_id_marker => {
                Err(Error::parse(DOCUMENT, "it continues after the marker that was just used"))
            }
            Some(_) => {
                Ok(Some(Self { key_marker: key.clone(), version_id_marker: version.clone(), ..self.clone() }))
            }
        }
    }

    fn extent(&self) -> Extent<'_> {
        // With a version, the start is in the middle of a key.
        let start_after = self.key_marker.as_deref().filter(|_| self.version_id_marker.is_none());
        let version = self.version_id_marker.as_deref().filter(|version| *version != "null");
        Extent { start_after, position: version.or(self.key_marker.as_deref()), ..self.options.extent() }
    }

    fn starting_after(&self, name: Option<&str>) -> Option<Self> {
        Some(Self { key_marker: name.map(str::to_owned), version_id_marker: None, ..self.clone() })
    }

    fn entries(page: &VersionsPage) -> Vec<Entry<'_>> {
        let versions = page.versions.iter().map(|version| Entry::version(&version.key, &version.version_id));
        versions.chain(page.common_prefixes.iter().map(|prefix| Entry::prefix(prefix))).collect()
    }

    fn retain(page: &mut VersionsPage, keep: &mut dyn FnMut(&Entry<'_>) -> bool) {
        page.versions.retain(|version| keep(&Entry::version(&version.key, &version.version_id)));
        page.common_prefixes.retain(|prefix| keep(&Entry::prefix(prefix)));
    }
}

impl VersionsPage {
    fn read(body: &[u8]) -> Result<Self, Error> {
        let mut xml = Xml::new(body, DOCUMENT)?;
        xml.root_named(DOCUMENT)?;
        let (mut page, mut is_truncated, mut encoding) = (Self::default(), None, None);
        while let Some(element) = xml.child()? {
            match element.name() {
                "Version" => page.versions.push(ObjectVersion::read(&mut xml, false)?),
                "DeleteMarker" => page.versions.push(ObjectVersion::read(&mut xml, true)?),
                "CommonPrefixes" => {
                    while let Some(element) = xml.child()? {
                        match element.name() {
                            "Prefix" => page.common_prefixes.push(xml.text()?),
                            _ => xml.skip()?,
                        }
                    }
                }
                "Name" => page.name = xml.text()?,
                "Prefix" => page.prefix = xml.text()?,
                "Delimiter" => page.delimiter = not_empty(xml.text()?),
                "MaxKeys" => page.max_keys = Some(xml.parsed(|text| text.parse().ok(), "a number of keys")?),
                "IsTruncated" => is_truncated = Some(xml.parsed(|text| text.parse().ok(), "true or false")?),
                "KeyMarker" => page.key_marker = not_empty(xml.text()?),
                "VersionIdMarker" => page.version_id_marker = not_empty(xml.text()?),
                "NextKeyMarker" => page.next_key_marker = not_empty(xml.text()?),
                "NextVersionIdMarker" => page.next_version_id_marker = not_empty(xml.text()?),
                "EncodingType" => encoding = not_empty(xml.text()?),
                _ => xml.skip()?,
            }
        }
        xml.finish()?;
        // Taking the page for the last one would silently shorten the listing.
        page.is_truncated = is_truncated.ok_or_else(|| Error::parse(DOCUMENT, "it has no IsTruncated"))?;
        match encoding.as_deref() {
            None => Ok(page),
            Some("url") => page.decoded(),
            Some(other) => {
                let problem = format!("unknown EncodingType `{}`", other.escape_debug());
                Err(Error::parse(DOCUMENT, problem))
            }
        }
    }

    /// Undo `encoding-type=url`.
    fn decoded(mut self) -> Result<Self, Error> {
        let optional = [&mut self.delimiter, &mut self.key_marker];
        let keys = self.versions.iter_mut().map(|version| &mut version.key);
        let names = optional.into_iter().flatten().chain([&mut self.prefix]);
        for text in names.chain(keys).chain(&mut self.common_prefixes) {
            *text = decoded(text)?.into_owned();
        }
        if let Some(marker) = self.next_key_marker.take() {
            let last_key = self.versions.last().map(|version| version.key.as_str());
            let last = last_key.max(self.common_prefixes.last().map(String::as_str));
            self.next_key_marker = Some(decoded_marker(&marker, last)?);
        }
        Ok(self)
    }
}

impl ObjectVersion {
    /// Read the `<Version>` or `<DeleteMarker>` that was just entered. The key is still as the server encoded
    /// it.
    fn read(xml: &mut Xml<'_>, is_delete_marker: bool) -> Result<Self, Error> {
        let mut version = Self { is_delete_marker, ..Self::default() };
        let mut key = None;
        while let Some(element) = xml.child()? {
            match element.name() {
                "Key" => key = Some(xml.text()?),
                "VersionId" => version.version_id = xml.text()?,
                "IsLatest" => {
                    version.is_latest = xml.parsed(|text| text.parse().ok(), "true or false")?;
                }
                "Size" => version.size = xml.parsed(|text| text.parse().ok(), "a size in bytes")?,
                "LastModified" => {
                    version.last_modified = Some(xml.parsed(timestamp::iso_8601, "a time")?);
                }
                "ETag" => version.etag = not_empty(xml.text()?.trim_matches('"').to_owned()),
                "StorageClass" => version.storage_class = not_empty(xml.text()?),
                "Owner" => version.owner = Some(Owner::read(xml)?),
                "ChecksumAlgorithm" => version.checksum_algorithms.push(xml.text()?),
                "ChecksumType" => version.checksum_type = not_empty(xml.text()?),
                "RestoreStatus" => version.restore_status = Some(RestoreStatus::read(xml)?),
                _ => xml.skip()?,
            }
        }
        version.key = key.ok_or_else(|| xml.error("a version has no Key"))?;
        Ok(version)
    }
}
