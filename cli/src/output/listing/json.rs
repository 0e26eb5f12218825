//! One JSON value a line, or all in one array. An object's is written by hand (`object`).

mod object;

use std::io::{self, Write};

use serde::Serialize;
use sts3::s3::{Bucket, Object, ObjectVersion};

use self::object::append_object;
use super::ListingWriter;
use crate::output::{escape::json_line, iso};

/// What is written at once. Not less than a buffered writer behind it holds, which then need not copy it again.
const BLOCK: usize = 256 * 1024;

/// Entries as JSON.
pub(super) struct Json<W> {
    out: W,
    /// What is not written yet.
    text: Vec<u8>,
    /// In front of the next entry, and of all that follow.
    next: &'static [u8],
    separator: &'static [u8],
    /// Behind the last entry.
    end: &'static [u8],
    /// Without any entry.
    empty: &'static [u8],
}

#[derive(Serialize)]
struct Prefix<'a> {
    prefix: &'a str,
}

#[derive(Serialize)]
struct Version<'a> {
    key: &'a str,
    version_id: &'a str,
    is_latest: bool,
    is_delete_marker: bool,
    size: u64,
    last_modified: Option<String>,
    etag: Option<&'a str>,
    storage_class: Option<&'a str>,
}

#[derive(Serialize)]
struct NamedBucket<'a> {
    bucket: &'a str,
    creation_date: Option<String>,
    region: Option<&'a str>,
}

impl<W: Write> Json<W> {
    pub(super) fn lines(out: W) -> Self {
        Self { out, text: Vec::new(), next: b"", separator: b"\n", end: b"\n", empty: b"" }
    }

    pub(super) fn array(out: W) -> Self {
        // It begins with its first entry: where an error comes before that, nothing is written that a reader could take
        // for an answer.
        Self { out, text: Vec::new(), next: b"[\n", separator: b",\n", end: b"\n]\n", empty: b"[]\n" }
    }

    fn entry(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.separate()?;
        self.text.extend_from_slice(json_line(value)?.as_bytes());
        Ok(())
    }

    /// Make place for an entry.
    fn separate(&mut self) -> io::Result<()> {
        if self.text.len() >= BLOCK {
            self.write_out()?;
        }
        self.text.extend_from_slice(self.next);
        self.next = self.separator;
        Ok(())
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.out.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }
}

impl<W: Write> ListingWriter<W> for Json<W> {
    fn object(&mut self, object: &Object<'_>) -> io::Result<()> {
        self.separate()?;
        append_object(&mut self.text, object);
        Ok(())
    }

    fn version(&mut self, version: &ObjectVersion) -> io::Result<()> {
        self.entry(&Version {
            key: &version.key,
            version_id: &version.version_id,
            is_latest: version.is_latest,
            is_delete_marker: version.is_delete_marker,
            size: version.size,
            last_modified: version.last_modified.map(iso),
            etag: version.etag.as_deref(),
            storage_class: version.storage_class.as_deref(),
        })
    }

    fn prefix(&mut self, prefix: &str) -> io::Result<()> {
        self.entry(&Prefix { prefix })
    }

