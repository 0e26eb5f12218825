use std::io;

use sts3::s3::{Bucket, Object, ObjectVersion};

/// Writes a listing entry by entry.
pub(crate) trait ListingWriter<W> {
    /// An object.
    fn object(&mut self, object: &Object<'_>) -> io::Result<()>;
    /// A version of an object, or the marker of its deletion.
    fn version(&mut self, version: &ObjectVersion) -> io::Result<()>;
    /// A common prefix.
    fn prefix(&mut self, prefix: &str) -> io::Result<()>;
    /// A bucket.
    fn bucket(&mut self, bucket: &Bucket) -> io::Result<()>;
    /// After the last entry.
    fn finish(self: Box<Self>) -> io::Result<W>;
    /// The listing ends early: what has been written must not look whole.
    fn abandon(self: Box<Self>) -> io::Result<W>;
}
