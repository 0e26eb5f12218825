use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap_complete::ArgValueCompleter;
use serde_json::json;
use sts3::s3::partition::Part;

use crate::{
    common::{Common, Output, whole},
    completion,
    failure::Failure,
    output::{csv_field, json_line, json_pretty, shell_quoted},
    s3_url::S3Url,
    session, similar_bucket,
};

/// Arguments of `sts3 split`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to split.
    #[arg(value_name = "s3://BUCKET[/PREFIX]", add = ArgValueCompleter::new(completion::buckets))]
    url: S3Url,
    /// Into how many ranges of keys. Each takes some eight requests to find.
    #[arg(long, value_name = "N", value_parser = whole::<u16>(1, 1000), allow_negative_numbers = true)]
    parts: u16,
}

/// Ranges of about the same size: `sts3 ls -r --start-after A --stop-at B` lists one.
pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let client = session::client(common)?;
    let listing = client.list_objects_v2(&args.url.bucket).prefix(&args.url.key);
    let found = listing.split(usize::from(args.parts)).await.map_err(Failure::Call);
    let found = similar_bucket::suggest(common, &client, &args.url.bucket, found).await?;
    write(common.output, &found.parts).map_err(Failure::Output)?;
    crate::stderr::say(format_args!("sts3: {} ranges, {} requests", found.parts.len(), found.requests));
    Ok(ExitCode::SUCCESS)
}

fn write(output: Output, parts: &[Part]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let record =
        |part: &Part| json!({ "start_after": part.start_after, "stop_at": part.stop_at, "keys": part.keys });
    match output {
        Output::Text => {
            for part in parts {
                let stop = part.stop_at.as_deref().unwrap_or_default();
                writeln!(
                    out,
                    "{:>12} {} {}",
                    part.keys,
                    shell_quoted(&part.start_after),
                    shell_quoted(stop)
                )?;
            }
        }
        Output::Json => {
            writeln!(out, "{}", json_pretty(&parts.iter().map(record).collect::<Vec<_>>())?)?;
        }
        Output::Ndjson => {
            for part in parts {
                writeln!(out, "{}", json_line(&record(part))?)?;
            }
        }
        Output::Csv => {
            let is_terminal = out.is_terminal();
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(["start_after", "stop_at", "keys"])?;
            for part in parts {
                let stop = part.stop_at.as_deref().unwrap_or_default();
                let bound = |key| csv_field(key, is_terminal);
                csv.write_record([&*bound(&part.start_after), &*bound(stop), &part.keys.to_string()])?;
            }
            csv.flush()?;
        }
        #[cfg(feature = "parquet")]
        Output::Parquet => return Err(crate::output::only_objects()),
    }
    out.flush()
}