    fn bucket(&mut self, bucket: &Bucket) -> io::Result<()> {
        self.entry(&NamedBucket {
            bucket: &bucket.name,
            creation_date: bucket.creation_date.map(iso),
            region: bucket.region.as_deref(),
        })
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        let has_entries = self.next == self.separator;
        self.text.extend_from_slice(if has_entries { self.end } else { self.empty });
        self.write_out()?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Lines are whole each; an array stays open, so that no parser takes it for all there is.
    fn abandon(mut self: Box<Self>) -> io::Result<W> {
        if self.next == self.separator {
            self.text.push(b'\n');
        }
        self.write_out()?;
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::ser::Formatter;
    use sts3::{
        Operation,
        s3::{ListBuckets, ListObjectVersions, ListObjectsV2},
    };

    use super::*;
    use crate::output::escape::steers;

    /// `serde_json`'s compact form, with what steers a terminal escaped.
    struct Escaping;

    impl Formatter for Escaping {
        fn write_string_fragment<W: ?Sized + Write>(
            &mut self,
            out: &mut W,
            fragment: &str,
        ) -> io::Result<()> {
            for c in fragment.chars() {
                if steers(c) { write!(out, "\\u{:04x}", u32::from(c))? } else { write!(out, "{c}")? }
            }
            Ok(())
        }
    }

    fn serialized(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Escaping)).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Keys with every kind of character, and objects with each of their members and without.
    fn body() -> String {
        let mut objects = String::new();
        let texts =
            ["plain", "&quot;\\&#x1F980;", "&#x9B;&#x202E;&#x7F;&#x2028;&#x61C;", "a&#x9;b&#xA;", "\u{fc}"];
        let sizes = [0, 10, 1_000_000_007, u64::MAX];
        for (number, text) in texts.iter().enumerate() {
            for members in 0..16 {
                let member =
                    |bit: usize, xml: String| if members & (1 << bit) == 0 { String::new() } else { xml };
                objects += "<Contents>";
                objects +=
                    &format!("<Key>{text}{members}</Key><Size>{}</Size>", sizes[(number + members) % 4]);
                let fraction = ["", ".25", ".972117714"][number % 3];
                objects += &member(0, format!("<LastModified>2026-11-24T00:10:57{fraction}Z</LastModified>"));
                objects +=
                    &member(1, format!("<ETag>&quot;{text}&quot;</ETag><StorageClass>{text}</StorageClass>"));
                objects +=
                    &member(2, format!("<Owner><ID>{text}</ID></Owner><ChecksumType>{text}</ChecksumType>"));
                objects += &member(
                    3,
                    format!(
                        "<ChecksumAlgorithm>{text}</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm>\
                     <RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>\
                     <RestoreExpiryDate>2026-12-01T00:00:00Z</RestoreExpiryDate></RestoreStatus>"
                    ),
                );
                objects += "</Contents>";
            }
        }
        format!("<ListBucketResult><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>")
    }

    #[test]
    fn rows_are_byte_for_byte_what_the_library_serializes() {
        let page = ListObjectsV2::new("b").parse(http::Response::new(body().into_bytes())).unwrap();
        assert_eq!(page.keys().len(), 80);
        let mut lines = Json::lines(Vec::new());
        let mut array = Json::array(Vec::new());
        let mut expected = Vec::new();
        for object in page.objects() {
            lines.object(&object).unwrap();
            array.object(&object).unwrap();
            expected.push(serialized(&object));
        }
        assert_eq!(String::from_utf8(Box::new(lines).finish().unwrap()).unwrap(), expected.join("\n") + "\n");
        let whole = String::from_utf8(Box::new(array).finish().unwrap()).unwrap();
        assert_eq!(whole, format!("[\n{}\n]\n", expected.join(",\n")));
    }

    #[test]
    fn buckets_and_versions_have_the_names_of_the_library_s_own_fields() {
        let body = "<ListAllMyBucketsResult><Buckets><Bucket><Name>logs</Name><BucketRegion>eu-west-1</BucketRegion>\
                    <CreationDate>2026-11-24T00:10:57Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>";
        let buckets = ListBuckets::new().parse(http::Response::new(body.as_bytes().to_vec())).unwrap();
        let body = "<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>k&#x9B;</Key><VersionId>v</VersionId>\
                    <IsLatest>true</IsLatest><LastModified>2026-11-24T00:10:57Z</LastModified><Size>7</Size></Version>\
                    </ListVersionsResult>";
        let versions =
            ListObjectVersions::new("b").parse(http::Response::new(body.as_bytes().to_vec())).unwrap();
        let mut lines = Json::lines(Vec::new());
        lines.bucket(&buckets.buckets[0]).unwrap();
        lines.version(&versions.versions[0]).unwrap();
        let expected = [serialized(&buckets.buckets[0]), serialized(&versions.versions[0]), String::new()];
        assert_eq!(String::from_utf8(Box::new(lines).finish().unwrap()).unwrap(), expected.join("\n"));
    }
}
