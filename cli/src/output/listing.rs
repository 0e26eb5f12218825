use std::io::{self, Write};

use serde::Serialize;
use sts3::s3::{Bucket, Object, ObjectVersion};
use time::OffsetDateTime;

use super::{human_size, iso, json_object, printable};
use crate::{color::Paint, common::Output};

/// How the text form looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    /// Storage class, ETag and owner beside time and size.
    pub(crate) long: bool,
    /// `1.2 KiB` instead of `1234`.
    pub(crate) human: bool,
    pub(crate) paint: Paint,
    /// Versions and delete markers are listed.
    pub(crate) versions: bool,
    /// Leave this out in front of names, as in a directory.
    pub(crate) hidden_prefix: String,
}

/// Writes a listing entry by entry, in any of the output forms.
pub(crate) struct ListingWriter<W: Write + Send> {
    out: Form<W>,
    columns: Columns,
    entries: u64,
    /// The line being written.
    line: Vec<u8>,
}

enum Form<W: Write + Send> {
    Text(W),
    /// One value per line, or all in one array.
    Json(W, Output),
    Csv(Box<csv::Writer<W>>),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::Table<W>>),
}

const CSV_HEADER: [&str; 8] =
    ["key", "size", "last_modified", "etag", "storage_class", "type", "version_id", "is_latest"];
/// How many of them there are when versions are not listed.
const WITHOUT_VERSIONS: usize = 6;

#[derive(Serialize)]
struct JsonPrefix<'a> {
    prefix: &'a str,
}

#[derive(Serialize)]
struct JsonVersion<'a> {
    key: &'a str,
    version_id: &'a str,
    is_latest: bool,
    is_delete_marker: bool,
    size: u64,
    last_modified: Option<String>,
    etag: Option<&'a str>,
    storage_class: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonBucket<'a> {
    bucket: &'a str,
    creation_date: Option<String>,
    region: Option<&'a str>,
}

