use std::{
    io::{self, BufWriter, StdoutLock, Write},
    process::ExitCode,
};

use sts3::{
    Client, Pages,
    s3::{ListBuckets, ListObjects, ListObjectsV2, Page, Paged},
};

use crate::{
    common::{Common, Output},
    failure::Failure,
    output::{Columns, ListingWriter, human_size},
    s3_url::S3Url,
    session,
};

/// Arguments of `sts3 ls`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to list; without it, the buckets.
    #[arg(value_name = "s3://BUCKET[/PREFIX]")]
    url: Option<S3Url>,
    /// List all keys instead of one level.
    #[arg(short, long, conflicts_with = "delimiter")]
    recursive: bool,
    /// Show storage class, ETag and owner (buckets: region).
    #[arg(short, long)]
    long: bool,
    /// Show sizes as 1.2 KiB.
    #[arg(short = 'H', long)]
    human_readable: bool,
    /// Show the number of objects and their size at the end.
    #[arg(long)]
    summarize: bool,
    /// Stop after this many entries.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Ask for this many entries a request (1 to 1000).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: Option<u32>,
    /// Start behind this key, which need not exist.
    #[arg(long, value_name = "KEY")]
    start_after: Option<String>,
    /// What separates levels.
    #[arg(long, value_name = "TEXT", default_value = "/")]
    delimiter: String,
    /// Ask for each object's owner.
    #[arg(long)]
    fetch_owner: bool,
    /// Agree to pay for the requests (requester-pays buckets).
    #[arg(long)]
    request_payer: bool,
    /// Fail unless the bucket belongs to this account.
    #[arg(long, value_name = "ACCOUNT")]
    expected_bucket_owner: Option<String>,
    /// Use the first version of the listing, for servers that know no other.
    #[arg(long)]
    v1: bool,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let client = session::client(common)?;
    let Some(url) = &args.url else { return buckets(&client, common, args).await };
    let mut listing = Listing::new(common, args, url)?;
    let pages = if args.v1 {
        listing.walk(client.pages(version_1(args, url))).await
    } else {
        listing.walk(client.pages(version_2(args, url))).await
    };
    // What was listed before an error is still printed.
    let finished = listing.finish();
    pages?;
    finished.map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

async fn buckets(client: &Client, common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let columns = Columns { long: args.long, ..Columns::default() };
    let mut writer = writer(common, columns).map_err(Failure::Output)?;
    let mut pages = client.pages(ListBuckets::new());
    let mut left = args.limit.unwrap_or(u64::MAX);
    while let Some(page) = pages.next().await? {
        for bucket in &page.buckets {
            if left == 0 {
                break;
            }
            writer.bucket(bucket).map_err(Failure::Output)?;
            left -= 1;
        }
    }
    writer.finish().map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn writer(common: &Common, columns: Columns) -> io::Result<ListingWriter<BufWriter<StdoutLock<'static>>>> {
    ListingWriter::new(BufWriter::with_capacity(64 * 1024, io::stdout().lock()), common.output, columns)
}

/// The page size that suits: no larger than what is wanted in all.
fn page_size(args: &Args) -> Option<u32> {
    let limit = args.limit.and_then(|limit| u32::try_from(limit.clamp(1, 1000)).ok());
    match (args.page_size, limit) {
        (Some(size), Some(limit)) => Some(size.min(limit)),
        (size, limit) => size.or(limit.filter(|limit| *limit < 1000)),
    }
}

/// Options that both versions share.
macro_rules! shared_options {
    ($operation:expr, $args:expr, $url:expr) => {{
        let mut operation = $operation.prefix(&$url.key);
        if !$args.recursive && !$args.delimiter.is_empty() {
            operation = operation.delimiter(&$args.delimiter);
        }
        if let Some(size) = page_size($args) {
            operation = operation.max_keys(size);
        }
        if let Some(owner) = &$args.expected_bucket_owner {
            operation = operation.expected_bucket_owner(owner);
        }
        operation.request_payer($args.request_payer)
    }};
}

fn version_1(args: &Args, url: &S3Url) -> ListObjects {
    let operation = shared_options!(ListObjects::new(&url.bucket), args, url);
    match &args.start_after {
        Some(key) => operation.marker(key),
        None => operation,
    }
}

fn version_2(args: &Args, url: &S3Url) -> ListObjectsV2 {
    let operation = shared_options!(ListObjectsV2::new(&url.bucket), args, url).fetch_owner(args.fetch_owner);
    match &args.start_after {
        Some(key) => operation.start_after(key),
        None => operation,
    }
}

/// A listing on its way to the output.
struct Listing<'a> {
    writer: ListingWriter<BufWriter<StdoutLock<'static>>>,
    common: &'a Common,
    args: &'a Args,
    left: u64,
    objects: u64,
    bytes: u64,
}

impl<'a> Listing<'a> {
    fn new(common: &'a Common, args: &'a Args, url: &S3Url) -> Result<Self, Failure> {
        // In one level, names are shown as in a directory: without the part that all share.
        let directory = if args.recursive {
            0
        } else {
            url.key.rfind(&args.delimiter).map_or(0, |at| at + args.delimiter.len())
        };
        let hidden_prefix = url.key.get(..directory).unwrap_or_default().to_owned();
        let columns = Columns { long: args.long, human: args.human_readable, hidden_prefix };
        let writer = writer(common, columns).map_err(Failure::Output)?;
        Ok(Self { writer, common, args, left: args.limit.unwrap_or(u64::MAX), objects: 0, bytes: 0 })
    }

    async fn walk<O: Paged<Output = Page>>(&mut self, mut pages: Pages<O>) -> Result<(), Failure> {
        while self.left > 0
            && let Some(page) = pages.next().await?
        {
            self.page(&page).map_err(Failure::Output)?;
        }
        Ok(())
    }

    /// Objects and common prefixes of a page are two lists: print them merged in the order of their bytes.
    fn page(&mut self, page: &Page) -> io::Result<()> {
        let mut objects = page.objects().peekable();
        let mut prefixes = page.common_prefixes().peekable();
        while self.left > 0 {
            let prefix_first = match (objects.peek(), prefixes.peek()) {
                (Some(object), Some(prefix)) => prefix.as_bytes() < object.key.as_bytes(),
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if prefix_first {
                let Some(prefix) = prefixes.next() else { break };
                self.writer.prefix(prefix)?;
            } else {
                let Some(object) = objects.next() else { break };
                self.writer.object(&object)?;
                self.objects += 1;
                self.bytes = self.bytes.saturating_add(object.size);
            }
            self.left -= 1;
        }
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        self.writer.finish()?;
        if self.args.summarize {
            let size = if self.args.human_readable { human_size(self.bytes) } else { self.bytes.to_string() };
            let summary = format!("\nTotal Objects: {}\n   Total Size: {size}", self.objects);
            // Beside data for programs, the summary is for whoever watches.
            match self.common.output {
                Output::Text => writeln!(io::stdout(), "{summary}")?,
                _ => eprintln!("{}", summary.trim_start()),
            }
        }
        Ok(())
    }
}
