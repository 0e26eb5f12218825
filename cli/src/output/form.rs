//! The forms of results, and of sizes and times in them.

#[cfg(feature = "parquet")]
use std::io;

use clap::ValueEnum;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Text,
    /// One JSON value.
    Json,
    /// One JSON value per line.
    Ndjson,
    /// Comma-separated values with a header: names exactly, but escaped on a terminal.
    Csv,
    /// A table for query engines: `ls -r` with --out.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Rows are objects.
#[cfg(feature = "parquet")]
pub(crate) fn only_objects() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "only `ls -r` of a bucket can be written as Parquet")
}

/// `1234` → `1.2 KiB`.
pub(crate) fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut size = bytes as f64;
    for unit in UNITS {
        if size < 1024.0 || unit == "EiB" {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    String::new()
}

/// `2026-11-24T02:26:30Z`.
pub(crate) fn iso(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// The same in whole seconds, and never later: for ends of credentials, which some programs read no fractions of.
pub(crate) fn iso_seconds(time: OffsetDateTime) -> String {
    iso(time.replace_nanosecond(0).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, shown) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (u64::MAX, "16.0 EiB")]
        {
            assert_eq!(human_size(bytes), shown);
        }
    }
}
