//! One page of a bucket listing: the answer's text, and where in it each object's parts stand.
//!
//! `scan` reads the plain form that servers send, `walk` any other; both fill a `draft`. `records` is what is
//! kept of each object; a [`Page`] hands out [`Object`](super::Object)s that borrow from it.

mod draft;
mod records;
mod scan;
mod walk;

pub(super) use self::{
    draft::{decoded, decoded_marker},
    records::{More, Record, Span},
    walk::not_empty,
};

use self::draft::DOCUMENT;
use super::{Entry, Object, Objects, partition::Listed};
use crate::Error;

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
    text: String,
    records: Vec<Record>,
    more: Vec<More>,
    common_prefixes: Vec<Span>,
}

impl Page {
    /// The objects, in ascending order of their keys' bytes (directory buckets have no order).
    pub fn objects(&self) -> Objects<'_> {
        Objects::new(self, self.records.iter())
    }

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

    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        self.keys().map(Entry::new).chain(self.common_prefixes().map(Entry::prefix)).collect()
    }

    pub(super) fn retain(&mut self, keep: &mut dyn FnMut(&Entry<'_>) -> bool) {
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

    pub(super) fn object(&self, record: &Record) -> Object<'_> {
        let more = usize::try_from(record.more).ok().and_then(|more| self.more.get(more.checked_sub(1)?));
        Object::new(&self.text, record, more)
    }

    /// Read the answer to ListObjects or ListObjectsV2.
    pub(super) fn read(response: http::Response<Vec<u8>>) -> Result<Self, Error> {
        let charged = response.headers().get("x-amz-request-charged").and_then(|value| value.to_str().ok());
        let charged = charged.map(str::to_owned);
        let body = String::from_utf8(response.into_body()).map_err(|error| {
            Error::parse(DOCUMENT, format!("invalid UTF-8 at byte {}", error.utf8_error().valid_up_to()))
        })?;
        let draft = match scan::scan(&body) {
            Some(draft) => draft,
            None => walk::walk(&body)?,
        };
        let page = draft.finish(body)?;
        Ok(Self { request_charged: charged, ..page })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A page read by both readers; `None` for one that does not take it.
    fn both(body: &str) -> (Option<Page>, Option<Page>) {
        let finished = |draft: draft::Draft| draft.finish(body.to_owned()).ok();
        (scan::scan(body).and_then(finished), walk::walk(body).ok().and_then(finished))
    }

    const PLAIN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix/><KeyCount>3</KeyCount>\
        <MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
        <Contents><Key>a+b%2Bc</Key><LastModified>2026-11-24T00:10:57.000Z</LastModified><ETag>&quot;x&quot;</ETag>\
        <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>7</Size>\
        <StorageClass>STANDARD</StorageClass></Contents>\n  \
        <Contents><Key>&amp;&#x1F980;</Key><Size>18446744073709551615</Size><ETag>&#34;y-2&#34;</ETag>\
        <Owner><ID>id</ID><DisplayName>n &lt; m</DisplayName></Owner></Contents>\
        <Contents><Size>0</Size><Key>plain</Key></Contents>\
        <CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes></ListBucketResult>\n";

    #[test]
    fn both_readers_read_the_plain_form_alike() {
        let (scanned, walked) = both(&PLAIN.replace("18446744073709551615", "1844674407370955161"));
        let page = scanned.unwrap();
        assert_eq!(Some(&page), walked.as_ref());
        let mut compact = page.clone();
        compact.compact();
        assert!(compact == page && compact.text.len() < page.text.len() / 2);
        let objects: Vec<_> = page.objects().collect();
        assert_eq!((objects[0].key, objects[0].etag, objects[0].size), ("a b+c", Some("x"), 7));
        assert_eq!(objects[0].checksum_algorithms().collect::<Vec<_>>(), ["CRC64NVME"]);
        assert_eq!((objects[1].key, objects[1].etag), ("&🦀", Some("y-2")));
        assert_eq!(objects[1].owner().unwrap().display_name.as_deref(), Some("n < m"));
        assert_eq!(page.common_prefixes().collect::<Vec<_>>(), ["p/"]);
        // A size with 20 digits is for the other reader.
        let (scanned, walked) = both(PLAIN);
        assert!(scanned.is_none());
        assert_eq!(walked.unwrap().objects().nth(1).unwrap().size, u64::MAX);
    }

    #[test]
    fn a_marker_that_is_not_encoded_like_the_names_is_kept() {
        let page = |marker: &str| {
            let body = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
                <CommonPrefixes><Prefix>plus%2Bsign/</Prefix></CommonPrefixes>";
            let body = format!("{body}<NextMarker>{marker}</NextMarker></ListBucketResult>");
            let (scanned, walked) = both(&body);
            assert_eq!(scanned.as_ref(), walked.as_ref());
            walked.unwrap().next_marker.unwrap()
        };
        // As Ceph sends it, and as AWS does.
        assert_eq!(page("plus+sign/"), "plus+sign/");
        assert_eq!(page("plus%2Bsign/"), "plus+sign/");
        assert_eq!(page("plus+sign0"), "plus sign0");
    }

    #[test]
    fn whatever_is_unusual_goes_to_the_other_reader_and_is_read_there() {
        for (from, to) in [
            ("<Key>plain</Key>", "<Key><![CDATA[pl]]>ain</Key>"),
            ("<Key>plain</Key>", "<Key>pl<!-- x -->ain</Key>"),
            ("<Key>plain</Key>", "<Key a=\"b\">plain</Key>"),
            ("<Key>plain</Key>", "<s3:Key xmlns:s3=\"urn:x\">plain</s3:Key>"),
            ("<Key>plain</Key>", "<Key>plain</Key><New>thing</New>"),
            ("<Key>plain</Key>", "<Key >plain</Key >"),
            ("<Name>b</Name>", "<Name>b</Name><Later><Deep>x</Deep></Later>"),
        ] {
            let plain = PLAIN.replace("18446744073709551615", "1");
            let (scanned, walked) = both(&plain.replace(from, to));
            assert!(scanned.is_none(), "{to}");
            assert_eq!(walked, both(&plain).0, "{to}");
        }
    }

    #[test]
    fn the_plain_reader_takes_no_page_that_is_cut_or_changed_in_one_byte_otherwise_than_the_other() {
        let plain = PLAIN.replace("18446744073709551615", "12");
        for end in 0..plain.trim_end().len() {
            if plain.is_char_boundary(end) {
                let (scanned, walked) = both(&plain[..end]);
                assert!(scanned.is_none() && walked.is_none(), "cut at {end}");
            }
        }
        for at in (0..plain.len()).filter(|at| plain.is_char_boundary(*at) && plain.is_char_boundary(at + 1))
        {
            for byte in "<>&\"'/ \r\n\t0aZ%+;#x=-\u{1}".chars() {
                let changed = format!("{}{byte}{}", &plain[..at], &plain[at + 1..]);
                let (scanned, walked) = both(&changed);
                assert!(scanned.is_none() || scanned == walked, "{at} {byte:?}: {changed}");
            }
        }
    }

    /// Pieces of pages put together at random: the plain reader takes none otherwise than the other one.
    #[test]
    fn pages_of_random_pieces_are_read_alike() {
        const PIECES: [&str; 40] = [
            "<Contents>",
            "</Contents>",
            "<Key>",
            "</Key>",
            "<Key>a</Key>",
            "<Key/>",
            "<Size>1</Size>",
            "<Size> 1</Size>",
            "<Size>+1</Size>",
            "<ETag>&quot;x&quot;</ETag>",
            "<ETag>&#34;x&quot;</ETag>",
            "<ETag>\"\"x\"</ETag>",
            "<ETag>&quot;&quot;</ETag>",
            "<ETag/>",
            "<Owner>",
            "</Owner>",
            "<ID>i</ID>",
            "<DisplayName>&lt;</DisplayName>",
            "<StorageClass>S</StorageClass>",
            "<ChecksumAlgorithm>C</ChecksumAlgorithm>",
            "<ChecksumType>F</ChecksumType>",
            "<LastModified>2026-11-24T00:10:57.000Z</LastModified>",
            "<LastModified>2026-11-24T00:10:57Z</LastModified>",
            "<LastModified>2026-11-24&00:10:57Z</LastModified>",
            "<CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>",
            "<IsTruncated>true</IsTruncated>",
            "<IsTruncated>false</IsTruncated>",
            "<Prefix>q%20</Prefix>",
            "<Prefix/>",
            "<EncodingType>url</EncodingType>",
            "<NextContinuationToken>t</NextContinuationToken>",
            "<KeyCount>1</KeyCount>",
            "&amp;",
            "&#65;",
            "]]>",
            "<![CDATA[x]]>",
            "<!-- x -->",
            "\n",
            "x",
            "<RestoreStatus/>",
        ];
        let mut random = 7_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random >> 33).unwrap() % below
        };
        let (mut scanned_pages, mut walked_pages) = (0, 0);
        for _ in 0..20_000 {
            let object = |next: &mut dyn FnMut(usize) -> usize| {
                let inner: String = (0..next(6)).map(|_| PIECES[4 + next(36)]).collect();
                format!("<Contents><Key>k{}</Key>{inner}</Contents>", next(9))
            };
            let mut body = String::from("<ListBucketResult><IsTruncated>false</IsTruncated>");
            for _ in 0..next(5) {
                body += &if next(4) > 0 { object(&mut next) } else { PIECES[next(40)].to_owned() };
            }
            body += "</ListBucketResult>";
            let (scanned, walked) = both(&body);
            assert!(scanned.is_none() || scanned == walked, "{body}");
            scanned_pages += usize::from(scanned.is_some());
            walked_pages += usize::from(walked.is_some());
        }
        assert!(scanned_pages > 2_000 && walked_pages > scanned_pages, "{scanned_pages} {walked_pages}");
    }
}
