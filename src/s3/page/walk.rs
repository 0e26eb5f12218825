//! Reading a page as any XML document: whatever form its elements have and in whatever order they come.

use super::{
    draft::{DOCUMENT, Draft},
    records::{More, Record, Span},
};
use crate::{
    Error,
    s3::details::{Owner, RestoreStatus},
    wire::{timestamp, xml::Xml},
};

pub(super) fn walk(body: &str) -> Result<Draft, Error> {
    let mut xml = Xml::new(body.as_bytes(), DOCUMENT)?;
    let mut draft = Draft::new(body);
    xml.root_named(DOCUMENT)?;
    let number = |text: &str| text.parse().ok();
    while let Some(element) = xml.child()? {
        let page = &mut draft.page;
        match element.name() {
            "Contents" => object(&mut xml, &mut draft)?,
            "CommonPrefixes" => common_prefixes(&mut xml, &mut draft)?,
            "Name" => page.name = xml.text()?,
            "Prefix" => page.prefix = xml.text()?,
            "Delimiter" => page.delimiter = not_empty(xml.text()?),
            "MaxKeys" => page.max_keys = Some(xml.parsed(number, "a number of keys")?),
            "KeyCount" => page.key_count = Some(xml.parsed(number, "a number of keys")?),
            "IsTruncated" => {
                draft.is_truncated = Some(xml.parsed(|text| text.parse().ok(), "true or false")?)
            }
            "ContinuationToken" => page.continuation_token = not_empty(xml.text()?),
            "NextContinuationToken" => page.next_continuation_token = not_empty(xml.text()?),
            "StartAfter" => page.start_after = not_empty(xml.text()?),
            "Marker" => page.marker = not_empty(xml.text()?),
            "NextMarker" => page.next_marker = not_empty(xml.text()?),
            "EncodingType" => draft.encoding_type = not_empty(xml.text()?),
            _ => xml.skip()?,
        }
    }
    xml.finish()?;
    Ok(draft)
}

/// Read the `<Contents>` that was just entered. The key is still as the server encoded it.
fn object(xml: &mut Xml<'_>, draft: &mut Draft) -> Result<(), Error> {
    let mut record = Record::EMPTY;
    let mut more: Option<More> = None;
    let mut has_key = false;
    while let Some(element) = xml.child()? {
        match element.name() {
            "Key" => {
                record.key = draft.keep(&xml.text()?);
                has_key = true;
            }
            "Size" => record.size = xml.parsed(|text| text.parse().ok(), "a size in bytes")?,
            "LastModified" => record.last_modified = Some(xml.parsed(timestamp::iso_8601, "a time")?),
            "ETag" => record.etag = draft.keep(xml.text()?.trim_matches('"')),
            "StorageClass" => record.storage_class = draft.keep(&xml.text()?),
            "Owner" => {
                let owner = Owner::read(xml)?;
                let more = more.get_or_insert_default();
                more.has_owner = true;
                // Of two owners the second counts, as a whole.
                let mut keep = |text: Option<String>| text.map_or(Span::NONE, |text| draft.keep(&text));
                (more.owner_id, more.owner_name) = (keep(owner.id), keep(owner.display_name));
            }
            "ChecksumAlgorithm" => {
                let name = draft.keep(&xml.text()?);
                more.get_or_insert_default().push_algorithm(name);
            }
            "ChecksumType" => more.get_or_insert_default().checksum_type = draft.keep(&xml.text()?),
            "RestoreStatus" => {
                more.get_or_insert_default().restore_status = Some(Box::new(RestoreStatus::read(xml)?));
            }
            _ => xml.skip()?,
        }
    }
    if !has_key {
        return Err(xml.error("an object has no Key"));
    }
    draft.push(record, more);
    Ok(())
}

/// Read the `<CommonPrefixes>` that was just entered. AWS puts one prefix into each.
fn common_prefixes(xml: &mut Xml<'_>, draft: &mut Draft) -> Result<(), Error> {
    while let Some(element) = xml.child()? {
        match element.name() {
            "Prefix" => {
                let prefix = draft.keep(&xml.text()?);
                draft.page.common_prefixes.push(prefix);
            }
            _ => xml.skip()?,
        }
    }
    Ok(())
}

pub(in crate::s3) fn not_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
