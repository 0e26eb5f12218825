//! One page of a bucket listing: the answer's text, and where in it each object's parts stand.
//!
//! `scan` reads the plain form that servers send, `walk` any other; both fill a `draft`. `records` is what is
//! kept of each object; a [`Page`] hands out [`Object`](super::Object)s that borrow from it.

mod content;
mod draft;
mod records;
mod scan;
mod walk;

pub(super) use self::{
    draft::{decoded, decoded_marker},
    records::{More, Record, Span},
    walk::not_empty,
};

pub use self::content::Page;
use self::draft::DOCUMENT;
use crate::Error;

impl Page {
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
