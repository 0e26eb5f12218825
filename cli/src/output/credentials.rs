use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::json;
use sts3::Credentials;

use super::{escaped_json, iso};

/// In which form credentials are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON as STS names the fields.
    #[default]
    Json,
    /// `export NAME=value` for bash, zsh and sh: eval "$(…)".
    Env,
    /// `set -gx NAME value` for fish: … | source.
    Fish,
    /// `$Env:NAME = 'value'` for PowerShell.
    #[value(alias = "power-shell")]
    Powershell,
    /// `set NAME=value` for cmd.exe.
    #[value(alias = "windows-cmd")]
    Cmd,
    /// JSON as `credential_process` must print it.
    Process,
    /// A section for the shared credentials file.
    Ini,
}

/// Print credentials. This is the one place where secrets leave the program on purpose.
pub(crate) fn write_credentials(format: Format, credentials: &Credentials) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(rendered(format, credentials).as_bytes())?;
    out.flush()
}

/// The environment variables that hold credentials.
pub(crate) fn variables(credentials: &Credentials) -> Vec<(&'static str, String)> {
    let token = credentials.session_token().map(|token| token.expose().to_owned());
    let all = [
        ("AWS_ACCESS_KEY_ID", Some(credentials.access_key_id().to_owned())),
        ("AWS_SECRET_ACCESS_KEY", Some(credentials.secret_access_key().expose().to_owned())),
        ("AWS_SESSION_TOKEN", token),
        ("AWS_CREDENTIAL_EXPIRATION", credentials.expiration().map(iso)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn rendered(format: Format, credentials: &Credentials) -> String {
    let id = credentials.access_key_id();
    let secret = credentials.secret_access_key().expose();
    let token = credentials.session_token().map(|token| token.expose());
    let expiration = credentials.expiration().map(iso);
    let lines = |write: &dyn Fn(&str, &str) -> String| {
        variables(credentials).iter().map(|(name, value)| write(name, value)).collect::<String>()
    };
    match format {
        Format::Json | Format::Process => {
            let version = (format == Format::Process).then(|| ("Version", json!(1)));
            let own = [
                Some(("AccessKeyId", json!(id))),
                Some(("SecretAccessKey", json!(secret))),
                token.map(|token| ("SessionToken", json!(token))),
                expiration.map(|expiration| ("Expiration", json!(expiration))),
            ];
            let members = version.into_iter().chain(own.into_iter().flatten());
            let value: serde_json::Value = members.map(|(name, value)| (name.to_owned(), value)).collect();
            format!("{}\n", escaped_json(format!("{value:#}")))
        }
        Format::Env => lines(&|name, value| format!("export {name}={}\n", single_quoted(value))),
        Format::Fish => lines(&|name, value| format!("set -gx {name} {}\n", fish_quoted(value))),
        Format::Powershell => {
            lines(&|name, value| format!("$Env:{name} = '{}'\n", value.replace('\'', "''")))
        }
        Format::Cmd => lines(&|name, value| format!("set \"{name}={value}\"\n")),
        Format::Ini => {
            let token = token.map(|token| format!("aws_session_token = {token}\n")).unwrap_or_default();
            format!("[sts3]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n{token}")
        }
    }
}

/// For POSIX shells: nothing is special between single quotes but the quote itself.
fn single_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// fish knows two escapes between single quotes.
fn fish_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}
