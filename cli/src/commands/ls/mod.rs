//! `sts3 ls`: its options, and the requests that they ask for. `listing` writes what comes, `versions` does so for
//! `--versions`.

mod listing;
mod versions;

use std::{path::PathBuf, process::ExitCode};

use clap_complete::ArgValueCompleter;
use sts3::{
    Client, Concurrency, ParallelPages,
    s3::{ListBuckets, ListObjects, partition::MAX_WIDTH},
};

use self::listing::{Listing, complete, writer};
#[cfg(feature = "parquet")]
use crate::common::Output;
use crate::{
    common::{Common, whole},
    completion,
    failure::Failure,
    output::Columns,
    s3_url::S3Url,
    session,
    signals::asked_to_stop,
};

/// With a limit up to here, one request after the other is as fast.
const SMALL: u64 = 5000;

/// Arguments of `sts3 ls`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to list; without it, the buckets.
    #[arg(value_name = "s3://BUCKET[/PREFIX]", add = ArgValueCompleter::new(completion::buckets))]
    url: Option<S3Url>,
    /// List all keys instead of one level.
    #[arg(short, long, conflicts_with = "delimiter", requires = "url")]
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
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0, u64::MAX), allow_negative_numbers = true)]
    limit: Option<u64>,
    /// Ask for this many entries a request (1 to 1000).
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1, 1000), allow_negative_numbers = true)]
    page_size: Option<u32>,
    /// Start behind this key, which need not exist.
    #[arg(long, value_name = "KEY", requires = "url")]
    start_after: Option<String>,
    /// Stop behind this key; keys are compared by their bytes.
    #[arg(long, value_name = "KEY", requires = "recursive", conflicts_with = "v1")]
    stop_at: Option<String>,
    /// With -r, how many requests to have under way at once: a number (1 to 256; 1 is the plain sequence) or
    /// `auto`, which is 24 if the server is not so close that it does not matter. More than 1 costs usually a
    /// tenth more requests, at worst half.
    #[arg(long, value_name = "N|auto", default_value = "auto", value_parser = read_concurrency)]
    concurrency: Concurrency,
    /// Print keys as they arrive instead of in their order.
    #[arg(long, requires = "recursive")]
    unordered: bool,
    /// Write to this file, which has its name only once it is complete; `-` is standard output. What is no
    /// regular file (a pipe, a device) is written as it is.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
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
    #[arg(long, requires = "url")]
    v1: bool,
    /// List all versions of all objects, and the markers of those that were deleted.
    #[arg(long, requires = "url", conflicts_with_all = ["v1", "stop_at", "unordered", "fetch_owner"])]
    versions: bool,
}

pub(super) fn read_concurrency(text: &str) -> Result<Concurrency, String> {
    match text.parse::<usize>() {
        _ if text == "auto" => Ok(Concurrency::Auto),
        Ok(requests) if (1..=MAX_WIDTH).contains(&requests) => Ok(Concurrency::Requests(requests)),
        _ => Err(format!("it must be 1 to {MAX_WIDTH}, or auto")),
    }
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    #[cfg(feature = "parquet")]
    check_parquet(common, args)?;
    let client = session::client(common)?;
    let Some(url) = &args.url else {
        return tokio::select! {
            listed = buckets(&client, common, args) => listed,
            // Dropped half-way, it takes its partial file with it.
            code = asked_to_stop() => Err(Failure::Interrupted(code)),
        };
    };
    let mut listing = Listing::new(common, args, url)?;
    let walked = tokio::select! {
        walked = listing.walk(&client, url) => walked,
        code = asked_to_stop() => Err(Failure::Interrupted(code)),
    };
    // What was listed before an error is still printed.
    listing.finish(walked)
}

async fn buckets(client: &Client, common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let columns = Columns { long: args.long, ..Columns::default() };
    let mut writer = writer(common, args, columns).map_err(Failure::Output)?;
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
    complete(writer).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "parquet")]
fn check_parquet(common: &Common, args: &Args) -> Result<(), Failure> {
    let is_possible = args.recursive && args.url.is_some() && !args.versions && args.out.is_some();
    if common.output == Output::Parquet && !is_possible {
        let problem = "--output parquet writes the objects of a bucket into a file: it needs -r, a bucket and --out, \
                       and takes no --versions";
        return Err(Failure::Usage(problem.into()));
    }
    Ok(())
}

/// The page size that suits: no larger than what is wanted in all.
fn page_size(args: &Args) -> Option<u32> {
    let limit = args.limit.and_then(|limit| u32::try_from(limit.clamp(1, 1000)).ok());
    match (args.page_size, limit) {
        (Some(size), Some(limit)) => Some(size.min(limit)),
        (size, limit) => size.or(limit.filter(|limit| *limit < 1000)),
    }
}

/// Options that all listings share.
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
use shared_options;

fn version_1(args: &Args, url: &S3Url) -> ListObjects {
    let operation = shared_options!(ListObjects::new(&url.bucket), args, url);
    match &args.start_after {
        Some(key) => operation.marker(key),
        None => operation,
    }
}

fn version_2(client: &Client, args: &Args, url: &S3Url) -> ParallelPages {
    let mut operation =
        shared_options!(client.list_objects_v2(&url.bucket), args, url).fetch_owner(args.fetch_owner);
    if let Some(key) = &args.start_after {
        operation = operation.start_after(key);
    }
    // A few pages are over before many requests have found out where to start.
    let is_small = args.limit.is_some_and(|limit| limit <= SMALL);
    let mut pages = operation.parallel(if is_small { Concurrency::Requests(1) } else { args.concurrency });
    if let Some(key) = &args.stop_at {
        pages = pages.stop_at(key);
    }
    if let Some(limit) = args.limit {
        pages = pages.limit(limit);
    }
    if args.unordered { pages.unordered() } else { pages }
}
