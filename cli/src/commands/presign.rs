use std::{
    io::{self, Write},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use clap_complete::ArgValueCompleter;
use sts3::{
    call::check_channel,
    endpoint::Service,
    sigv4::{Request, Scope, Signer, Timestamp, percent_encode_path},
};

use crate::{
    common::{Common, read_duration},
    completion,
    failure::Failure,
    output::iso,
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
    let client = session::client(common)?;
    let credentials = session::required_credentials(&client).await?;
    let endpoint = client.caller().endpoint();
    let target = endpoint.target(Service::S3, Some(&args.url.bucket))?;
    // Whoever opens the URL would send a signature by the keys over the wire.
    check_channel(endpoint, &target.url, &credentials)?;
    let key = percent_encode_path(&args.url.key);
    let path = format!("{}/{key}", target.path_prefix);
    let headers = [("host", target.url.authority())];
    let request = Request::new(&args.method, &path).headers(&headers);
    let signer = Signer::new(credentials.keys(), Scope::new(target.region.as_str(), "s3"));
    let now = SystemTime::now();
    // The URL's time is for the service, the expiration above all for whoever reads it here.
    let signed_at = Timestamp::from(SystemTime::from(client.caller().sts_now()));
    let presigned = signer.presign(&request, args.expires, signed_at)?;
    if let Some(end) = credentials.expiration().filter(|end| SystemTime::from(*end) < now + args.expires) {
        say(format_args!("sts3: the URL works until {} only: then its credentials end", iso(end)));
    }
    let scheme = if target.url.is_secure() { "https" } else { "http" };
    let mut out = io::stdout().lock();
    writeln!(out, "{scheme}://{}{path}?{}", target.url.authority(), presigned.query())
        .map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
