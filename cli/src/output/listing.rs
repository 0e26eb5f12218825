use std::io::{self, Write};

use serde_json::json;
use sts3::s3::{Bucket, Object};
use time::OffsetDateTime;

use super::{human_size, iso, printable};
use crate::common::Output;

/// How the text form looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// Storage class, ETag and owner beside time and size.
    pub(crate) long: bool,
    /// `1.2 KiB` instead of `1234`.
    pub(crate) human: bool,
    /// Leave this out in front of names, as in a directory.
    pub(crate) hidden_prefix: String,
}

/// Writes a listing entry by entry, in any of the output forms.
pub(crate) struct ListingWriter<W: Write> {
    out: W,
    output: Output,
    columns: Columns,
    entries: u64,
}

const CSV_HEADER: [&str; 6] = ["key", "size", "last_modified", "etag", "storage_class", "type"];

impl<W: Write> ListingWriter<W> {
    pub(crate) fn new(out: W, output: Output, columns: Columns) -> io::Result<Self> {
        let mut writer = Self { out, output, columns, entries: 0 };
        match output {
            Output::Json => writer.out.write_all(b"[")?,
            Output::Csv => writer.csv(&CSV_HEADER.map(str::to_owned))?,
            Output::Text | Output::Ndjson => {}
        }
        Ok(writer)
    }

    pub(crate) fn object(&mut self, object: &Object) -> io::Result<()> {
        match self.output {
            Output::Text => self.object_text(object)?,
            Output::Csv => self.csv(&[
                object.key.clone(),
                object.size.to_string(),
                object.last_modified.map(iso).unwrap_or_default(),
                object.etag.clone().unwrap_or_default(),
                object.storage_class.clone().unwrap_or_default(),
                "object".into(),
            ])?,
            Output::Json | Output::Ndjson => self.json(object_json(object))?,
        }
        self.entries += 1;
        Ok(())
    }

    pub(crate) fn prefix(&mut self, prefix: &str) -> io::Result<()> {
        match self.output {
            Output::Text => {
                let name = self.name(prefix).into_owned();
                writeln!(self.out, "{:>19} {:>12} {name}", "", "PRE")?;
            }
            Output::Csv => {
                let [key, kind] = [prefix.to_owned(), "prefix".to_owned()];
                self.csv(&[key, String::new(), String::new(), String::new(), String::new(), kind])?;
            }
            Output::Json | Output::Ndjson => self.json(json!({ "prefix": prefix }))?,
        }
        self.entries += 1;
        Ok(())
    }

    pub(crate) fn bucket(&mut self, bucket: &Bucket) -> io::Result<()> {
        match self.output {
            Output::Text => {
                let region = bucket.region.as_deref().filter(|_| self.columns.long).unwrap_or_default();
                let line =
                    format!("{} {} {region}", day_and_time(bucket.creation_date), printable(&bucket.name));
                writeln!(self.out, "{}", line.trim_end())?;
            }
            Output::Csv => self.csv(&[
                bucket.name.clone(),
                String::new(),
                bucket.creation_date.map(iso).unwrap_or_default(),
                String::new(),
                String::new(),
                "bucket".into(),
            ])?,
            Output::Json | Output::Ndjson => self.json(json!({
                "bucket": bucket.name,
                "creation_date": bucket.creation_date.map(iso),
                "region": bucket.region,
            }))?,
        }
        self.entries += 1;
        Ok(())
    }

    /// After the last entry.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match self.output {
            Output::Json if self.entries == 0 => self.out.write_all(b"]\n")?,
            Output::Json => self.out.write_all(b"\n]\n")?,
            _ => {}
        }
        self.out.flush()
    }

    fn object_text(&mut self, object: &Object) -> io::Result<()> {
        let size = if self.columns.human { human_size(object.size) } else { object.size.to_string() };
        let time = day_and_time(object.last_modified);
        let name = self.name(&object.key).into_owned();
        if !self.columns.long {
            return writeln!(self.out, "{time} {size:>12} {name}");
        }
        let class = printable(object.storage_class.as_deref().unwrap_or("-"));
        let etag = printable(object.etag.as_deref().unwrap_or("-"));
        let owner =
            object.owner.as_ref().and_then(|owner| owner.display_name.as_deref().or(owner.id.as_deref()));
        write!(self.out, "{time} {size:>12} {class:<19} {etag:<35} ")?;
        if let Some(owner) = owner {
            write!(self.out, "{} ", printable(owner))?;
        }
        writeln!(self.out, "{name}")
    }

    fn name<'a>(&self, key: &'a str) -> std::borrow::Cow<'a, str> {
        printable(key.strip_prefix(&self.columns.hidden_prefix).unwrap_or(key))
    }

    fn json(&mut self, value: serde_json::Value) -> io::Result<()> {
        if self.output == Output::Json {
            self.out.write_all(if self.entries == 0 { b"\n" } else { b",\n" })?;
        }
        serde_json::to_writer(&mut self.out, &value)?;
        if self.output == Output::Ndjson {
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn csv(&mut self, row: &[String; 6]) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(&mut self.out);
        csv.write_record(row)?;
        csv.flush()
    }
}

fn object_json(object: &Object) -> serde_json::Value {
    let owner =
        object.owner.as_ref().map(|owner| json!({ "id": owner.id, "display_name": owner.display_name }));
    let restore = object.restore_status.as_ref().map(
        |status| json!({ "in_progress": status.in_progress, "expiry_date": status.expiry_date.map(iso) }),
    );
    let algorithms = Some(&object.checksum_algorithms).filter(|list| !list.is_empty());
    let always = [
        ("key", json!(object.key)),
        ("size", json!(object.size)),
        ("last_modified", json!(object.last_modified.map(iso))),
        ("etag", json!(object.etag)),
        ("storage_class", json!(object.storage_class)),
    ];
    let if_known = [
        ("owner", owner),
        ("checksum_algorithm", algorithms.map(|list| json!(list))),
        ("checksum_type", object.checksum_type.as_ref().map(|kind| json!(kind))),
        ("restore_status", restore),
    ];
    let if_known = if_known.into_iter().filter_map(|(name, value)| Some((name, value?)));
    always.into_iter().chain(if_known).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// `2026-11-24 02:26:30`, in UTC.
fn day_and_time(time: Option<OffsetDateTime>) -> String {
    match time {
        None => format!("{:19}", "-"),
        Some(time) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            time.year(),
            u8::from(time.month()),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(output: Output, keys: &[&str]) -> String {
        let mut out = Vec::new();
        let mut writer = ListingWriter::new(&mut out, output, Columns::default()).unwrap();
        for key in keys {
            let mut object = Object::default();
            object.key = (*key).to_owned();
            object.size = 7;
            writer.object(&object).unwrap();
        }
        writer.prefix("p/").unwrap();
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn programs_get_keys_exactly_and_terminals_get_them_escaped() {
        let key = "a\u{1b}[2J,\"\n";
        let json: serde_json::Value = serde_json::from_str(&written(Output::Json, &[key, "b"])).unwrap();
        assert_eq!(json[0]["key"], key);
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
    }

    #[test]
    fn an_empty_json_listing_is_an_empty_array() {
        let mut out = Vec::new();
        ListingWriter::new(&mut out, Output::Json, Columns::default()).unwrap().finish().unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).unwrap(), json!([]));
    }
}
