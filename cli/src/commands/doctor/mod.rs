//! `sts3 doctor`: what stands between this machine and a bucket, one thing after the other, to the first fault.
//!
//! `walk` looks and asks, `steps` says which step an error belongs to and how it is repaired; here the result is told.

mod steps;
mod walk;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use serde_json::{Value, json};

use self::walk::{Found, State};
use crate::{
    color::Paint,
    common::{Common, Output},
    failure::Failure,
    output::{json_pretty, printable, write_records},
};

/// Arguments of `sts3 doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask whether this bucket can be listed, too (s3:// in front is allowed).
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
}

/// A fault was found.
const FAULT: u8 = 1;

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let bucket = args.bucket.as_deref().map(|name| name.strip_prefix("s3://").unwrap_or(name));
    let found = walk::walk(common, bucket.map(|name| name.trim_end_matches('/'))).await?;
    match common.output {
        Output::Text => write_text(common, &found),
        Output::Json => write_json(&found),
        other => write_records(other, &[], found.lines.iter().map(|line| record(line, &found))),
    }
    .map_err(Failure::Output)?;
    Ok(if found.fault.is_some() { ExitCode::from(FAULT) } else { ExitCode::SUCCESS })
}

fn write_text(common: &Common, found: &Found) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let paint = Paint::new(common.color, io::IsTerminal::is_terminal(&out));
    for line in &found.lines {
        let (step, saw) = (line.step.name(), printable(&line.saw));
        let state = format!("{:5}", line.state.name());
        match line.state {
            State::Fault => writeln!(out, "{step:9} {} {saw}", paint.alarm(&state))?,
            _ => writeln!(out, "{step:9} {state} {saw}")?,
        }
    }
    if let Some(fault) = &found.fault {
        writeln!(out, "{:9} {} {}", "", paint.advice("repair:"), printable(&fault.repair))?;
    }
    out.flush()
}

fn write_json(found: &Found) -> io::Result<()> {
    let steps: Vec<Value> = found
        .lines
        .iter()
        .map(|line| json!({ "step": line.step.name(), "state": line.state.name(), "saw": line.saw }))
        .collect();
    let fault = found.fault.as_ref().map(|fault| {
        let problem = found.lines.last().map(|line| line.saw.as_str());
        json!({ "step": fault.step.name(), "problem": problem, "repair": fault.repair })
    });
    let healthy = fault.is_none();
    let mut out = io::stdout().lock();
    writeln!(out, "{}", json_pretty(&json!({ "healthy": healthy, "steps": steps, "fault": fault }))?)?;
    out.flush()
}

fn record(line: &walk::Line, found: &Found) -> Vec<(&'static str, Value)> {
    let repair = found.fault.as_ref().filter(|fault| fault.step == line.step).map(|fault| &fault.repair);
    vec![
        ("step", json!(line.step.name())),
        ("state", json!(line.state.name())),
        ("saw", json!(line.saw)),
        ("repair", json!(repair)),
    ]
}