impl<W: Write + Send> ListingWriter<W> {
    pub(crate) fn new(mut out: W, output: Output, columns: Columns) -> io::Result<Self> {
        let out = match output {
            Output::Text => Form::Text(out),
            Output::Ndjson => Form::Json(out, output),
            Output::Json => {
                out.write_all(b"[")?;
                Form::Json(out, output)
            }
            Output::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                let count = if columns.versions { CSV_HEADER.len() } else { WITHOUT_VERSIONS };
                csv.write_record(CSV_HEADER.iter().take(count))?;
                Form::Csv(Box::new(csv))
            }
            #[cfg(feature = "parquet")]
            Output::Parquet => Form::Parquet(Box::new(super::parquet::Table::new(out)?)),
        };
        Ok(Self { out, columns, entries: 0, line: Vec::new() })
    }

    pub(crate) fn object(&mut self, object: &Object<'_>) -> io::Result<()> {
        let mut time = [0; TIME_LENGTH];
        let time = object.last_modified.map(|modified| write_time(modified, &mut time));
        match &mut self.out {
            Form::Text(out) => object_text(out, &self.columns, object)?,
            Form::Csv(csv) => csv.write_record([
                object.key,
                &object.size.to_string(),
                time.unwrap_or_default(),
                object.etag.unwrap_or_default(),
                object.storage_class.unwrap_or_default(),
                "object",
            ])?,
            Form::Json(out, output) => {
                self.line.clear();
                self.line.extend_from_slice(before(*output, self.entries));
                json_object::write(&mut self.line, object, time);
                self.line.extend_from_slice(behind(*output));
                out.write_all(&self.line)?;
            }
            #[cfg(feature = "parquet")]
            Form::Parquet(table) => table.object(object)?,
        }
        self.entries += 1;
        Ok(())
    }

    pub(crate) fn version(&mut self, version: &ObjectVersion) -> io::Result<()> {
        let time = version.last_modified.map(iso);
        match &mut self.out {
            Form::Text(out) => version_text(out, &self.columns, version)?,
            Form::Csv(csv) => csv.write_record([
                version.key.as_str(),
                &version.size.to_string(),
                time.as_deref().unwrap_or_default(),
                version.etag.as_deref().unwrap_or_default(),
                version.storage_class.as_deref().unwrap_or_default(),
                if version.is_delete_marker { "delete-marker" } else { "version" },
                version.version_id.as_str(),
                if version.is_latest { "true" } else { "false" },
            ])?,
            Form::Json(..) => self.json(&JsonVersion {
                key: &version.key,
                version_id: &version.version_id,
                is_latest: version.is_latest,
                is_delete_marker: version.is_delete_marker,
                size: version.size,
                last_modified: time,
                etag: version.etag.as_deref(),
                storage_class: version.storage_class.as_deref(),
            })?,
            #[cfg(feature = "parquet")]
            Form::Parquet(_) => return Err(super::parquet::only_objects()),
        }
        self.entries += 1;
        Ok(())
    }

    pub(crate) fn prefix(&mut self, prefix: &str) -> io::Result<()> {
        match &mut self.out {
            Form::Text(out) => {
                let paint = self.columns.paint;
                let name = paint.folder(name(&self.columns, prefix));
                writeln!(out, "{:>19} {:>12} {name}", "", paint.quiet("PRE"))?;
            }
            Form::Csv(csv) => {
                let more = if self.columns.versions { &["", ""][..] } else { &[] };
                csv.write_record([prefix, "", "", "", "", "prefix"].iter().chain(more))?;
            }
            Form::Json(..) => self.json(&JsonPrefix { prefix })?,
            #[cfg(feature = "parquet")]
            Form::Parquet(_) => return Err(super::parquet::only_objects()),
        }
        self.entries += 1;
        Ok(())
    }

    pub(crate) fn bucket(&mut self, bucket: &Bucket) -> io::Result<()> {
        let created = bucket.creation_date.map(iso);
        match &mut self.out {
            Form::Text(out) => {
                let region = bucket.region.as_deref().filter(|_| self.columns.long).unwrap_or_default();
                let line =
                    format!("{} {} {region}", day_and_time(bucket.creation_date), printable(&bucket.name));
                writeln!(out, "{}", line.trim_end())?;
            }
            Form::Csv(csv) => {
                csv.write_record([
                    &bucket.name,
                    "",
                    created.as_deref().unwrap_or_default(),
                    "",
                    "",
                    "bucket",
                ])?;
            }
            Form::Json(..) => self.json(&JsonBucket {
                bucket: &bucket.name,
                creation_date: created,
                region: bucket.region.as_deref(),
            })?,
            #[cfg(feature = "parquet")]
            Form::Parquet(_) => return Err(super::parquet::only_objects()),
        }
        self.entries += 1;
        Ok(())
    }

    /// After the last entry.
    pub(crate) fn finish(self) -> io::Result<W> {
        let mut out = match self.out {
            Form::Json(mut out, Output::Json) => {
                out.write_all(if self.entries == 0 { b"]\n" } else { b"\n]\n" })?;
                out
            }
            Form::Text(out) | Form::Json(out, _) => out,
            Form::Csv(csv) => csv.into_inner().map_err(|error| {
                let error = error.error();
                io::Error::new(error.kind(), error.to_string())
            })?,
            #[cfg(feature = "parquet")]
            Form::Parquet(table) => table.finish()?,
        };
        out.flush()?;
        Ok(out)
    }

    fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let Form::Json(out, output) = &mut self.out else { return Ok(()) };
        out.write_all(before(*output, self.entries))?;
        serde_json::to_writer(&mut *out, value)?;
        out.write_all(behind(*output))
    }
}

/// What stands in front of an entry that so many others precede.
fn before(output: Output, entries: u64) -> &'static [u8] {
    match (output, entries) {
        (Output::Json, 0) => b"\n",
        (Output::Json, _) => b",\n",
        _ => b"",
    }
}

