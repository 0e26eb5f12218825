//! Writing results: text for people, JSON and CSV for programs.
//!
//! `listing` writes objects and prefixes, `credentials` keys in the forms that shells (`shells`) and SDKs read,
//! `explanation` what differs between two signatures; `escape` keeps terminals safe from what is written, `target`
//! is where it goes, `form` in which form; here is what small results share.

mod credentials;
mod escape;
mod explanation;
mod form;
mod listing;
mod shells;
mod target;

use std::io::{self, IsTerminal, Write};

pub(crate) use credentials::{Format, variables, write_credentials};
pub(crate) use escape::{csv_field, escaped_json, json_line, json_pretty, printable, shell_quoted};
pub(crate) use explanation::write_explanation;
#[cfg(feature = "parquet")]
pub(crate) use form::only_objects;
pub(crate) use form::{Output, human_size, iso, iso_seconds};
pub(crate) use listing::{Columns, ListingWriter, listing_writer};
use serde_json::Value;
pub(crate) use target::Target;

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
        Output::Parquet => return Err(only_objects()),
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
