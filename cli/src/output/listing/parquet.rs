//! A listing as one Parquet file, for DuckDB, Polars, Spark and whoever reads such tables.

use std::{
    io::{self, Write},
    sync::Arc,
};

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{Int64Builder, StringBuilder, TimestampMillisecondBuilder},
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::{
    arrow::ArrowWriter,
    basic::Compression,
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties},
};
use sts3::s3::{Bucket, Object, ObjectVersion};

use super::ListingWriter;
use crate::output::only_objects;

/// Rows that are handed to the writer together.
const BATCH: usize = 8 * 1024;
/// Rows of a row group: readers skip whole ones, writers keep one in memory.
const GROUP: usize = 128 * 1024;

/// Objects on their way into a Parquet file.
pub(super) struct Table<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: Arc<Schema>,
    rows: usize,
    key: StringBuilder,
    size: Int64Builder,
    last_modified: TimestampMillisecondBuilder,
    etag: StringBuilder,
    storage_class: StringBuilder,
    owner_id: StringBuilder,
    checksum_algorithm: StringBuilder,
    checksum_type: StringBuilder,
}

/// The columns: all but the key and the size may be null.
fn schema() -> Schema {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Schema::new(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("size", DataType::Int64, false),
        Field::new("last_modified", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true),
        text("etag"),
        text("storage_class"),
        text("owner_id"),
        text("checksum_algorithm"),
        text("checksum_type"),
    ])
}

impl<W: Write + Send> Table<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let schema = Arc::new(schema());
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP))
            // Keys are sorted: the smallest and largest of each page say where to look.
            .set_statistics_enabled(EnabledStatistics::Page)
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties)).map_err(failed)?;
        Ok(Self {
            writer,
            schema,
            rows: 0,
            key: StringBuilder::new(),
            size: Int64Builder::new(),
            last_modified: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            etag: StringBuilder::new(),
            storage_class: StringBuilder::new(),
            owner_id: StringBuilder::new(),
            checksum_algorithm: StringBuilder::new(),
            checksum_type: StringBuilder::new(),
        })
    }

    fn write_batch(&mut self) -> io::Result<()> {
        self.rows = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.key.finish()),
            Arc::new(self.size.finish()),
            Arc::new(self.last_modified.finish()),
            Arc::new(self.etag.finish()),
            Arc::new(self.storage_class.finish()),
            Arc::new(self.owner_id.finish()),
            Arc::new(self.checksum_algorithm.finish()),
            Arc::new(self.checksum_type.finish()),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(failed)
    }
}

impl<W: Write + Send> ListingWriter<W> for Table<W> {
    fn object(&mut self, object: &Object<'_>) -> io::Result<()> {
        self.key.append_value(object.key);
        // The largest object has 50 TB: what does not fit is no size.
        self.size.append_value(i64::try_from(object.size).unwrap_or(i64::MAX));
        let milliseconds = object.last_modified.map(|time| time.unix_timestamp_nanos() / 1_000_000);
        self.last_modified.append_option(milliseconds.and_then(|time| i64::try_from(time).ok()));
        self.etag.append_option(object.etag);
        self.storage_class.append_option(object.storage_class);
        self.owner_id.append_option(object.owner().and_then(|owner| owner.id));
        self.checksum_algorithm.append_option(object.checksum_algorithms().next());
        self.checksum_type.append_option(object.checksum_type());
        self.rows += 1;
        if self.rows == BATCH { self.write_batch() } else { Ok(()) }
    }

    fn version(&mut self, _: &ObjectVersion) -> io::Result<()> {
        Err(only_objects())
    }

    fn prefix(&mut self, _: &str) -> io::Result<()> {
        Err(only_objects())
    }

    fn bucket(&mut self, _: &Bucket) -> io::Result<()> {
        Err(only_objects())
    }

    /// The footer, without which there is no table.
    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.write_batch()?;
        self.writer.into_inner().map_err(failed)
    }

    /// Without its end a table could not be read at all; the file keeps the name of a partial one.
    fn abandon(self: Box<Self>) -> io::Result<W> {
        self.finish()
    }
}

/// The file's own error, if there is one in it.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}
