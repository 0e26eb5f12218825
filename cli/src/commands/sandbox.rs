use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use sts3_sandbox::{BucketSpec, Record, Sandbox};

#[cfg(feature = "sandbox-tls")]
use crate::ca_file::CaFile;
use crate::{
    child,
    child_environment::{confine, confining_lines},
    common::{read_duration, whole},
    failure::Failure,
    output::{escaped_json, printable},
    signals,
    stderr::say,
};

/// Arguments of `sts3 sandbox`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Port on 127.0.0.1; a free one unless given.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole::<u16>(0, 65_535), allow_negative_numbers = true)]
    port: u16,
    /// Bucket to start with: a small demo, empty, or generated keys of the distributions flat-uuid, dated,
    /// deep-skew, numeric, unicode.
    #[arg(long, value_name = "NAME[:DISTRIBUTION:COUNT]")]
    bucket: Vec<BucketSpec>,
    /// Region that requests must be signed for.
    #[arg(long = "sandbox-region", value_name = "NAME", default_value = "us-east-1")]
    region: String,
    /// Wait this long before every answer: 60ms.
    #[arg(long, value_name = "TIME", value_parser = read_duration, allow_negative_numbers = true)]
    latency: Option<Duration>,
    /// Answer this share of requests with an internal error.
    #[arg(long, value_name = "P", value_parser = read_rate, allow_negative_numbers = true)]
    error_rate: Option<f64>,
    /// Cut this share of answers in the middle.
    #[arg(long, value_name = "P", value_parser = read_rate, allow_negative_numbers = true)]
    truncate_rate: Option<f64>,
    /// Reset the connection instead of answering this share of requests.
    #[arg(long, value_name = "P", value_parser = read_rate, allow_negative_numbers = true)]
    reset_rate: Option<f64>,
    /// Never answer this share of requests.
    #[arg(long, value_name = "P", value_parser = read_rate, allow_negative_numbers = true)]
    stall_rate: Option<f64>,
    /// Answer S3 requests above this many a second with SlowDown.
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1, u32::MAX.into()), allow_negative_numbers = true)]
    slowdown_rps: Option<u32>,
    /// End every session after this time.
    #[arg(long, value_name = "TIME", value_parser = read_shift, allow_negative_numbers = true)]
    session_lifetime: Option<Duration>,
    /// Refuse to assume roles without MFA (any six digits are a code, each once, but 000000).
    #[arg(long)]
    require_mfa: bool,
    /// Set the sandbox's clock ahead by this: 10m; -10m sets it back.
    #[arg(long, value_name = "TIME", value_parser = read_skew, allow_hyphen_values = true)]
    clock_skew: Option<i64>,
    /// Speak HTTPS, with a certificate made at start. AWS_CA_BUNDLE of the command (or of the printed lines) names the
    /// file with the certificate of its authority. Keys are never written.
    #[cfg(feature = "sandbox-tls")]
    #[arg(long)]
    tls: bool,
    /// Write that certificate (PEM) into this file, which stays; else it is in a temporary file until the end.
    #[cfg(feature = "sandbox-tls")]
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<std::path::PathBuf>,
    /// File with the certificate (PEM) of an authority whose certificates IAM Roles Anywhere trusts (`sts3 roles-anywhere`).
    #[cfg(feature = "x509")]
    #[arg(long, value_name = "FILE")]
    trust_anchor: Vec<std::path::PathBuf>,
    /// Print every request and why it was refused, on standard error: as text, or as one JSON value a line
    /// (`--log=json`).
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    log: Option<LogForm>,
    /// Command to run against the sandbox, which ends with it and has its exit code (see `exec`). It gets the
    /// signals that this program gets, and none of your settings for AWS. `sts3` means this program.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// How requests are logged.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum LogForm {
    Text,
    Json,
}

/// A line for a request: what came, and why it was refused.
fn log_line(record: &Record, form: LogForm) -> String {
    match form {
        LogForm::Text => {
            let outcome = record.code.as_deref().unwrap_or("OK");
            let reason = record.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let Record { status, operation, method, target, .. } = record;
            let line = format!("sandbox: {status} {operation} {method} {target} {outcome}{reason}");
            printable(&line).into_owned()
        }
        LogForm::Json => escaped_json(
            serde_json::json!({
                "request_id": record.request_id,
                "method": record.method,
                "target": record.target,
                "operation": record.operation,
                "status": record.status,
                "code": record.code,
                "reason": record.reason,
            })
            .to_string(),
        ),
    }
}

