use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::SystemTime,
};

use http::{HeaderName, HeaderValue};
use sts3::{
    Credentials, Endpoint, InvalidInput, RetryPolicy, ServiceError,
    endpoint::BaseUrl,
    sigv4::{self, SignedTexts, Signer, SigningSteps, Timestamp},
    transport::{Limits, Transport},
};

use crate::{
    common::Common,
    failure::Failure,
    output::{printable, write_explanation},
    request_args::{Message, RequestArgs},
    session,
};

/// Arguments of `sts3 request`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    /// Write the answer's body to this file.
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the answer's status and headers, too.
    #[arg(short = 'i', long)]
    include: bool,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let message = args.request.read(common)?;
    let http = session::transport(common)?;
    let mut steps = None;
    let mut request = build(&message)?;
    if !common.no_sign_request {
        let client = session::signing_client(common)?;
        let credentials = session::required_credentials(&client).await?;
        check_channel(client.caller().endpoint(), request.uri(), &credentials)?;
        steps = Some(sign(&mut request, &message, &credentials)?);
    }
    let limits = Limits::new(common.attempt_timeout.unwrap_or(RetryPolicy::default().attempt_timeout));
    let response = http.send(request, limits).await?;
    write_answer(&response, args).map_err(Failure::Output)?;
    if response.status().is_client_error() || response.status().is_server_error() {
        eprintln!("sts3: the service refused: HTTP {}", response.status().as_u16());
        explain(common, &response, steps.as_ref());
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

fn build(message: &Message) -> Result<http::Request<Vec<u8>>, Failure> {
    let mut request = http::Request::builder().method(message.method.as_str()).uri(message.url());
    for (name, value) in &message.headers {
        request = request.header(name, value);
    }
    let problem = |error: http::Error| Failure::Usage(format!("the request cannot be sent: {error}"));
    request.body(message.body.clone()).map_err(problem)
}

/// As for all other requests: long-lived keys are for TLS, and for this machine.
fn check_channel(endpoint: &Endpoint, url: &http::Uri, credentials: &Credentials) -> Result<(), Failure> {
    let host = url.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let scheme = url.scheme_str().unwrap_or("http");
    let url: BaseUrl = format!("{scheme}://{host}").parse()?;
    if endpoint.trusts(&url) || credentials.session_token().is_some() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "http://{host} is plain HTTP to another machine, and the keys are long-lived: use https or temporary credentials, or \
         allow it (--allow-http)"
    )))
}

fn sign(
    request: &mut http::Request<Vec<u8>>,
    message: &Message,
    credentials: &Credentials,
) -> Result<SigningSteps, Failure> {
    let signer = Signer::new(credentials.keys(), message.scope.clone());
    let time = Timestamp::from(SystemTime::now());
    let (headers, steps) = message.with_view(|view| -> Result<_, sigv4::Error> {
        let (signed, steps) = signer.sign_in_steps(view, time)?;
        let headers: Vec<_> = signed.headers().map(|(name, value)| (name, value.to_owned())).collect();
        Ok((headers, steps))
    })?;
    for (name, value) in headers {
        let value = HeaderValue::from_str(&value);
        let value = value
            .map_err(|_| InvalidInput::new("credentials", "hold a line break: they were copied wrong"))?;
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(steps)
}

fn write_answer(response: &http::Response<Vec<u8>>, args: &Args) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if args.include {
        writeln!(out, "HTTP {}", response.status())?;
        for (name, value) in response.headers() {
            writeln!(out, "{name}: {}", printable(&String::from_utf8_lossy(value.as_bytes())))?;
        }
        writeln!(out)?;
    }
    match &args.out {
        Some(path) => std::fs::write(path, response.body())?,
        // What a server sends must not steer a terminal; a file or a pipe gets it byte for byte.
        None if out.is_terminal() => {
            let text = String::from_utf8_lossy(response.body());
            let lines: Vec<_> = text.split('\n').map(printable).collect();
            out.write_all(lines.join("\n").as_bytes())?;
            writeln!(out)?;
        }
        None => out.write_all(response.body())?,
    }
    out.flush()
}

fn explain(common: &Common, response: &http::Response<Vec<u8>>, steps: Option<&SigningSteps>) {
    let error = ServiceError::from_text(&String::from_utf8_lossy(response.body()));
    let Some(steps) = steps.filter(|_| error.is_signature_mismatch()) else { return };
    if common.verbose {
        let explanation = error.explain(&SignedTexts::from(steps));
        // Standard error is for whoever watches: if it is gone, nobody does.
        let _ = write_explanation(io::stderr().lock(), &explanation);
    } else {
        eprintln!("  hint: run it again with -v to see which part of the signature differs");
    }
}
