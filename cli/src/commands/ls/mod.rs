//! `sts3 ls`: `args` are its options, `requests` what they ask for. `listing` writes what comes, `versions` does so for
//! `--versions`.

mod args;
mod listing;
mod requests;
mod versions;

use std::process::ExitCode;

use sts3::{Client, s3::ListBuckets};

pub(crate) use self::args::{Args, read_concurrency};
use self::listing::{Listing, complete, writer};
#[cfg(feature = "parquet")]
use crate::common::Output;
use crate::{
    common::Common, failure::Failure, output::Columns, session, signals::asked_to_stop, similar_bucket,
};

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
        walked = async {
            let walked = listing.walk(&client, url).await;
            similar_bucket::suggest(common, &client, &url.bucket, walked).await
        } => walked,
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
