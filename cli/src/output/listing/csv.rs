//! Rows of comma-separated values.

use std::io::{self, Write};

use sts3::s3::{Bucket, Object, ObjectVersion};

use super::{ListingWriter, quick_time::Rfc3339};
use crate::output::iso;

const HEADER: [&str; 8] =
    ["key", "size", "last_modified", "etag", "storage_class", "type", "version_id", "is_latest"];
/// How many columns there are when versions are not listed.
const WITHOUT_VERSIONS: usize = 6;

/// One entry a row, after a header.
pub(super) struct Rows<W: Write> {
    csv: csv::Writer<W>,
    columns: usize,
}

impl<W: Write> Rows<W> {
    pub(super) fn new(out: W, versions: bool) -> io::Result<Self> {
        let columns = if versions { HEADER.len() } else { WITHOUT_VERSIONS };
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(HEADER.iter().take(columns))?;
        Ok(Self { csv, columns })
    }
}

impl<W: Write> ListingWriter<W> for Rows<W> {
    fn object(&mut self, object: &Object<'_>) -> io::Result<()> {
        let time = object.last_modified.map(Rfc3339::new);
        Ok(self.csv.write_record([
            object.key.as_bytes(),
            object.size.to_string().as_bytes(),
            time.as_ref().map(Rfc3339::as_bytes).unwrap_or_default(),
            object.etag.unwrap_or_default().as_bytes(),
            object.storage_class.unwrap_or_default().as_bytes(),
            b"object",
        ])?)
    }

    fn version(&mut self, version: &ObjectVersion) -> io::Result<()> {
        Ok(self.csv.write_record([
            version.key.as_str(),
            &version.size.to_string(),
            version.last_modified.map(iso).as_deref().unwrap_or_default(),
            version.etag.as_deref().unwrap_or_default(),
            version.storage_class.as_deref().unwrap_or_default(),
            if version.is_delete_marker { "delete-marker" } else { "version" },
            version.version_id.as_str(),
            if version.is_latest { "true" } else { "false" },
        ])?)
    }

    fn prefix(&mut self, prefix: &str) -> io::Result<()> {
        Ok(self.csv.write_record([prefix, "", "", "", "", "prefix", "", ""].iter().take(self.columns))?)
    }

    fn bucket(&mut self, bucket: &Bucket) -> io::Result<()> {
        let created = bucket.creation_date.map(iso).unwrap_or_default();
        Ok(self.csv.write_record([bucket.name.as_str(), "", &created, "", "", "bucket"])?)
    }

    fn finish(self: Box<Self>) -> io::Result<W> {
        let mut out = self.csv.into_inner().map_err(|error| {
            let error = error.error();
            io::Error::new(error.kind(), error.to_string())
        })?;
        out.flush()?;
        Ok(out)
    }
}
