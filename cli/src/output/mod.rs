//! Writing results: text for people, JSON and CSV for programs.
//!
//! `listing` writes objects and prefixes, `credentials` keys in the forms that shells and SDKs read,
//! `explanation` what differs between two signatures; `escape` keeps terminals safe from what is written, `target`
//! is where it goes; here is what they share.

mod credentials;
mod escape;
mod explanation;
mod listing;
mod target;

use std::io::{self, IsTerminal, Write};

pub(crate) use credentials::{Format, variables, write_credentials};
pub(crate) use escape::{csv_field, escaped_json, json_line, json_pretty, printable, shell_quoted};
pub(crate) use explanation::write_explanation;
#[cfg(feature = "parquet")]
pub(crate) use listing::parquet;
pub(crate) use listing::{Columns, ListingWriter, listing_writer};
use serde_json::Value;
pub(crate) use target::Target;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::common::Output;

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

/// A record of named values: aligned lines for people, an object or a CSV row for programs.
pub(crate) fn write_record(output: Output, fields: &[(&str, Value)]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match output {
        Output::Text => {
            let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                writeln!(out, "{name:width$}  {}", printable(&plain(value)))?;
            }
        }
        Output::Json | Output::Ndjson => {
            let object: serde_json::Map<_, _> =
                fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let json = if output == Output::Json { json_pretty(&object)? } else { json_line(&object)? };
            writeln!(out, "{json}")?;
        }
        Output::Csv => {
            let is_terminal = out.is_terminal();
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(fields.iter().map(|(name, _)| *name))?;
            csv.write_record(
                fields.iter().map(|(_, value)| csv_field(&plain(value), is_terminal).into_owned()),
            )?;
            csv.flush()?;
        }
        #[cfg(feature = "parquet")]
        Output::Parquet => return Err(parquet::only_objects()),
    }
    out.flush()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
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
