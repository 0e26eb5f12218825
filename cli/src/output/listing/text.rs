//! Lines for people.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use sts3::s3::{Bucket, Object, ObjectVersion};
use time::OffsetDateTime;

use super::{ListingWriter, quick_time::Rfc3339};
use crate::{
    color::Paint,
    output::{human_size, printable},
};

/// How lines look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// Storage class, ETag and owner beside time and size.
    pub(crate) long: bool,
    /// `1.2 KiB` instead of `1234`.
    pub(crate) human: bool,
    pub(crate) paint: Paint,
    /// Versions and delete markers are listed.
    pub(crate) versions: bool,
    /// Somebody watches.
    pub(crate) is_terminal: bool,
    /// Leave this out in front of names, as in a directory.
    pub(crate) hidden_prefix: String,
}

impl Columns {
    fn name<'a>(&self, key: &'a str) -> Cow<'a, str> {
        printable(key.strip_prefix(&self.hidden_prefix).unwrap_or(key))
    }

    fn size(&self, bytes: u64) -> String {
        if self.human { human_size(bytes) } else { bytes.to_string() }
    }
}

/// One entry a line.
pub(super) struct Text<W> {
    out: W,
    columns: Columns,
}

impl<W> Text<W> {
    pub(super) fn new(out: W, columns: Columns) -> Self {
        Self { out, columns }
    }
}

impl<W: Write> ListingWriter<W> for Text<W> {
    fn object(&mut self, object: &Object<'_>) -> io::Result<()> {
        let time = day_and_time(object.last_modified);
        let (size, name) = (self.columns.size(object.size), self.columns.name(object.key));
        if !self.columns.long {
            return writeln!(self.out, "{time} {size:>12} {name}");
        }
        let (class, etag) = class_and_etag(object.storage_class, object.etag);
        write!(self.out, "{time} {size:>12} {class:<19} {etag:<35} ")?;
        if let Some(owner) = object.owner().and_then(|owner| owner.display_name.or(owner.id)) {
            write!(self.out, "{} ", printable(&owner))?;
        }
        writeln!(self.out, "{name}")
    }

    fn version(&mut self, version: &ObjectVersion) -> io::Result<()> {
        let size = if version.is_delete_marker {
            format!("{:>12}", self.columns.paint.alarm("DELETED"))
        } else {
            format!("{:>12}", self.columns.size(version.size))
        };
        let time = day_and_time(version.last_modified);
        let state = if version.is_latest { "latest" } else { "-" };
        write!(self.out, "{time} {size} {state:<6} {:<32} ", printable(&version.version_id))?;
        if self.columns.long {
            let (class, etag) = class_and_etag(version.storage_class.as_deref(), version.etag.as_deref());
            write!(self.out, "{class:<19} {etag:<35} ")?;
        }
        writeln!(self.out, "{}", self.columns.name(&version.key))
    }

    fn prefix(&mut self, prefix: &str) -> io::Result<()> {
        let paint = self.columns.paint;
        let name = paint.folder(self.columns.name(prefix));
        writeln!(self.out, "{:>19} {:>12} {name}", "", paint.quiet("PRE"))
    }

    fn bucket(&mut self, bucket: &Bucket) -> io::Result<()> {
        let region = bucket.region.as_deref().filter(|_| self.columns.long).unwrap_or_default();
        let line = format!("{} {} {region}", day_and_time(bucket.creation_date), printable(&bucket.name));
        writeln!(self.out, "{}", line.trim_end())
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    /// Each line stands for itself.
    fn abandon(self: Box<Self>) -> io::Result<W> {
        self.finish()
    }
}

fn class_and_etag<'a>(class: Option<&'a str>, etag: Option<&'a str>) -> (Cow<'a, str>, Cow<'a, str>) {
    (printable(class.unwrap_or("-")), printable(etag.unwrap_or("-")))
}

/// `2026-11-24 02:26:30`, in UTC.
fn day_and_time(time: Option<OffsetDateTime>) -> String {
    match time {
        None => format!("{:19}", "-"),
        Some(time) => Rfc3339::new(time).to_seconds(),
    }
}
