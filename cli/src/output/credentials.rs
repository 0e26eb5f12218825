use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::json;
use sts3::Credentials;

use super::{escaped_json, form::iso_seconds, shells::Language};
use crate::failure::Failure;

/// In which form credentials are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON as STS names the fields.
    #[default]
    Json,
    /// `export NAME=value` for bash, zsh and sh: eval "$(…)". What such variables say of other keys is unset, here and
    /// in the forms for other shells.
    Env,
    /// `NAME=value`: for `docker run --env-file`, or a shell that does not export.
    EnvNoExport,
    /// `set -gx NAME value` for fish: … | source.
    Fish,
    /// `$Env:NAME = 'value'` for PowerShell: … | Out-String | Invoke-Expression.
    #[value(alias = "power-shell")]
    Powershell,
    /// `set NAME=value`: lines of a batch file for cmd.exe.
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

/// The library lets nothing but printable ASCII come in, and from what people write blanks as well. Shells can quote
/// all of these; a settings file knows no quotes.
fn check(format: Format, credentials: &Credentials) -> Result<(), String> {
    for (name, value) in variables(credentials) {
        let is_plain = value.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        let problem = if !is_plain {
            "characters that are not printable ASCII"
        } else if format == Format::Ini && value.contains(' ') {
            "a blank, which a settings file cannot quote"
        } else {
            continue;
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
        ("AWS_CREDENTIAL_EXPIRATION", credentials.expiration().map(iso_seconds)),
        ("AWS_ACCOUNT_ID", credentials.account_id().map(str::to_owned)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What a shell may still have from other keys, and would be taken for a part of these: their token (also by its older
/// name, which botocore reads), their end (also by aws-vault's former name), their account.
const OF_OTHER_KEYS: [&str; 5] = [
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    "AWS_ACCOUNT_ID",
];

fn shell_lines(shell: Language, credentials: &Credentials) -> String {
    let set = variables(credentials);
    let is_absent = |name: &&str| set.iter().all(|(other, _)| other != name);
    let absent: Vec<&str> = OF_OTHER_KEYS.into_iter().filter(is_absent).collect();
    shell.lines(&set, &absent)
}

fn rendered(format: Format, credentials: &Credentials) -> String {
    let id = credentials.access_key_id();
    let secret = credentials.secret_access_key().expose();
    let token = credentials.session_token().map(|token| token.expose());
    let expiration = credentials.expiration().map(iso_seconds);
    let account = credentials.account_id();
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
        Format::Env => shell_lines(Language::Posix, credentials),
        Format::EnvNoExport => shell_lines(Language::Assignments, credentials),
        Format::Fish => shell_lines(Language::Fish, credentials),
        Format::Powershell => shell_lines(Language::PowerShell, credentials),
        Format::Cmd => shell_lines(Language::Cmd, credentials),
        Format::Ini => {
            let token = token.map(|token| format!("aws_session_token = {token}\n")).unwrap_or_default();
            let account = account.map(|account| format!("aws_account_id = {account}\n")).unwrap_or_default();
            format!("[sts3]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n{token}{account}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Format; 8] = [
        Format::Json,
        Format::Env,
        Format::EnvNoExport,
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
        for token in ["a'b`c$(d)\\;e&f|g<h>i^j#k", "a\"&calc&\"b", "%PATH%", "!x!"] {
            assert_eq!(forms_for(token), ALL, "{token}");
        }
        let all_but = |out| ALL.into_iter().filter(|format| *format != out).collect::<Vec<_>>();
        assert_eq!(forms_for("a ; b"), all_but(Format::Ini));
        for token in ["a\nb", "a\rb", "\u{1b}[2J", "a\0", "\u{2019};calc", "\u{201b}", "\u{85}"] {
            assert_eq!(forms_for(token), [], "{token:?}");
        }
    }

    /// minio-py and others read no fractions; a time that is cut is never later than the true one.
    #[test]
    fn expirations_are_in_whole_seconds_and_never_later_than_the_true_ones() {
        // 2026-11-24T12:00:59.999999999Z
        let end = time::OffsetDateTime::from_unix_timestamp_nanos(1_795_521_659_999_999_999).unwrap();
        let keys = Credentials::new("AKID", "secret").with_session_token("t").with_expiration(end);
        for format in ALL.into_iter().filter(|format| *format != Format::Ini) {
            let text = rendered(format, &keys);
            assert!(text.contains("2026-11-24T12:00:59Z"), "{format:?}: {text}");
        }
    }

    /// A shell that had a session's variables, and is given long-lived keys.
    #[test]
    fn what_is_left_of_other_keys_is_unset_in_the_words_of_every_shell() {
        let keys = Credentials::new("AKID", "secret");
        for (format, start) in [
            (Format::Env, "unset "),
            (Format::Fish, "set -eg "),
            (Format::Powershell, "$Env:"),
            (Format::Cmd, "set \""),
        ] {
            let text = rendered(format, &keys);
            for name in OF_OTHER_KEYS {
                let unset = text.lines().any(|line| line.starts_with(start) && line.contains(name));
                assert!(unset, "{format:?} {name}: {text}");
            }
        }
        let session = keys.with_session_token("t");
        for line in rendered(Format::Env, &session).lines().filter(|line| line.starts_with("unset")) {
            assert!(!line.contains("AWS_SESSION_TOKEN") && line.contains("AWS_SECURITY_TOKEN"), "{line}");
        }
    }
}
