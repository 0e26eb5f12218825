use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::SystemTime,
};

use http::{HeaderName, HeaderValue};
use sts3::{
    Credentials, Endpoint, InvalidInput, Region, ServiceError,
    call::{Correction, SignedFor, check_channel},
    endpoint::{AwsHost, BaseUrl},
    runtime::Limits,
    sigv4::{self, Scope, SignedTexts, Signer, SigningSteps, Timestamp},
};
use time::Duration;

use crate::{
    common::Common,
    failure::Failure,
    input,
    output::{Target, printable, write_explanation},
    request_args::{Message, RequestArgs},
    session,
    stderr::say,
};

/// Arguments of `sts3 request`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    /// Write the answer's body to this file; `-` is standard output.
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the answer's status and headers, too.
    #[arg(short = 'i', long)]
    include: bool,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let mut message = args.request.read(common)?;
    let client = session::signing_client(common)?;
    let credentials = match common.no_sign_request {
        true => None,
        false => Some(session::required_credentials(&client).await?),
    };
    let caller = client.caller();
    let limits = Limits::new(caller.policy().attempt_timeout);
    let (mut clock_offset, mut attempt) = (0, 1);
    let mut made = Vec::new();
    let (response, steps) = loop {
        let mut request = build(&message)?;
        let time = caller.clock().now();
        let steps = match &credentials {
            Some(credentials) => {
                check(caller.endpoint(), request.uri(), message.scope.service(), credentials)?;
                let signed_for = time.checked_add(Duration::seconds(clock_offset)).unwrap_or(time);
                Some(sign(
                    &mut request,
                    &message,
                    credentials,
                    Timestamp::from(SystemTime::from(signed_for)),
                )?)
            }
            None => None,
        };
        let response = caller.exchange("request", attempt, request, limits).await?;
        let region = Region::new(message.scope.region())?;
        let correction = correction(&response, &SignedFor { region: &region, time, clock_offset });
        // As in all calls, each kind once.
        let kind = correction.as_ref().map(std::mem::discriminant);
        match correction.filter(|_| !made.contains(&kind)) {
            Some(Correction::Region(to)) => message = moved(message, &region, &to),
            Some(Correction::ClockOffset(seconds)) => clock_offset = seconds,
            _ => break (response, steps),
        }
        made.push(kind);
        attempt += 1;
    };
    write_answer(&response, args).map_err(Failure::Output)?;
    if response.status().is_client_error() || response.status().is_server_error() {
        say(format_args!("sts3: the service refused: HTTP {}", response.status().as_u16()));
        explain(common, &response, steps.as_ref());
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

/// What a refusal asks to change before the request is sent once more.
fn correction(response: &http::Response<Vec<u8>>, signed: &SignedFor<'_>) -> Option<Correction> {
    if response.status().is_success() {
        return None;
    }
    let refusal = ServiceError::from_response("request", response);
    Correction::of(&refusal, response.headers(), signed)
}

/// The same request for another region; at an AWS host, for that region's.
fn moved(message: Message, from: &Region, to: &Region) -> Message {
    let is_aws = AwsHost::parse(message.authority.split(':').next().unwrap_or_default()).is_some();
    let authority = if is_aws {
        in_region(&message.authority, from.as_str(), to.as_str())
    } else {
        message.authority.clone()
    };
    let scope = Scope::new(to.as_str(), message.scope.service());
    let is_host = |name: &str| name.eq_ignore_ascii_case("host");
    let headers = message.headers.into_iter().map(|(name, value)| {
        let value = if is_host(&name) && value == message.authority { authority.clone() } else { value };
        (name, value)
    });
    Message { headers: headers.collect(), authority: authority.clone(), scope, ..message }
}

/// `bucket.s3.eu-west-1.amazonaws.com` and `s3-eu-west-1.amazonaws.com` name the region, `s3.amazonaws.com` none.
fn in_region(authority: &str, from: &str, to: &str) -> String {
    let (from_old, to_old) = (format!("s3-{from}"), format!("s3-{to}"));
    let labels: Vec<&str> = authority.split('.').collect();
    let has_region = labels.iter().any(|label| *label == from || *label == from_old);
    let renamed = labels.into_iter().map(|label| match label {
        label if label == from => to.to_owned(),
        label if label == from_old => to_old.clone(),
        "s3" if !has_region => format!("s3.{to}"),
        label => label.to_owned(),
    });
    renamed.collect::<Vec<_>>().join(".")
}

fn build(message: &Message) -> Result<http::Request<Vec<u8>>, Failure> {
    let mut request = http::Request::builder().method(message.method.as_str()).uri(message.url());
    for (name, value) in &message.headers {
        request = request.header(name, value);
    }
    let problem = |error: http::Error| Failure::Usage(format!("the request cannot be sent: {error}"));
    request.body(message.body.clone()).map_err(problem)
}

/// As for all other requests: long-lived keys are for TLS, and for this machine, and so are calls that may carry or
/// return secrets, which those of S3 do not.
fn check(
    endpoint: &Endpoint,
    url: &http::Uri,
    service: &str,
    credentials: &Credentials,
) -> Result<(), Failure> {
    let host = url.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let scheme = url.scheme_str().unwrap_or("http");
    let url: BaseUrl = format!("{scheme}://{host}").parse()?;
    check_channel(endpoint, &url, credentials)?;
    if service == "s3" || endpoint.trusts(&url) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "http://{host} is plain HTTP to another machine, and calls of {service} may carry or return secrets: use https, or \
         allow it (--allow-http)"
    )))
}

fn sign(
    request: &mut http::Request<Vec<u8>>,
    message: &Message,
    credentials: &Credentials,
    time: Timestamp,
) -> Result<SigningSteps, Failure> {
    let signer = Signer::new(credentials.keys(), message.scope.clone());
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
    match args.out.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let mut target = Target::new(Some(path))?;
            target.write_all(response.body())?;
            target.complete()?;
        }
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

/// Why a signature was refused. An answer beyond the size of any refusal is looked at up to there.
fn explain(common: &Common, response: &http::Response<Vec<u8>>, steps: Option<&SigningSteps>) {
    let body = response.body().get(..input::MAX_REFUSAL as usize).unwrap_or(response.body());
    let error = ServiceError::from_text(&String::from_utf8_lossy(body));
    let Some(steps) = steps.filter(|_| error.is_signature_mismatch()) else { return };
    if common.verbose > 0 {
        let explanation = error.explain(&SignedTexts::from(steps));
        // Standard error is for whoever watches: if it is gone, nobody does.
        let _ = write_explanation(io::stderr().lock(), &explanation);
    } else {
        say("  hint: run it again with -v to see which part of the signature differs");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_aws_follows_its_region() {
        for (host, expected) in [
            ("bucket.s3.eu-west-1.amazonaws.com", "bucket.s3.eu-central-1.amazonaws.com"),
            ("s3-eu-west-1.amazonaws.com", "s3-eu-central-1.amazonaws.com"),
            ("bucket.s3.dualstack.eu-west-1.amazonaws.com", "bucket.s3.dualstack.eu-central-1.amazonaws.com"),
            ("bucket.s3.amazonaws.com", "bucket.s3.eu-central-1.amazonaws.com"),
            ("sts.eu-west-1.amazonaws.com:8443", "sts.eu-central-1.amazonaws.com:8443"),
        ] {
            assert_eq!(in_region(host, "eu-west-1", "eu-central-1"), expected);
        }
    }
}
