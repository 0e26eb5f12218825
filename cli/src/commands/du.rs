use std::{
    collections::BTreeMap,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap_complete::ArgValueCompleter;
use serde_json::json;
use sts3::{Client, Concurrency};

use super::ls::read_concurrency;
use crate::{
    common::{Common, Output, whole},
    completion,
    failure::Failure,
    listing_task::{ListingTask, warn_of_ignored_prefix},
    output::{csv_field, human_size, json_line, json_pretty, printable},
    progress::Progress,
    s3_url::S3Url,
    session, similar_bucket,
};

/// Arguments of `sts3 du`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to add up.
    #[arg(value_name = "s3://BUCKET[/PREFIX]", add = ArgValueCompleter::new(completion::buckets))]
    url: S3Url,
    /// How many levels of prefixes to show below the one that is given.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<usize>(0, 1024), allow_negative_numbers = true)]
    depth: usize,
    /// Show only so many prefixes, the largest; the others are added up in one line.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = whole::<u32>(1, u32::MAX.into()), allow_negative_numbers = true)]
    top: u32,
    /// What separates levels.
    #[arg(long, value_name = "TEXT", default_value = "/")]
    delimiter: String,
    /// Show sizes as 1.2 KiB.
    #[arg(short = 'H', long)]
    human_readable: bool,
    /// How many requests to have under way at once: 1 to 256, or auto; see `sts3 ls --help`.
    #[arg(long, value_name = "N|auto", default_value = "auto", value_parser = read_concurrency)]
    concurrency: Concurrency,
    /// Agree to pay for the requests (requester-pays buckets).
    #[arg(long)]
    request_payer: bool,
}

/// Objects and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Sum {
    bytes: u64,
    objects: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.objects += other.objects;
    }
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let client = session::client(common)?;
    let summed = sum(common, args, &client).await;
    similar_bucket::suggest(common, &client, &args.url.bucket, summed).await
}

async fn sum(common: &Common, args: &Args, client: &Client) -> Result<ExitCode, Failure> {
    let listing = client.list_objects_v2(&args.url.bucket).prefix(&args.url.key);
    let pages = listing.request_payer(args.request_payer).parallel(args.concurrency);
    let mut pages = ListingTask::start(pages, None);
    let mut usage = Usage::new(args);
    let progress = Progress::new(common);
    while let Some(page) = pages.next().await? {
        for object in page.objects() {
            usage.add(object.key, object.size, object.storage_class.unwrap_or("STANDARD"));
        }
        progress.show(usage.total.objects, pages.state.requests, pages.state.ranges);
    }
    progress.clear();
    warn_of_ignored_prefix(pages.state.outside_prefix);
    usage.finish().write(common.output, args).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// Sums by prefix. Keys come in order, so a prefix is complete when another one follows: of the complete ones
/// only the largest are kept, and memory does not grow with their number. Where a server has another order, all
/// are kept from where that shows.
struct Usage<'a> {
    args: &'a Args,
    current: Option<(String, Sum)>,
    is_unsorted: bool,
    largest: BTreeMap<(Sum, String), ()>,
    others: Sum,
    other_prefixes: u64,
    classes: BTreeMap<String, Sum>,
    total: Sum,
}

impl<'a> Usage<'a> {
    fn new(args: &'a Args) -> Self {
        Self {
            args,
            current: None,
            is_unsorted: false,
            largest: BTreeMap::new(),
            others: Sum::default(),
            other_prefixes: 0,
            classes: BTreeMap::new(),
            total: Sum::default(),
        }
    }

    fn add(&mut self, key: &str, bytes: u64, class: &str) {
        let sum = Sum { bytes, objects: 1 };
        self.total.add(sum);
        match self.classes.get_mut(class) {
            Some(known) => known.add(sum),
            None => {
                self.classes.insert(class.to_owned(), sum);
            }
        }
        let prefix = group(key, &self.args.url.key, &self.args.delimiter, self.args.depth);
        match &mut self.current {
            Some((current, known)) if current == prefix => known.add(sum),
            _ => {
                self.is_unsorted |= self.current.as_ref().is_some_and(|(current, _)| is_before(key, current));
                let complete = self.current.replace((prefix.to_owned(), sum));
                self.keep(complete);
            }
        }
    }

    fn keep(&mut self, complete: Option<(String, Sum)>) {
        let Some((prefix, mut sum)) = complete else { return };
        // Objects beside folders come in several parts, between them.
        let mut known = self.largest.keys();
        let earlier = if self.is_unsorted || is_mixed(&prefix, self.args) {
            known.find(|(_, name)| *name == prefix).cloned()
        } else {
            None
        };
        if let Some(earlier) = earlier {
            self.largest.remove(&earlier);
            sum.add(earlier.0);
        }
        self.largest.insert((sum, prefix), ());
        if !self.is_unsorted {
            self.keep_largest();
        }
    }

    fn keep_largest(&mut self) {
        while self.largest.len() > usize::try_from(self.args.top).unwrap_or(usize::MAX)
            && let Some(((least, _), ())) = self.largest.pop_first()
        {
            self.others.add(least);
            self.other_prefixes += 1;
        }
    }