fn behind(output: Output) -> &'static [u8] {
    if output == Output::Ndjson { b"\n" } else { b"" }
}

fn object_text(out: &mut impl Write, columns: &Columns, object: &Object<'_>) -> io::Result<()> {
    let size = if columns.human { human_size(object.size) } else { object.size.to_string() };
    let time = day_and_time(object.last_modified);
    let name = name(columns, object.key);
    if !columns.long {
        return writeln!(out, "{time} {size:>12} {name}");
    }
    let class = printable(object.storage_class.unwrap_or("-"));
    let etag = printable(object.etag.unwrap_or("-"));
    write!(out, "{time} {size:>12} {class:<19} {etag:<35} ")?;
    if let Some(owner) = object.owner().and_then(|owner| owner.display_name.or(owner.id)) {
        write!(out, "{} ", printable(&owner))?;
    }
    writeln!(out, "{name}")
}

fn version_text(out: &mut impl Write, columns: &Columns, version: &ObjectVersion) -> io::Result<()> {
    let size = match version.is_delete_marker {
        true => format!("{:>12}", columns.paint.alarm("DELETED")),
        false if columns.human => format!("{:>12}", human_size(version.size)),
        false => format!("{:>12}", version.size),
    };
    let time = day_and_time(version.last_modified);
    let state = if version.is_latest { "latest" } else { "-" };
    write!(out, "{time} {size} {state:<6} {:<32} ", printable(&version.version_id))?;
    if columns.long {
        let class = printable(version.storage_class.as_deref().unwrap_or("-"));
        let etag = printable(version.etag.as_deref().unwrap_or("-"));
        write!(out, "{class:<19} {etag:<35} ")?;
    }
    writeln!(out, "{}", name(columns, &version.key))
}

fn name<'a>(columns: &Columns, key: &'a str) -> std::borrow::Cow<'a, str> {
    printable(key.strip_prefix(&columns.hidden_prefix).unwrap_or(key))
}

/// `2026-11-24T02:26:30.123456789Z`.
const TIME_LENGTH: usize = 30;

/// RFC 3339 in UTC, as [`iso`] has it but without its cost: a listing has millions of these.
fn write_time(time: OffsetDateTime, buffer: &mut [u8; TIME_LENGTH]) -> &str {
    *buffer = *b"0000-00-00T00:00:00.000000000Z";
    let mut digits = |at: usize, count: usize, mut number: u32| {
        for digit in buffer.iter_mut().skip(at).take(count).rev() {
            *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
    };
    // Years of five digits would be cut: no service has written any.
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, nanosecond) = time.to_hms_nano();
    digits(0, 4, year.unsigned_abs());
    digits(5, 2, u8::from(month).into());
    digits(8, 2, day.into());
    digits(11, 2, hour.into());
    digits(14, 2, minute.into());
    digits(17, 2, second.into());
    if nanosecond > 0 {
        digits(20, 9, nanosecond);
    }
    let end = match buffer.iter().take(TIME_LENGTH - 1).rposition(|byte| *byte != b'0' && *byte != b'.') {
        Some(last) if last >= 20 => last + 1,
        _ => 19,
    };
    if let Some(behind) = buffer.get_mut(end) {
        *behind = b'Z';
    }
    buffer.get(..=end).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
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
        let mut out = Vec::new();
        let mut writer = ListingWriter::new(&mut out, output, Columns::default()).unwrap();
        for object in page(keys).objects() {
            writer.object(&object).unwrap();
        }
        writer.prefix("p/").unwrap();
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times_are_written_as_the_library_writes_them() {
        for (seconds, nanoseconds) in
            [(0, 0), (1_795_479_057, 250_000_000), (951_782_399, 1), (253_402_300_799, 999_999_999)]
        {
            let time = OffsetDateTime::from_unix_timestamp(seconds)
                .unwrap()
                .replace_nanosecond(nanoseconds)
                .unwrap();
            assert_eq!(write_time(time, &mut [0; TIME_LENGTH]), iso(time));
        }
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
