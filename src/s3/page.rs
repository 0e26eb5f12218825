use std::borrow::Cow;

use super::Object;
use crate::{
    Error,
    wire::{form, xml::Xml},
};

/// One page of a bucket listing, by either version of the operation.
///
/// A page may be truncated and empty at once; only [`is_truncated`](Self::is_truncated) tells whether there is more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    objects: Vec<Object>,
    common_prefixes: Vec<String>,
    encoding_type: Option<String>,
}

impl Page {
    /// The objects, in ascending order of their keys' bytes (directory buckets have no order).
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The objects, taken out of the page.
    pub fn into_objects(self) -> Vec<Object> {
        self.objects
    }

    /// What keys were grouped under when a delimiter was given, in ascending order of their bytes.
    pub fn common_prefixes(&self) -> &[String] {
        &self.common_prefixes
    }

    /// The last key or common prefix of the page: the one to continue after.
    pub fn last(&self) -> Option<&str> {
        let key = self.objects.last().map(|object| object.key.as_str());
        let prefix = self.common_prefixes.last().map(String::as_str);
        key.max(prefix)
    }

    /// Read the answer to ListObjects or ListObjectsV2.
    pub(super) fn read(response: &http::Response<Vec<u8>>) -> Result<Self, Error> {
        let mut xml = Xml::new(response.body(), "ListBucketResult")?;
        xml.root_named("ListBucketResult")?;
        let mut page = Self::default();
        let mut truncated = None;
        let number = |text: &str| text.parse().ok();
        while let Some(element) = xml.child()? {
            match element.name() {
                "Contents" => page.objects.push(Object::read(&mut xml)?),
                "CommonPrefixes" => page.common_prefixes.extend(common_prefix(&mut xml)?),
                "Name" => page.name = xml.text()?,
                "Prefix" => page.prefix = xml.text()?,
                "Delimiter" => page.delimiter = not_empty(xml.text()?),
                "MaxKeys" => page.max_keys = Some(xml.parsed(number, "a number of keys")?),
                "KeyCount" => page.key_count = Some(xml.parsed(number, "a number of keys")?),
                "IsTruncated" => truncated = Some(xml.parsed(|text| text.parse().ok(), "true or false")?),
                "ContinuationToken" => page.continuation_token = not_empty(xml.text()?),
                "NextContinuationToken" => page.next_continuation_token = not_empty(xml.text()?),
                "StartAfter" => page.start_after = not_empty(xml.text()?),
                "Marker" => page.marker = not_empty(xml.text()?),
                "NextMarker" => page.next_marker = not_empty(xml.text()?),
                "EncodingType" => page.encoding_type = not_empty(xml.text()?),
                _ => xml.skip()?,
            }
        }
        let Some(truncated) = truncated else {
            // Taking the page for the last one would silently shorten the listing.
            return Err(xml.error("it has no IsTruncated"));
        };
        xml.finish()?;
        page.is_truncated = truncated;
        page.request_charged = response
            .headers()
            .get("x-amz-request-charged")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        page.decode()?;
        Ok(page)
    }

    /// Undo `encoding-type=url` where the answer says that it was applied. SeaweedFS says so after the keys, so
    /// this waits for the end of the page.
    fn decode(&mut self) -> Result<(), Error> {
        match self.encoding_type.as_deref() {
            None => return Ok(()),
            Some("url") => {}
            Some(other) => {
                return Err(Error::parse(
                    "ListBucketResult",
                    format!("unknown EncodingType `{}`", other.escape_debug()),
                ));
            }
        }
        let keys = self.objects.iter_mut().map(|object| &mut object.key);
        let optional = [&mut self.delimiter, &mut self.start_after, &mut self.marker, &mut self.next_marker];
        let all = keys.chain(&mut self.common_prefixes).chain(optional.into_iter().flatten());
        for text in all.chain([&mut self.prefix]) {
            match form::decode(text) {
                Some(Cow::Borrowed(_)) => {}
                Some(Cow::Owned(decoded)) => *text = decoded,
                None => {
                    let problem = format!("`{}` does not decode to UTF-8", text.escape_debug());
                    return Err(Error::parse("ListBucketResult", problem));
                }
            }
        }
        Ok(())
    }
}

fn common_prefix(xml: &mut Xml<'_>) -> Result<Option<String>, Error> {
    let mut prefix = None;
    while let Some(element) = xml.child()? {
        match element.name() {
            "Prefix" => prefix = Some(xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(prefix)
}

fn not_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
