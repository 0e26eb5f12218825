use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use clap_complete::ArgValueCompleter;
use sts3::{Raw, endpoint::Service, sigv4::percent_encode_path};

use crate::{
    common::{Common, read_duration},
    completion,
    failure::Failure,
    output::iso_seconds,
    request_args::read_method,
    s3_url::S3Url,
    session,
    stderr::say,
};

/// Arguments of `sts3 presign`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the URL is for.
    #[arg(value_name = "s3://BUCKET/KEY", add = ArgValueCompleter::new(completion::buckets))]
    url: S3Url,
    /// How long it works: up to 7 days, and never longer than the credentials.
    #[arg(long, value_name = "TIME", value_parser = read_duration, default_value = "1h", allow_negative_numbers = true)]
    expires: Duration,
    /// Method that the URL is for.
    #[arg(short = 'X', long, value_name = "METHOD", default_value = "GET", value_parser = read_method)]
    method: String,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    if args.url.key.is_empty() {
        return Err(Failure::Usage("the key is missing in the URL: s3://BUCKET/KEY".into()));
    }
    let method = http::Method::from_bytes(args.method.as_bytes());
    let method = method.map_err(|_| Failure::Usage("the method must be one word".into()))?;
    let client = session::client(common)?;
    if common.no_sign_request {
        return Err(session::needs_credentials());
    }
    // By any method: those of GetObject, PutObject, HeadObject and DeleteObject are the usual ones.
    let path = format!("/{}", percent_encode_path(&args.url.key));
    let operation = Raw::new(method, Service::S3, path).in_bucket(&args.url.bucket).named("presign");
    let url = client.presign(&operation, args.expires).await?;
    if let Some(end) = url.ends_early() {
        say(format_args!("sts3: the URL works until {} only: then its credentials end", iso_seconds(end)));
    }
    writeln!(io::stdout().lock(), "{}", url.as_str()).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