fn read_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("it must be a share from 0 to 1, as 0.05".into()),
    }
}

/// As far as the sandbox's clock and sessions go: times beyond cannot be written.
fn read_shift(text: &str) -> Result<Duration, String> {
    const YEARS: u64 = 100;
    let shift = read_duration(text)?;
    if shift.as_secs() > YEARS * 365 * 24 * 60 * 60 {
        return Err(format!("it must be at most {YEARS} years"));
    }
    Ok(shift)
}

fn read_skew(text: &str) -> Result<i64, String> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let seconds = i64::try_from(read_shift(text)?.as_secs()).map_err(|_| "it is too long".to_owned())?;
    Ok(sign * seconds)
}

pub(super) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let command = args.command.clone();
    let port = args.port;
    #[cfg(feature = "sandbox-tls")]
    let ca_out = args.ca_out.clone();
    #[cfg(feature = "x509")]
    let trust_anchors = args.trust_anchor.clone();
    let builder = builder(args);
    #[cfg(feature = "x509")]
    let builder = with_trust_anchors(builder, &trust_anchors)?;
    let sandbox = builder
        .start()
        .await
        .map_err(|error| Failure::System(format!("cannot start the sandbox on port {port}: {error}")))?;
    #[cfg(not(feature = "sandbox-tls"))]
    let environment = sandbox.environment();
    #[cfg(feature = "sandbox-tls")]
    let (environment, _ca_file) = trusting(&sandbox, ca_out.as_deref())?;
    match command.split_first() {
        Some((program, arguments)) => run_command(environment, program, arguments).await,
        None => {
            print_exports(environment).map_err(Failure::Output)?;
            tokio::select! {
                () = sandbox.serve() => {}
                _ = signals::asked_to_stop() => {}
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[cfg(feature = "x509")]
fn with_trust_anchors(
    mut builder: sts3_sandbox::SandboxBuilder,
    files: &[std::path::PathBuf],
) -> Result<sts3_sandbox::SandboxBuilder, Failure> {
    for file in files {
        let pem = crate::input::read_text("the trust anchor", file, crate::input::MAX_CERTIFICATE)?;
        builder = builder
            .trust_anchor(&pem)
            .map_err(|problem| Failure::Usage(format!("--trust-anchor {}: {problem}", file.display())))?;
    }
    Ok(builder)
}

fn builder(args: Args) -> sts3_sandbox::SandboxBuilder {
    let mut builder = Sandbox::builder()
        .port(args.port)
        .region(args.region)
        .latency(args.latency.unwrap_or_default())
        .error_rate(args.error_rate.unwrap_or_default())
        .truncate_rate(args.truncate_rate.unwrap_or_default())
        .reset_rate(args.reset_rate.unwrap_or_default())
        .stall_rate(args.stall_rate.unwrap_or_default())
        .require_mfa(args.require_mfa)
        .clock_skew(args.clock_skew.unwrap_or_default());
    for bucket in args.bucket {
        builder = builder.bucket(bucket);
    }
    if let Some(requests) = args.slowdown_rps {
        builder = builder.slowdown_rps(requests);
    }
    if let Some(lifetime) = args.session_lifetime {
        builder = builder.session_lifetime(lifetime);
    }
    #[cfg(feature = "sandbox-tls")]
    if args.tls {
        builder = builder.tls();
    }
    if let Some(form) = args.log {
        builder = builder.on_request(move |record| say(log_line(record, form)));
    }
    builder
}

/// The variables with which a sandbox is found.
type Environment = Vec<(&'static str, String)>;

/// The variables, and with TLS the file in which the authority's certificate is as long as this stays.
#[cfg(feature = "sandbox-tls")]
fn trusting(
    sandbox: &Sandbox,
    ca_out: Option<&std::path::Path>,
) -> Result<(Environment, Option<CaFile>), Failure> {
    let mut environment = sandbox.environment();
    let Some(certificate) = sandbox.ca_certificate() else { return Ok((environment, None)) };
    let file = CaFile::write(certificate, ca_out)?;
    environment.push(("AWS_CA_BUNDLE", file.text()?));
    Ok((environment, Some(file)))
}

fn print_exports(environment: Environment) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(confining_lines(environment).as_bytes())?;
    out.flush()
}

async fn run_command(
    environment: Environment,
    program: &str,
    arguments: &[String],
) -> Result<ExitCode, Failure> {
    let mut command = child::command(program, arguments)?;
    confine(&mut command, environment);
    child::run(command, program).await
}
