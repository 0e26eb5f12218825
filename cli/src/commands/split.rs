use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap_complete::ArgValueCompleter;
use serde_json::json;
use sts3::{
    Client,
    s3::{
        ListObjectsV2, Page,
        partition::{DEFAULT_WIDTH, Part, Planner, Request},
    },
};
use tokio::task::JoinSet;

use crate::{
    common::{Common, Output, whole},
    completion,
    failure::Failure,
    output::{csv_field, json_line, json_pretty, printable},
    s3_url::S3Url,
    session,
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
    let (parts, requests) = survey(&client, &args.url, usize::from(args.parts)).await?;
    write(common.output, &parts).map_err(Failure::Output)?;
    crate::stderr::say(format_args!("sts3: {} ranges, {requests} requests", parts.len()));
    Ok(ExitCode::SUCCESS)
}

async fn survey(client: &Client, url: &S3Url, parts: usize) -> Result<(Vec<Part>, u64), Failure> {
    let mut planner: Planner<Page> = Planner::new(&url.key, DEFAULT_WIDTH).window(usize::MAX);
    let (mut tasks, mut requests) = (JoinSet::new(), 0);
    loop {
        while let Some(Request { id, start_after, .. }) = planner.survey_request(parts) {
            let mut operation = ListObjectsV2::new(&url.bucket).prefix(&url.key);
            if !start_after.is_empty() {
                operation = operation.start_after(start_after);
            }
            let client = client.clone();
            tasks.spawn(async move { (id, client.send(&operation).await) });
            requests += 1;
        }
        let Some(answer) = tasks.join_next().await else { break };
        let (id, page) = answer.map_err(|error| Failure::System(error.to_string()))?;
        let mut page = page?;
        page.compact();
        planner.arrived(id, page).map_err(|_| {
            let problem = "this server does not list keys in the order of their bytes: it cannot be split";
            Failure::System(problem.into())
        })?;
    }
    Ok((planner.parts(parts), requests))
}

fn write(output: Output, parts: &[Part]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let record =
        |part: &Part| json!({ "start_after": part.start_after, "stop_at": part.stop_at, "keys": part.keys });
    match output {
        Output::Text => {
            for part in parts {
                let stop = part.stop_at.as_deref().unwrap_or_default();
                writeln!(out, "{:>12} {:?} {:?}", part.keys, printable(&part.start_after), printable(stop))?;
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
        Output::Parquet => return Err(crate::output::parquet::only_objects()),
    }
    out.flush()
}
