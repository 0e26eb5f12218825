use std::process::ExitCode;

use serde_json::json;

use crate::{common::Common, failure::Failure, output::write_record, session};

/// Arguments of `sts3 bucket-exists`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The bucket's name (s3:// in front is allowed).
    bucket: String,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let name = args.bucket.strip_prefix("s3://").unwrap_or(&args.bucket).trim_end_matches('/');
    let client = session::client(common)?;
    let (exists, open, region) = match client.head_bucket(name).await {
        Ok(Some(info)) => (true, true, info.region),
        Ok(None) => (false, false, None),
        Err(sts3::Error::Service(error)) if error.status == 403 => {
            // Closed to the caller is an answer too, but so are bad credentials answered, and HEAD cannot say
            // which.
            client.caller_identity().await?;
            (true, false, error.region)
        }
        Err(error) => return Err(error.into()),
    };
    let record = [
        ("bucket", json!(name)),
        ("exists", json!(exists)),
        ("open_to_caller", json!(exists.then_some(open))),
        ("region", json!(region)),
    ];
    write_record(common.output, &record).map_err(Failure::Output)?;
    Ok(ExitCode::from(u8::from(!exists)))
}
