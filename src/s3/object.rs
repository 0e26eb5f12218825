use time::OffsetDateTime;

use crate::{
    Error,
    wire::{timestamp, xml::Xml},
};

/// One object of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// The key: up to 1,024 bytes of UTF-8, any character, compared by bytes.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub last_modified: Option<OffsetDateTime>,
    /// The entity tag without its quotes; of a multipart upload it ends in `-` and the number of parts. Not always
    /// an MD5.
    pub etag: Option<String>,
    /// `STANDARD`, `GLACIER_IR`, …; the list of classes is open.
    pub storage_class: Option<String>,
    /// Whose it is, when it was asked for (some servers send it anyway).
    pub owner: Option<Owner>,
    /// The checksums that are stored with it: `CRC64NVME`, `SHA256`, ….
    pub checksum_algorithms: Vec<String>,
    /// `COMPOSITE` or `FULL_OBJECT`.
    pub checksum_type: Option<String>,
    /// The state of a restore from an archive class, when it was asked for.
    pub restore_status: Option<RestoreStatus>,
}

/// The owner of an object or of the listed buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// The canonical user id.
    pub id: Option<String>,
    /// A name for people; no longer sent by AWS.
    pub display_name: Option<String>,
}

/// The state of a restore from an archive class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreStatus {
    /// Still being restored.
    pub in_progress: bool,
    /// Until when the restored copy can be read.
    pub expiry_date: Option<OffsetDateTime>,
}

impl Object {
    /// Read the `<Contents>` that was just entered. The key is still as the server encoded it.
    pub(super) fn read(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let mut object = Self::default();
        let mut has_key = false;
        while let Some(element) = xml.child()? {
            match element.name() {
                "Key" => {
                    object.key = xml.text()?;
                    has_key = true;
                }
                "Size" => object.size = xml.parsed(|text| text.parse().ok(), "a size in bytes")?,
                "LastModified" => object.last_modified = Some(xml.parsed(timestamp::iso_8601, "a time")?),
                "ETag" => object.etag = Some(xml.text()?.trim_matches('"').to_owned()),
                "StorageClass" => object.storage_class = Some(xml.text()?),
                "Owner" => object.owner = Some(Owner::read(xml)?),
                "ChecksumAlgorithm" => object.checksum_algorithms.push(xml.text()?),
                "ChecksumType" => object.checksum_type = Some(xml.text()?),
                "RestoreStatus" => object.restore_status = Some(RestoreStatus::read(xml)?),
                _ => xml.skip()?,
            }
        }
        if has_key { Ok(object) } else { Err(xml.error("an object has no Key")) }
    }
}

impl Owner {
    /// Read the `<Owner>` that was just entered.
    pub(super) fn read(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let mut owner = Self::default();
        while let Some(element) = xml.child()? {
            match element.name() {
                "ID" => owner.id = Some(xml.text()?),
                "DisplayName" => owner.display_name = Some(xml.text()?),
                _ => xml.skip()?,
            }
        }
        Ok(owner)
    }
}

impl RestoreStatus {
    fn read(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let mut status = Self::default();
        while let Some(element) = xml.child()? {
            match element.name() {
                "IsRestoreInProgress" => {
                    status.in_progress = xml.parsed(|text| text.parse().ok(), "true or false")?
                }
                "RestoreExpiryDate" => status.expiry_date = Some(xml.parsed(timestamp::iso_8601, "a time")?),
                _ => xml.skip()?,
            }
        }
        Ok(status)
    }
}
