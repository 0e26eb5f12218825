//! What some objects have beside a key, a size and a time.

use time::OffsetDateTime;

use crate::{
    Error,
    wire::{timestamp, xml::Xml},
};

/// The owner of an object or of the listed buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Owner {
    /// The canonical user id.
    pub id: Option<String>,
    /// A name for people; no longer sent by AWS.
    pub display_name: Option<String>,
}

/// The state of a restore from an archive class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RestoreStatus {
    /// Still being restored.
    pub in_progress: bool,
    /// Until when the restored copy can be read.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::timestamp::serialize"))]
    pub expiry_date: Option<OffsetDateTime>,
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
    /// Read the `<RestoreStatus>` that was just entered.
    pub(super) fn read(xml: &mut Xml<'_>) -> Result<Self, Error> {
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
