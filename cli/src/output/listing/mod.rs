//! The entries of a listing, one after the other, in any of the output forms: each form is a file of its own.

mod csv;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod quick_time;
mod text;
mod writer;

use std::io::{self, Write};

pub(crate) use self::{text::Columns, writer::ListingWriter};
use super::Output;

/// A listing in the given form.
pub(crate) fn listing_writer<W: Write + Send + 'static>(
    out: W,
    output: Output,
    columns: Columns,
) -> io::Result<Box<dyn ListingWriter<W> + Send>> {
    Ok(match output {
        Output::Text => Box::new(text::Text::new(out, columns)),
        Output::Json => Box::new(json::Json::array(out)),
        Output::Ndjson => Box::new(json::Json::lines(out)),
        Output::Csv => Box::new(csv::Rows::new(out, columns.versions, columns.is_terminal)),
        #[cfg(feature = "parquet")]
        Output::Parquet => Box::new(parquet::Table::new(out)?),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sts3::{
        Operation,
        s3::{ListObjectsV2, Page},
    };

    use super::*;

    /// A page with these keys, of 7 bytes each.
    fn page(keys: &[&str]) -> Page {
        let escaped = |key: &str| {
            let escape =
                |c: char| if c.is_alphanumeric() { c.to_string() } else { format!("&#{};", u32::from(c)) };
            key.chars().map(escape).collect::<String>()
        };
        let object = |key: &&str| {
            let modified = "2026-11-24T00:10:57.250Z";
            format!(
                "<Contents><Key>{}</Key><Size>7</Size><LastModified>{modified}</LastModified></Contents>",
                escaped(key)
            )
        };
        let objects: String = keys.iter().map(object).collect();
        let body = format!("<ListBucketResult><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>");
        ListObjectsV2::new("demo").parse(http::Response::new(body.into_bytes())).unwrap()
    }

    fn written(output: Output, keys: &[&str]) -> String {
        written_to(false, output, keys)
    }

    fn written_to(is_terminal: bool, output: Output, keys: &[&str]) -> String {
        let columns = Columns { is_terminal, ..Columns::default() };
        let mut listing = listing_writer(Vec::new(), output, columns).unwrap();
        for object in page(keys).objects() {
            listing.object(&object).unwrap();
        }
        listing.prefix("p/").unwrap();
        String::from_utf8(listing.finish().unwrap()).unwrap()
    }

    #[test]
    fn programs_get_keys_exactly_and_terminals_get_them_escaped() {
        let key = "a\u{1b}[2J,\"\n";
        let json: serde_json::Value = serde_json::from_str(&written(Output::Json, &[key, "b"])).unwrap();
        assert_eq!(json[0]["key"], key);
        assert_eq!(json[1]["last_modified"], "2026-11-24T00:10:57.25Z");
        assert_eq!(json[1]["etag"], json!(null));
        assert_eq!(json[2]["prefix"], "p/");
        let lines = written(Output::Ndjson, &[key]);
        let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(first["key"], key);
        let text = written(Output::Text, &[key]);
        assert!(text.contains("a\\u{1b}[2J,\"\\n"), "{text}");
        assert_eq!(text.lines().count(), 2);
        let csv = written(Output::Csv, &[key]);
        assert!(csv.starts_with("key,size,"), "{csv}");
        assert!(csv.contains("\"a\u{1b}[2J,\"\"\n\",7,"), "{csv}");
        let shown = written_to(true, Output::Csv, &[key]);
        assert!(shown.contains("\"a\\u{1b}[2J,\"\"\\n\",7,"), "{shown}");
    }

    #[test]
    fn an_empty_json_listing_is_an_empty_array() {
        let written = listing_writer(Vec::new(), Output::Json, Columns::default()).unwrap().finish().unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&written).unwrap(), json!([]));
    }

    #[test]
    fn a_listing_that_ends_early_is_never_a_whole_document_nor_an_empty_one() {
        for output in [Output::Json, Output::Csv, Output::Ndjson] {
            let none = listing_writer(Vec::new(), output, Columns::default()).unwrap().abandon().unwrap();
            assert_eq!(String::from_utf8(none).unwrap(), "", "{output:?}");
        }
        let mut some = listing_writer(Vec::new(), Output::Json, Columns::default()).unwrap();
        some.prefix("a/").unwrap();
        let some = some.abandon().unwrap();
        assert!(serde_json::from_slice::<serde_json::Value>(&some).unwrap_err().is_eof());
    }

    #[test]
    fn more_than_what_is_written_at_once_is_complete() {
        let keys: Vec<String> = (0..9000).map(|number| format!("{number:040}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let lines = written(Output::Ndjson, &keys);
        let listed = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let listed: Vec<String> = listed.filter_map(|line| line["key"].as_str().map(str::to_owned)).collect();
        assert_eq!(listed, keys);
    }
}