    fn finish(mut self) -> Self {
        let last = self.current.take();
        self.keep(last);
        self.keep_largest();
        self
    }

    fn write(&self, output: Output, args: &Args) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        if output == Output::Text {
            self.write_text(&mut out, args)?;
        } else {
            self.write_records(&mut out, output)?;
        }
        out.flush()
    }

    /// The largest last, as `sort` leaves them above the prompt.
    fn write_text(&self, out: &mut impl Write, args: &Args) -> io::Result<()> {
        let has_bars = io::stdout().is_terminal();
        let size = |bytes: u64| if args.human_readable { human_size(bytes) } else { bytes.to_string() };
        let line = |out: &mut dyn Write, sum: &Sum, name: &str| {
            let bar = if has_bars { bar(sum.bytes, self.total.bytes) } else { String::new() };
            writeln!(out, "{:>14} {:>12} {bar}{}", size(sum.bytes), sum.objects, printable(name))
        };
        if self.other_prefixes > 0 {
            line(out, &self.others, &format!("({} smaller prefixes)", self.other_prefixes))?;
        }
        for (sum, prefix) in self.largest.keys() {
            line(out, sum, prefix)?;
        }
        writeln!(out)?;
        for (class, sum) in &self.classes {
            line(out, sum, class)?;
        }
        line(out, &self.total, "total")
    }

    fn write_records(&self, out: &mut impl Write, output: Output) -> io::Result<()> {
        let record = |kind: &str, name: &str, sum: &Sum| json!({ "kind": kind, "name": name, "bytes": sum.bytes, "objects": sum.objects });
        let mut records: Vec<_> =
            self.largest.keys().rev().map(|(sum, prefix)| record("prefix", prefix, sum)).collect();
        if self.other_prefixes > 0 {
            records.push(record("others", &self.other_prefixes.to_string(), &self.others));
        }
        records.extend(self.classes.iter().map(|(class, sum)| record("class", class, sum)));
        records.push(record("total", "", &self.total));
        match output {
            Output::Json => {
                writeln!(out, "{}", json_pretty(&records)?)
            }
            Output::Csv => {
                let is_terminal = io::stdout().is_terminal();
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(["kind", "name", "bytes", "objects"])?;
                for record in &records {
                    let text = |name: &str| match &record[name] {
                        serde_json::Value::String(text) => csv_field(text, is_terminal).into_owned(),
                        value => value.to_string(),
                    };
                    csv.write_record(["kind", "name", "bytes", "objects"].map(text))?;
                }
                csv.flush()
            }
            #[cfg(feature = "parquet")]
            Output::Parquet => Err(crate::output::only_objects()),
            Output::Ndjson | Output::Text => {
                records.iter().try_for_each(|record| writeln!(out, "{}", json_line(record)?))
            }
        }
    }
}

/// The folder of a key, at most `depth` levels below the base.
fn group<'k>(key: &'k str, base: &str, delimiter: &str, depth: usize) -> &'k str {
    let below = key.get(base.len()..).unwrap_or_default();
    let mut end = base.len();
    if !delimiter.is_empty() {
        let levels = below.match_indices(delimiter).take(depth);
        end = levels.last().map_or(end, |(at, _)| base.len() + at + delimiter.len());
    }
    key.get(..end).unwrap_or(key)
}

/// Whether a key comes too late: it sorts before the group of the one before it, and is not in there.
fn is_before(key: &str, group: &str) -> bool {
    key < group && !group.starts_with(key)
}

/// Whether other groups may stand between the keys of this one: it is not as deep as they go.
fn is_mixed(prefix: &str, args: &Args) -> bool {
    let below = prefix.get(args.url.key.len()..).unwrap_or_default();
    args.delimiter.is_empty() || below.matches(&args.delimiter).count() < args.depth
}

/// The share of the total as ten blocks.
fn bar(bytes: u64, total: u64) -> String {
    let filled = if total == 0 { 0 } else { (bytes as f64 / total as f64 * 10.0).round() as usize };
    format!("{}{} ", "█".repeat(filled.min(10)), "░".repeat(10 - filled.min(10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_grouped_by_their_folders() {
        for (key, base, depth, expected) in [
            ("logs/2026/01/a", "", 1, "logs/"),
            ("logs/2026/01/a", "", 2, "logs/2026/"),
            ("logs/2026/01/a", "", 9, "logs/2026/01/"),
            ("logs/2026/01/a", "logs/", 1, "logs/2026/"),
            ("readme.md", "", 1, ""),
            ("logs/2026/01/a", "lo", 1, "logs/"),
            ("logs/2026/01/a", "", 0, ""),
            ("ü/é", "ü", 1, "ü/"),
        ] {
            assert_eq!(group(key, base, "/", depth), expected, "{key} {base} {depth}");
        }
        assert_eq!(group("a//b", "", "//", 1), "a//");
        assert_eq!(group("a/b", "", "", 1), "");
    }
}
