use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::json;
use sts3::Credentials;

use super::{escaped_json, iso};
use crate::failure::Failure;

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
///
/// # Errors
/// A value cannot stand in the form without meaning something else there; or it cannot be written.
pub(crate) fn write_credentials(format: Format, credentials: &Credentials) -> Result<(), Failure> {
    check(format, credentials).map_err(Failure::Usage)?;
    let mut out = io::stdout().lock();
    let text = rendered(format, credentials);
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
}

/// The library lets nothing but printable ASCII come in, and from what people write blanks as well. Of these some
/// forms cannot quote all: cmd.exe ends a string at every `"` and expands `%` and `!` within one, a settings file
/// knows no quotes.
fn check(format: Format, credentials: &Credentials) -> Result<(), String> {
    for (name, value) in variables(credentials) {
        let is_plain = value.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        let problem = match format {
            _ if !is_plain => "characters that are not printable ASCII",
            Format::Cmd if value.contains(['"', '%', '!']) => {
                "a `\"`, `%` or `!`, which cmd.exe cannot quote"
            }
            Format::Ini if value.contains(' ') => "a blank, which a settings file cannot quote",
            _ => continue,
        };
        return Err(format!(
            "{name} has {problem}: use another --format, or `sts3 exec`, or correct the value"
        ));
    }
    Ok(())
}

/// The environment variables that hold credentials.
pub(crate) fn variables(credentials: &Credentials) -> Vec<(&'static str, String)> {
    let token = credentials.session_token().map(|token| token.expose().to_owned());
    let all = [
        ("AWS_ACCESS_KEY_ID", Some(credentials.access_key_id().to_owned())),
        ("AWS_SECRET_ACCESS_KEY", Some(credentials.secret_access_key().expose().to_owned())),
        ("AWS_SESSION_TOKEN", token),
        ("AWS_CREDENTIAL_EXPIRATION", credentials.expiration().map(iso)),
        ("AWS_ACCOUNT_ID", credentials.account_id().map(str::to_owned)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn rendered(format: Format, credentials: &Credentials) -> String {
    let id = credentials.access_key_id();
    let secret = credentials.secret_access_key().expose();
    let token = credentials.session_token().map(|token| token.expose());
    let expiration = credentials.expiration().map(iso);
    let account = credentials.account_id();
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
                account.map(|account| ("AccountId", json!(account))),
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
            let account = account.map(|account| format!("aws_account_id = {account}\n")).unwrap_or_default();
            format!("[sts3]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n{token}{account}")
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Format; 7] = [
        Format::Json,
        Format::Env,
        Format::Fish,
        Format::Powershell,
        Format::Cmd,
        Format::Process,
        Format::Ini,
    ];

    /// In which forms a token can be printed.
    fn forms_for(token: &str) -> Vec<Format> {
        let keys = Credentials::new("AKID", "secret").with_session_token(token);
        ALL.into_iter().filter(|format| check(*format, &keys).is_ok()).collect()
    }

    #[test]
    fn what_a_form_cannot_quote_is_refused_there_and_printed_elsewhere() {
        assert_eq!(forms_for("FwoGZXIvYXdzE/+="), ALL);
        // Quotes, escapes and separators of every shell but cmd's own are literal in the others' quotes.
        assert_eq!(forms_for("a'b`c$(d)\\;e&f|g<h>i^j#k"), ALL);
        let all_but = |out| ALL.into_iter().filter(|format| *format != out).collect::<Vec<_>>();
        for token in ["a\"&calc&\"b", "%PATH%", "!x!"] {
            assert_eq!(forms_for(token), all_but(Format::Cmd), "{token}");
        }
        assert_eq!(forms_for("a ; b"), all_but(Format::Ini));
        for token in ["a\nb", "a\rb", "\u{1b}[2J", "a\0", "\u{2019};calc", "\u{201b}", "\u{85}"] {
            assert_eq!(forms_for(token), [], "{token:?}");
        }
    }
}
