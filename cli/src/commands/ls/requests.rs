//! The requests that the options ask for.

use sts3::{Client, Concurrency, ParallelPages, s3::ListObjects};

use super::args::Args;
use crate::s3_url::S3Url;

/// With a limit up to here, one request after the other is as fast.
const SMALL: u64 = 5000;

/// The page size that suits: no larger than what is wanted in all.
pub(super) fn page_size(args: &Args) -> Option<u32> {
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
pub(super) use shared_options;

pub(super) fn version_1(args: &Args, url: &S3Url) -> ListObjects {
    let operation = shared_options!(ListObjects::new(&url.bucket), args, url);
    match &args.start_after {
        Some(key) => operation.marker(key),
        None => operation,
    }
}

pub(super) fn version_2(client: &Client, args: &Args, url: &S3Url) -> ParallelPages {
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
