use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use serde_json::json;
use sts3::{
    endpoint::Service,
    signin::{self, GetSigninToken},
};

use crate::{
    common::{Common, Output, read_duration},
    failure::Failure,
    output::write_record,
    session,
};

/// Arguments of `sts3 login-url`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Page of the console to open.
    #[arg(long, value_name = "URL")]
    destination: Option<String>,
    /// Where the console sends people whose session has ended.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// How long the console stays open (15m to 12h); as long as the credentials unless set.
    #[arg(long, value_name = "TIME", value_parser = read_duration)]
    session_duration: Option<Duration>,
    /// Sign-in endpoint to use instead of the region's.
    #[arg(long, value_name = "URL")]
    federation_url: Option<String>,
}

/// Print a link that opens the console with the credentials. Whoever has it can sign in, for 15 minutes.
pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let client = session::client_of(common, |builder| match &args.federation_url {
        Some(url) => builder.service_url(Service::Signin, url),
        None => builder,
    })?;
    let credentials = session::required_credentials(&client).await?;
    let endpoint = client.caller().endpoint();
    let mut operation = GetSigninToken::new(credentials).region(endpoint.region());
    if let Some(duration) = args.session_duration {
        operation = operation.session_duration(duration);
    }
    let token = client.send(&operation).await?;
    let url = signin::login_url(endpoint, &token, args.destination.as_deref(), args.issuer.as_deref())?;
    match common.output {
        Output::Text => writeln!(io::stdout(), "{}", url.expose()),
        output => write_record(output, &[("url", json!(url.expose()))]),
    }
    .map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
