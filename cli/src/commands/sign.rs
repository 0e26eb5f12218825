use std::{
    io::{self, Write},
    process::ExitCode,
    time::SystemTime,
};

use serde_json::json;
use sts3::sigv4::{Error, Signer, SigningSteps, Timestamp};

use crate::{
    common::{Common, Output},
    failure::Failure,
    output::{json_line, printable},
    request_args::{Message, RequestArgs},
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
    let signer = Signer::new(credentials.keys(), message.scope.clone());
    let time = args.time.unwrap_or_else(|| Timestamp::from(SystemTime::now()));
    let (headers, steps) = message.with_view(|view| -> Result<_, Error> {
        let (signed, steps) = signer.sign_in_steps(view, time)?;
        let headers: Vec<_> = signed.headers().map(|(name, value)| (name, value.to_owned())).collect();
        Ok((headers, steps))
    })?;
    print(common.output, &message, &headers, &steps).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn print(
    output: Output,
    message: &Message,
    headers: &[(&'static str, String)],
    steps: &SigningSteps,
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if output == Output::Text {
        let block = |title: &str, text: &str| {
            let lines: String = text.split('\n').map(|line| format!("  {}\n", printable(line))).collect();
            format!("{title}\n{lines}\n")
        };
        out.write_all(block("1. canonical request", &steps.canonical_request).as_bytes())?;
        out.write_all(block("2. string to sign", &steps.string_to_sign).as_bytes())?;
        let key = format!(
            "HMAC(HMAC(HMAC(HMAC(\"AWS4\" + secret, date), {}), {}), aws4_request)",
            message.scope.region(),
            message.scope.service()
        );
        out.write_all(block("3. signing key", &key).as_bytes())?;
        out.write_all(block("4. signature", steps.signature.as_str()).as_bytes())?;
        writeln!(out, "headers to add to {} {}", message.method, printable(&message.url()))?;
        for (name, value) in headers {
            writeln!(out, "  {name}: {}", printable(value))?;
        }
    } else {
        let headers: serde_json::Map<_, _> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let value = json!({
            "method": message.method,
            "url": message.url(),
            "canonical_request": steps.canonical_request,
            "string_to_sign": steps.string_to_sign,
            "signature": steps.signature.as_str(),
            "headers": headers,
        });
        writeln!(out, "{}", json_line(&value)?)?;
    }
    out.flush()
}
