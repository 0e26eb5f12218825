//! Rows of comma-separated values.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use sts3::s3::{Bucket, Object, ObjectVersion};

use super::{ListingWriter, quick_time::Rfc3339};
use crate::output::{csv_field, iso};

const HEADER: [&str; 8] =
    ["key", "size", "last_modified", "etag", "storage_class", "type", "version_id", "is_latest"];
/// How many columns there are when versions are not listed.
const WITHOUT_VERSIONS: usize = 6;

/// One entry a row, after a header.
pub(super) struct Rows<W: Write> {
    csv: csv::Writer<W>,
    columns: usize,
    has_header: bool,
    /// Somebody watches: fields are escaped.
    is_terminal: bool,
}

impl<W: Write> Rows<W> {
    pub(super) fn new(out: W, versions: bool, is_terminal: bool) -> Self {
        let columns = if versions { HEADER.len() } else { WITHOUT_VERSIONS };
        Self { csv: csv::Writer::from_writer(out), columns, has_header: false, is_terminal }
    }

    /// The header comes with the first row, or at the end: before that, an error may come.
    fn header(&mut self) -> io::Result<()> {
        if !self.has_header {
            self.csv.write_record(HEADER.iter().take(self.columns))?;
            self.has_header = true;
        }
        Ok(())
    }

    fn flushed(self) -> io::Result<W> {
        let mut out = self.csv.into_inner().map_err(|error| {
            let error = error.error();
            io::Error::new(error.kind(), error.to_string())
        })?;
        out.flush()?;
        Ok(out)
    }

    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        csv_field(text, self.is_terminal)
    }
}

impl<W: Write> ListingWriter<W> for Rows<W> {
    fn object(&mut self, object: &Object<'_>) -> io::Result<()> {
        self.header()?;
        let time = object.last_modified.map(Rfc3339::new);
        let (key, etag) = (self.text(object.key), self.text(object.etag.unwrap_or_default()));
        let class = self.text(object.storage_class.unwrap_or_default());
        Ok(self.csv.write_record([
            key.as_bytes(),
            object.size.to_string().as_bytes(),
            time.as_ref().map(Rfc3339::as_bytes).unwrap_or_default(),
            etag.as_bytes(),
            class.as_bytes(),
            b"object",
        ])?)
    }

    fn version(&mut self, version: &ObjectVersion) -> io::Result<()> {
        self.header()?;
        let (key, id) = (self.text(&version.key), self.text(&version.version_id));
        let etag = self.text(version.etag.as_deref().unwrap_or_default());
        let class = self.text(version.storage_class.as_deref().unwrap_or_default());
        Ok(self.csv.write_record([
            &*key,
            &version.size.to_string(),
            version.last_modified.map(iso).as_deref().unwrap_or_default(),
            &*etag,
            &*class,
            if version.is_delete_marker { "delete-marker" } else { "version" },
            &*id,
            if version.is_latest { "true" } else { "false" },
        ])?)
    }

    fn prefix(&mut self, prefix: &str) -> io::Result<()> {
        self.header()?;
        let prefix = self.text(prefix);
        Ok(self.csv.write_record([&*prefix, "", "", "", "", "prefix", "", ""].iter().take(self.columns))?)
    }

    fn bucket(&mut self, bucket: &Bucket) -> io::Result<()> {
        self.header()?;
        let created = bucket.creation_date.map(iso).unwrap_or_default();
        let name = self.text(&bucket.name);
        Ok(self.csv.write_record([&*name, "", &created, "", "", "bucket"])?)
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.header()?;
        self.flushed()
    }

    fn abandon(self: Box<Self>) -> io::Result<W> {
        self.flushed()
    }
}
