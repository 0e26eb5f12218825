//! Writing results: text for people, JSON and CSV for programs.
//!
//! `listing` writes objects and prefixes, `credentials` keys in the forms that shells and SDKs read,
//! `explanation` what differs between two signatures; here is what they share.

mod credentials;
mod explanation;
mod listing;
mod target;

use std::{
    borrow::Cow,
    io::{self, Write},
};

pub(crate) use credentials::{Format, variables, write_credentials};
pub(crate) use explanation::write_explanation;
#[cfg(feature = "parquet")]
pub(crate) use listing::parquet;
pub(crate) use listing::{Columns, ListingWriter, listing_writer};
use serde_json::Value;
pub(crate) use target::Target;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::common::Output;

/// Text with control characters (and those that reverse the reading direction) written as escapes, so that no
/// key and no message of a server can steer a terminal.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // Nearly all text is plain ASCII, which is seen sooner.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
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
            if output == Output::Json {
                serde_json::to_writer_pretty(&mut out, &object)?;
            } else {
                serde_json::to_writer(&mut out, &object)?;
            }
            writeln!(out)?;
        }
        Output::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(fields.iter().map(|(name, _)| *name))?;
            csv.write_record(fields.iter().map(|(_, value)| plain(value)))?;
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
    fn nothing_that_steers_a_terminal_is_printed() {
        assert_eq!(
            printable("a\u{1b}[31mb\n\t\u{7f}\u{9b}\u{202e}"),
            "a\\u{1b}[31mb\\n\\t\\u{7f}\\u{9b}\\u{202e}"
        );
        assert_eq!(printable("파일 é \\"), "파일 é \\");
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, shown) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (u64::MAX, "16.0 EiB")]
        {
            assert_eq!(human_size(bytes), shown);
        }
    }
}
