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

/// Records of the same names: a table of some of them for people, with a line of headings; all of them for programs.
pub(crate) fn write_records(
    output: Output,
    columns: &[&str],
    records: impl Iterator<Item = Vec<(&'static str, Value)>>,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let object = |record: Vec<(&str, Value)>| -> serde_json::Map<_, _> {
        record.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    };
    match output {
        Output::Text => write_table(&mut out, columns, records)?,
        Output::Json => writeln!(out, "{}", json_pretty(&records.map(object).collect::<Vec<_>>())?)?,
        Output::Ndjson => {
            for record in records {
                writeln!(out, "{}", json_line(&object(record))?)?;
            }
        }
        Output::Csv => {
            let is_terminal = out.is_terminal();
            let mut csv = csv::Writer::from_writer(&mut out);
            let mut has_header = false;
            for record in records {
                if !has_header {
                    csv.write_record(record.iter().map(|(name, _)| *name))?;
                    has_header = true;
                }
                let fields =
                    record.iter().map(|(_, value)| csv_field(&plain(value), is_terminal).into_owned());
                csv.write_record(fields)?;
            }
            csv.flush()?;
        }
        #[cfg(feature = "parquet")]
        Output::Parquet => return Err(only_objects()),
    }
    out.flush()
}

/// Columns as wide as their widest field; the last one has no end.
fn write_table(
    out: &mut impl Write,
    columns: &[&str],
    records: impl Iterator<Item = Vec<(&'static str, Value)>>,
) -> io::Result<()> {
    let field = |record: &[(&str, Value)], column: &str| {
        let value = record.iter().find(|(name, _)| *name == column).map(|(_, value)| plain(value));
        let value = value.filter(|value| !value.is_empty()).unwrap_or_else(|| "-".to_owned());
        printable(&value).into_owned()
    };
    let rows: Vec<Vec<String>> =
        records.map(|record| columns.iter().map(|column| field(&record, column)).collect()).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let heading = columns.iter().map(|column| column.replace('_', " "));
    let rows: Vec<Vec<String>> = std::iter::once(heading.collect()).chain(rows).collect();
    let width = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|field| field.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    for row in &rows {
        let line: String =
            row.iter().zip(&widths).map(|(field, width)| format!("{field:width$}  ")).collect();
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
