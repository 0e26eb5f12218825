//! A page while it is being read.

use std::borrow::Cow;

use super::{
    content::Page,
    records::{More, Record, Span},
};
use crate::{Error, wire::form};

pub(super) const DOCUMENT: &str = "ListBucketResult";

/// What both readers fill. Texts that are not in the body as they are meant stand in `tail`, as if it
/// followed the body.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) page: Page,
    pub(super) is_truncated: Option<bool>,
    pub(super) encoding_type: Option<String>,
    body_length: usize,
    tail: String,
}

impl Draft {
    /// An empty page for this body.
    pub(super) fn new(body: &str) -> Self {
        let mut page = Page::default();
        // Objects take some 300 bytes; too few places are made up for as the need arises.
        page.records.reserve(body.len() / 300);
        Self { page, is_truncated: None, encoding_type: None, body_length: body.len(), tail: String::new() }
    }

    /// Keep a text that is not in the body.
    pub(super) fn keep(&mut self, text: &str) -> Span {
        let start = self.body_length + self.tail.len();
        self.tail.push_str(text);
        Span::new(start, start + text.len())
    }

    /// Keep an object and what not every server sends.
    pub(super) fn push(&mut self, mut record: Record, more: Option<More>) {
        if let Some(more) = more {
            if self.page.more.is_empty() {
                // If one object has it, all have.
                self.page.more.reserve(self.page.records.capacity());
            }
            self.page.more.push(more);
            record.more = u32::try_from(self.page.more.len()).unwrap_or(0);
        }
        self.page.records.push(record);
    }

    /// The page, which takes the body over.
    pub(super) fn finish(mut self, body: String) -> Result<Page, Error> {
        let Some(is_truncated) = self.is_truncated else {
            // Taking the page for the last one would silently shorten the listing.
            return Err(Error::parse(DOCUMENT, "it has no IsTruncated"));
        };
        self.page.is_truncated = is_truncated;
        let is_encoded = self.encoding_type.is_some();
        match self.encoding_type.as_deref() {
            None => {}
            Some("url") => self.decode(&body)?,
            Some(other) => {
                let problem = format!("unknown EncodingType `{}`", other.escape_debug());
                return Err(Error::parse(DOCUMENT, problem));
            }
        }
        let mut text = body;
        text.push_str(&self.tail);
        self.page.text = text;
        if is_encoded && let Some(marker) = self.page.next_marker.take() {
            self.page.next_marker = Some(decoded_marker(&marker, self.page.last())?);
        }
        Ok(self.page)
    }

    /// Undo `encoding-type=url` where the answer says that it was applied. SeaweedFS says so after the keys,
    /// so this waits for the end of the page.
    fn decode(&mut self, body: &str) -> Result<(), Error> {
        let page = &mut self.page;
        let optional = [&mut page.delimiter, &mut page.start_after, &mut page.marker];
        for text in optional.into_iter().flatten().chain([&mut page.prefix]) {
            if let Cow::Owned(decoded) = decoded(text)? {
                *text = decoded;
            }
        }
        let keys = page.records.iter_mut().map(|record| &mut record.key);
        for span in keys.chain(&mut page.common_prefixes) {
            let encoded = if span.start() < self.body_length {
                span.of(body)
            } else {
                span.shifted(self.body_length).of(&self.tail)
            };
            if memchr::memchr2(b'%', b'+', encoded.as_bytes()).is_none() {
                continue;
            }
            let decoded = decoded(encoded)?.into_owned();
            let start = self.body_length + self.tail.len();
            self.tail.push_str(&decoded);
            *span = Span::new(start, start + decoded.len());
        }
        Ok(())
    }
}

/// Where the next page starts. Ceph encodes the names of a page but not its marker, which is the last of
/// them: decoded twice, it would point elsewhere, and the listing would never end.
pub(in crate::s3) fn decoded_marker(marker: &str, last: Option<&str>) -> Result<String, Error> {
    if last == Some(marker) { Ok(marker.to_owned()) } else { Ok(decoded(marker)?.into_owned()) }
}

pub(in crate::s3) fn decoded(text: &str) -> Result<Cow<'_, str>, Error> {
    form::decode(text)
        .ok_or_else(|| Error::parse(DOCUMENT, format!("`{}` does not decode to UTF-8", text.escape_debug())))
}
