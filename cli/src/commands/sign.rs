use std::{
    io::{self, Write},
    process::ExitCode,
};

use serde_json::json;
use sts3::{InvalidInput, SignedRequest, sigv4::Timestamp, time::OffsetDateTime};

use crate::{
    common::{Common, Output},
    failure::Failure,
    output::{json_line, printable},
    request_args::RequestArgs,
    session,
};

/// Arguments of `sts3 sign`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    /// Time of signing, as 20150830T123600Z; now unless given.
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    time: Option<Timestamp>,
}

fn read_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "it must be UTC in the form 20150830T123600Z".into())
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let message = args.request.read(common)?;
    let client = session::signing_client(common)?;
    let credentials = session::required_credentials(&client).await?;
    let endpoint = message.endpoint(client.caller().endpoint())?;
    let (method, url) = (message.method.clone(), message.url());
    let now = match args.time {
        Some(time) => at(time)?,
        None => client.caller().clock().now(),
    };
    let signed = SignedRequest::new(&message.into_raw()?.named("sign"), &endpoint, &credentials, now)?;
    print(common.output, &method, &url, &signed).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn at(time: Timestamp) -> Result<OffsetDateTime, InvalidInput> {
    let seconds = i64::try_from(time.unix_seconds()).ok();
    seconds
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .ok_or_else(|| InvalidInput::new("time", "is later than any that can be signed for"))
}

fn print(output: Output, method: &str, url: &str, signed: &SignedRequest) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let (steps, scope) = (signed.steps(), signed.scope());
    let headers = || {
        let pairs = signed.added_headers();
        pairs.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
    };
    if output == Output::Text {
        let block = |title: &str, text: &str| {
            let lines: String = text.split('\n').map(|line| format!("  {}\n", printable(line))).collect();
            format!("{title}\n{lines}\n")
        };
        out.write_all(block("1. canonical request", &steps.canonical_request).as_bytes())?;
        out.write_all(block("2. string to sign", &steps.string_to_sign).as_bytes())?;
        let key = format!(
            "HMAC(HMAC(HMAC(HMAC(\"AWS4\" + secret, date), {}), {}), aws4_request)",
            scope.region(),
            scope.service()
        );
        out.write_all(block("3. signing key", &key).as_bytes())?;
        out.write_all(block("4. signature", steps.signature.as_str()).as_bytes())?;
        writeln!(out, "headers to add to {} {}", method, printable(url))?;
        for (name, value) in headers() {
            writeln!(out, "  {name}: {}", printable(&value))?;
        }
    } else {
        let headers: serde_json::Map<_, _> =
            headers().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let value = json!({
            "method": method,
            "url": url,
            "canonical_request": steps.canonical_request,
            "string_to_sign": steps.string_to_sign,
            "signature": steps.signature.as_str(),
            "headers": headers,
        });
        writeln!(out, "{}", json_line(&value)?)?;
    }
    out.flush()
}
