use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use http::Response;
use sts3::{Error, Operation, Raw, ServiceError, UnsignedRequest, endpoint::Service};

use crate::{
    common::Common,
    failure::Failure,
    output::{Target, printable, write_explanation},
    request_args::RequestArgs,
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
    let message = args.request.read(common)?;
    let client = session::signing_client(common)?;
    let credentials =
        if common.no_sign_request { None } else { Some(session::required_credentials(&client).await?) };
    let endpoint = message.endpoint(client.caller().endpoint())?;
    // Without a signature it proves nobody's identity: it carries no more secrets than its user writes into it.
    let carries_secrets = credentials.is_some() && message.carries_secrets();
    let request = Shown { raw: message.into_raw()?.with_secrets(carries_secrets), refusal: Mutex::default() };
    let answer = client.caller().with_endpoint(endpoint).call(&request, credentials.as_ref()).await;
    let (response, error) = match answer {
        Ok(response) => (response, None),
        Err(Error::Service(error)) => match request.into_refusal() {
            Some(response) => (response, Some(error)),
            None => return Err(Error::Service(error).into()),
        },
        Err(error) => return Err(error.into()),
    };
    write_answer(&response, args).map_err(Failure::Output)?;
    if response.status().is_client_error() || response.status().is_server_error() {
        say(format_args!("sts3: the service refused: HTTP {}", response.status().as_u16()));
        explain(common, error.as_deref());
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

/// A request whose last refusal is kept as it came: it is shown whole.
struct Shown {
    raw: Raw,
    refusal: Mutex<Option<Response<Vec<u8>>>>,
}

impl Shown {
    fn into_refusal(self) -> Option<Response<Vec<u8>>> {
        self.refusal.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Operation for Shown {
    type Output = Response<Vec<u8>>;

    fn name(&self) -> &str {
        self.raw.name()
    }

    fn service(&self) -> Service {
        self.raw.service()
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        self.raw.request()
    }

    fn parse(&self, response: Response<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        self.raw.parse(response)
    }

    fn refusal(&self, response: &Response<Vec<u8>>) -> ServiceError {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(response.clone());
        self.raw.refusal(response)
    }

    fn carries_secrets(&self) -> bool {
        self.raw.carries_secrets()
    }

    fn is_repeatable(&self) -> bool {
        self.raw.is_repeatable()
    }

    fn has_xml_answer(&self) -> bool {
        self.raw.has_xml_answer()
    }
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

/// Why a signature was refused.
fn explain(common: &Common, error: Option<&ServiceError>) {
    let Some(error) = error.filter(|error| error.is_explicable()) else { return };
    if common.verbose == 0 {
        return say("  hint: run it again with -v to see which part of the signature differs");
    }
    if let Some(explanation) = error.explanation() {
        // Standard error is for whoever watches: if it is gone, nobody does.
        let _ = write_explanation(io::stderr().lock(), &explanation);
    }
}
