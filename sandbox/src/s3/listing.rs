//! What the listings of a bucket have in common: parameters, the page, and the parts of the answer.

use std::borrow::Cow;

use super::{
    access::{self, allow, invalid_argument},
    address::Address,
};
use crate::{
    state::{
        State,
        account::{OWNER_ID, USER},
        caller::Caller,
        object::Summary,
        page::{Entry, Page, Selection},
    },
    wire::{
        Answer, Refusal, Request, date,
        xml::{Document, url_encode},
    },
};

const MAX_KEYS: usize = 1000;
/// The approximate length of an object in XML.
pub(super) const OBJECT_BYTES: usize = 360;

/// Parameters that all listings of a bucket share.
pub(super) struct Options {
    pub(super) selection: Selection,
    /// As requested, before the limit of the service.
    max_keys: usize,
    encode: bool,
    pub(super) fetch_owner: bool,
}

impl Options {
    /// Read them, and refuse a caller who may not do this action with them.
    pub(super) fn read(
        request: &Request,
        address: &Address,
        caller: &Caller,
        action: &str,
    ) -> Result<Self, Refusal> {
        let text = |name: &str| request.parameter(name).unwrap_or_default();
        let max_keys = match request.parameter("max-keys") {
            None => MAX_KEYS,
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|keys| i32::try_from(*keys).is_ok())
                .and_then(|keys| usize::try_from(keys).ok())
                .ok_or_else(|| {
                    invalid_argument(
                        "max-keys",
                        &text,
                        "Argument max-keys must be an integer between 0 and 2147483647",
                    )
                })?,
        };
        let encode = match request.parameter("encoding-type").as_deref() {
            None => false,
            Some("url") => true,
            Some(other) => {
                return Err(invalid_argument(
                    "encoding-type",
                    other,
                    "Invalid Encoding Method specified in Request",
                ));
            }
        };
        let (prefix, delimiter) = (text("prefix"), text("delimiter"));
        let conditions = [
            ("s3:prefix", prefix.clone()),
            ("s3:delimiter", delimiter.clone()),
            ("s3:max-keys", max_keys.to_string()),
        ];
        allow(caller, action, &address.arn(), &conditions)?;
        let selection = Selection { prefix, delimiter, after: String::new(), limit: max_keys.min(MAX_KEYS) };
        Ok(Self { selection, max_keys, encode, fetch_owner: text("fetch-owner") == "true" })
    }

    /// A key or prefix as the answer writes it: encoded if that was asked for.
    pub(super) fn name<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.encode { url_encode(text) } else { Cow::Borrowed(text) }
    }
}

pub(super) fn page(state: &State, address: &Address, selection: &Selection) -> Result<Page, Refusal> {
    Ok(access::bucket(&state.buckets(), address)?.page(selection))
}

pub(super) fn write_head(xml: &mut Document, address: &Address, options: &Options, truncated: bool) {
    xml.text("Name", address.bucket.as_deref().unwrap_or_default());
    xml.text("Prefix", &options.name(&options.selection.prefix));
    if !options.selection.delimiter.is_empty() {
        xml.text("Delimiter", &options.name(&options.selection.delimiter));
    }
    xml.plain("MaxKeys", options.max_keys.min(MAX_KEYS));
    xml.plain("IsTruncated", truncated);
    if options.encode {
        xml.text("EncodingType", "url");
    }
}

/// Writes an object of a listing without versions.
pub(super) fn contents(options: &Options, owner: bool) -> impl Fn(&mut Document, &Summary) {
    move |xml, summary| {
        xml.open("Contents");
        write_object(xml, options, summary, owner);
        xml.close("Contents");
    }
}

pub(super) fn write_entries(
    xml: &mut Document,
    options: &Options,
    page: &Page,
    write: impl Fn(&mut Document, &Summary),
) {
    for entry in &page.entries {
        if let Entry::Object(summary) = entry {
            write(xml, summary);
        }
    }
    for entry in &page.entries {
        if let Entry::CommonPrefix(prefix) = entry {
            xml.open("CommonPrefixes");
            xml.text("Prefix", &options.name(prefix));
            xml.close("CommonPrefixes");
        }
    }
}

pub(super) fn write_object(xml: &mut Document, options: &Options, summary: &Summary, owner: bool) {
    xml.text("Key", &options.name(&summary.key));
    xml.text("LastModified", &date::iso_milliseconds(summary.last_modified));
    xml.open("ETag");
    xml.content("\"");
    xml.content(&summary.etag);
    xml.content("\"");
    xml.close("ETag");
    xml.text("ChecksumAlgorithm", "CRC64NVME");
    xml.text("ChecksumType", "FULL_OBJECT");
    xml.plain("Size", summary.size);
    if owner {
        write_owner(xml);
    }
    xml.text("StorageClass", summary.storage_class);
}

pub(super) fn write_owner(xml: &mut Document) {
    xml.open("Owner");
    xml.text("ID", OWNER_ID);
    xml.text("DisplayName", USER);
    xml.close("Owner");
}

/// Say that the requester pays, if it asked to.
pub(super) fn with_request_charged(request: &Request, answer: Answer) -> Answer {
    answer.header_if("x-amz-request-charged", request.header("x-amz-request-payer"))
}

/// The name of the last entry: where the next page goes on.
pub(super) fn last(page: &Page) -> Option<&str> {
    page.entries.last().map(|entry| match entry {
        Entry::Object(summary) => summary.key.as_str(),
        Entry::CommonPrefix(prefix) => prefix.as_str(),
    })
}
