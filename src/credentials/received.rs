//! What comes in as a key or a token is checked once, here, whoever gave it: an answer in XML or JSON, a program, a
//! file, the environment.
//!
//! The values go on into headers, environments, settings files and the lines of shells. There a line break begins a
//! setting of its own, and PowerShell ends a string at U+2018 to U+201B. AWS writes nothing but letters, digits
//! and `+/=`.

use sigv4::Secret;

use super::Credentials;

/// AWS: 16 to 128 characters; other systems have their own.
const MAX_KEY_ID: usize = 256;
/// AWS: 40 characters.
const MAX_SECRET: usize = 4096;
/// AWS names no maximum; no header holds more.
const MAX_TOKEN: usize = 64 * 1024;

/// What was received, by the names of its fields there.
pub(crate) struct Received<'a> {
    pub(crate) access_key_id: (&'a str, String),
    pub(crate) secret_access_key: (&'a str, Secret),
    pub(crate) session_token: Option<(&'a str, Secret)>,
}

/// Credentials of checked values, or which field is unusable and why. No value is ever in the message.
pub(crate) fn credentials(received: Received<'_>) -> Result<Credentials, String> {
    checked(received, "")
}

/// The same for what a person has written (settings files, variables), where a blank may stand as botocore lets it.
#[cfg(feature = "providers")]
pub(crate) fn written_credentials(received: Received<'_>) -> Result<Credentials, String> {
    checked(received, " ")
}

fn checked(received: Received<'_>, allowed: &str) -> Result<Credentials, String> {
    let Received { access_key_id: (id_name, id), secret_access_key: (secret_name, secret), session_token } =
        received;
    check(id_name, &id, MAX_KEY_ID, allowed)?;
    check(secret_name, secret.expose(), MAX_SECRET, allowed)?;
    let credentials = Credentials::new(id, secret);
    match session_token {
        None => Ok(credentials),
        Some((name, token)) => {
            check(name, token.expose(), MAX_TOKEN, allowed)?;
            Ok(credentials.with_session_token(token))
        }
    }
}

/// A token that is no part of credentials: a sign-in's, say.
#[cfg(feature = "providers")]
pub(crate) fn token(name: &str, token: impl Into<Secret>) -> Result<Secret, String> {
    let token = token.into();
    check(name, token.expose(), MAX_TOKEN, "").map(|()| token)
}

/// 1 to `longest` printable ASCII characters, of which none is a blank that is not allowed.
fn check(name: &str, value: &str, longest: usize, allowed: &str) -> Result<(), String> {
    const RULE: &str = "keys and tokens are printable ASCII characters without blanks";
    if value.is_empty() {
        return Err(format!("has an empty `{name}`"));
    }
    if value.len() > longest {
        return Err(format!("has a `{name}` of {} bytes: at most {longest} are allowed", value.len()));
    }
    let Some(at) = value.chars().position(|c| !c.is_ascii_graphic() && !allowed.contains(c)) else {
        return Ok(());
    };
    let kind = match value.chars().nth(at) {
        Some('\r' | '\n') => "a line break",
        Some(' ') => "a blank",
        Some(c) if c.is_ascii() => "a control character",
        _ => "a character outside ASCII",
    };
    Err(format!("has a `{name}` with {kind} at position {}: {RULE}", at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(id: &str, secret: &str, token: &str) -> Result<Credentials, String> {
        credentials(Received {
            access_key_id: ("Id", id.to_owned()),
            secret_access_key: ("Secret", secret.into()),
            session_token: Some(("Token", token.into())),
        })
    }

    #[test]
    fn what_would_end_a_line_a_string_or_a_header_is_refused_by_its_field_s_name() {
        for (value, kind) in [
            ("", "empty"),
            ("hush\n[default]\ncredential_process=calc", "a line break at position 5"),
            ("hush\r", "a line break"),
            ("hush x", "a blank"),
            ("hush\tx", "a control character"),
            ("hush\u{1b}[2J", "a control character"),
            ("hush\0", "a control character"),
            ("hush\u{7f}", "a control character"),
            ("hush\u{2019};calc;\u{2019}", "outside ASCII"),
            ("hush\u{85}", "outside ASCII"),
            ("hush\u{202e}", "outside ASCII"),
        ] {
            for (name, outcome) in [
                ("`Id`", read(value, "s", "t")),
                ("`Secret`", read("i", value, "t")),
                ("`Token`", read("i", "s", value)),
            ] {
                let problem = outcome.unwrap_err();
                assert!(problem.contains(name) && problem.contains(kind), "{value:?}: {problem}");
                assert!(!problem.contains("hush"), "{problem}");
            }
        }
        let printable: String = ('!'..='~').collect();
        assert!(read(&printable, &printable, &printable).is_ok());
    }

    #[test]
    fn lengths_have_limits() {
        assert!(read(&"i".repeat(256), &"s".repeat(4096), &"t".repeat(65_536)).is_ok());
        assert!(read(&"i".repeat(257), "s", "t").unwrap_err().contains("257 bytes: at most 256"));
        assert!(read("i", &"s".repeat(4097), "t").unwrap_err().contains("at most 4096"));
        assert!(read("i", "s", &"t".repeat(65_537)).unwrap_err().contains("at most 65536"));
    }
}
