use std::{io, process::ExitCode, time::Duration};

use serde_json::json;
use sts3::{providers::SsoSession, runtime::Caller, sso::DeviceAuthorization, time::OffsetDateTime};

use super::{browser, redirect::Listener, which::Which};
use crate::{
    common::{Common, whole},
    failure::Failure,
    output::{Output, iso, printable, write_record},
    session,
    stderr::say,
};

/// How long a person may take in the browser: awscli's limit.
const PATIENCE: Duration = Duration::from_secs(600);

/// Arguments of `sts3 sso login`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Sign in by a code that is confirmed in a browser on any device: for containers and remote machines.
    #[arg(long, visible_alias = "use-device-code")]
    device: bool,
    /// Print the page's address and open no browser.
    #[arg(long)]
    no_browser: bool,
    /// Port of 127.0.0.1 that the browser comes back to, as for `ssh -L`; a free one unless given.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "device", value_parser = whole::<u16>(0, 65_535), allow_negative_numbers = true)]
    port: u16,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let sign_in = args.which.session(common)?;
    let client = session::unsigned_client(common)?;
    let end = if args.device {
        by_device(&sign_in, client.caller(), !args.no_browser).await?
    } else {
        by_code(&sign_in, client.caller(), args).await?
    };
    let record = [
        ("session", json!(sign_in.name())),
        ("start_url", json!(sign_in.start_url())),
        ("expiration", json!(iso(end.replace_nanosecond(0).unwrap_or(end)))),
    ];
    match common.output {
        Output::Text => {
            say(format!("Signed in to {}.", printable(&sign_in.to_string())));
            Ok(())
        }
        output => write_record(output, &record),
    }
    .map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

async fn by_code(sign_in: &SsoSession, caller: &Caller, args: &Args) -> Result<OffsetDateTime, Failure> {
    // Before the page is opened: a browser that is signed in already comes back at once.
    let listener = Listener::bind(args.port).await.map_err(|error: io::Error| {
        Failure::System(format!("cannot listen on 127.0.0.1:{} for the browser: {error}", args.port))
    })?;
    let begun = sign_in.begin_code_sign_in(caller, listener.port()).await?;
    show_page(begun.authorization().url(), !args.no_browser);
    say("Waiting for the browser to come back to this machine. (In a container, or by SSH: --device.)");
    let code = listener.code(begun.authorization().clone(), PATIENCE).await?;
    Ok(begun.finish(code, caller).await?)
}

async fn by_device(
    sign_in: &SsoSession,
    caller: &Caller,
    opens_browser: bool,
) -> Result<OffsetDateTime, Failure> {
    let show = move |device: &DeviceAuthorization| {
        let page = device.verification_uri_complete.as_deref().unwrap_or(&device.verification_uri);
        show_page(page, opens_browser);
        say(format!(
            "Or open {} on any device and type the code. The page must show this code, or somebody else asks: {}",
            printable(&device.verification_uri),
            printable(&device.user_code),
        ));
    };
    Ok(sign_in.sign_in_by_device(caller, &show).await?)
}

fn show_page(url: &str, opens_browser: bool) {
    say(format!("Sign in on this page:\n\n  {}\n", printable(url)));
    if opens_browser && let Err(problem) = browser::open(url) {
        say(format!("No browser was opened: {}", printable(&problem)));
    }
}
