use std::path::PathBuf;

use clap_complete::ArgValueCompleter;
use sts3::{Concurrency, s3::partition::MAX_WIDTH};

use crate::{common::whole, completion, s3_url::S3Url};

/// Arguments of `sts3 ls`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to list; without it, the buckets.
    #[arg(value_name = "s3://BUCKET[/PREFIX]", add = ArgValueCompleter::new(completion::buckets))]
    pub(super) url: Option<S3Url>,
    /// List all keys instead of one level.
    #[arg(short, long, conflicts_with = "delimiter", requires = "url")]
    pub(super) recursive: bool,
    /// Show storage class, ETag and owner (buckets: region).
    #[arg(short, long)]
    pub(super) long: bool,
    /// Show sizes as 1.2 KiB.
    #[arg(short = 'H', long)]
    pub(super) human_readable: bool,
    /// Show the number of objects and their size at the end.
    #[arg(long)]
    pub(super) summarize: bool,
    /// Stop after this many entries.
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0, u64::MAX), allow_negative_numbers = true)]
    pub(super) limit: Option<u64>,
    /// Ask for this many entries a request (1 to 1000).
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1, 1000), allow_negative_numbers = true)]
    pub(super) page_size: Option<u32>,
    /// Start behind this key, which need not exist.
    #[arg(long, value_name = "KEY", requires = "url")]
    pub(super) start_after: Option<String>,
    /// Stop behind this key; keys are compared by their bytes.
    #[arg(long, value_name = "KEY", requires = "recursive", conflicts_with = "v1")]
    pub(super) stop_at: Option<String>,
    /// With -r, how many requests to have under way at once: a number (1 to 256; 1 is the plain sequence) or
    /// `auto`, which is 24 if the server is not so close that it does not matter. More than 1 costs usually a
    /// tenth more requests, at worst half.
    #[arg(long, value_name = "N|auto", default_value = "auto", value_parser = read_concurrency)]
    pub(super) concurrency: Concurrency,
    /// Print keys as they arrive instead of in their order.
    #[arg(long, requires = "recursive")]
    pub(super) unordered: bool,
    /// Write to this file, which has its name only once it is complete; `-` is standard output. What is no
    /// regular file (a pipe, a device) is written as it is.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// What separates levels.
    #[arg(long, value_name = "TEXT", default_value = "/")]
    pub(super) delimiter: String,
    /// Ask for each object's owner.
    #[arg(long)]
    pub(super) fetch_owner: bool,
    /// Agree to pay for the requests (requester-pays buckets).
    #[arg(long)]
    pub(super) request_payer: bool,
    /// Fail unless the bucket belongs to this account.
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) expected_bucket_owner: Option<String>,
    /// Use the first version of the listing, for servers that know no other.
    #[arg(long, requires = "url")]
    pub(super) v1: bool,
    /// List all versions of all objects, and the markers of those that were deleted.
    #[arg(long, requires = "url", conflicts_with_all = ["v1", "stop_at", "unordered", "fetch_owner"])]
    pub(super) versions: bool,
}

pub(crate) fn read_concurrency(text: &str) -> Result<Concurrency, String> {
    match text.parse::<usize>() {
        _ if text == "auto" => Ok(Concurrency::Auto),
        Ok(requests) if (1..=MAX_WIDTH).contains(&requests) => Ok(Concurrency::Requests(requests)),
        _ => Err(format!("it must be 1 to {MAX_WIDTH}, or auto")),
    }
}
