//! What a section of the config file is about.

/// `[profile x]`, `[default]`, `[sso-session x]`, `[services x]`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    Profile(String),
    SsoSession(String),
    Services(String),
    Other,
}

/// Names may stand in quotes, which are a shell's (botocore reads headers by Python's `shlex`); a name with blanks must.
pub(super) fn config_header(header: &str) -> Header {
    if header == "default" {
        return Header::Profile(header.to_owned());
    }
    // To `shlex` a word that begins with `#` is a comment; to Python's it is not.
    let Some(words) = shlex::split(&header.replace('#', "\\#")) else { return Header::Other };
    let [kind, name] = words.as_slice() else { return Header::Other };
    let name = name.trim().to_owned();
    match kind.as_str() {
        "profile" => Header::Profile(name),
        "sso-session" => Header::SsoSession(name),
        "services" => Header::Services(name),
        _ => Header::Other,
    }
}

/// The profile that a header without meaning was to name, and the header that names it.
pub(super) fn meant(header: &str) -> (String, String) {
    let name = header.strip_prefix("profile ").unwrap_or(header);
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let quote = if name.contains(char::is_whitespace) { "\"" } else { "" };
    (name.to_owned(), format!("profile {quote}{name}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_profiles_sessions_and_services() {
        let profile = |name: &str| Header::Profile(name.into());
        for (header, expected) in [
            ("default", profile("default")),
            ("profile default", profile("default")),
            ("profile  spaced", profile("spaced")),
            ("profile \"my team\"", profile("my team")),
            ("profile 'my team'", profile("my team")),
            ("profile my\" \"team", profile("my team")),
            ("profile #1", profile("#1")),
            ("profile my team", Header::Other),
            ("profile \"open", Header::Other),
            ("profile", Header::Other),
            ("profilex", Header::Other),
            ("plain", Header::Other),
            ("sso-session my-sso", Header::SsoSession("my-sso".into())),
            ("services local", Header::Services("local".into())),
        ] {
            assert_eq!(config_header(header), expected, "{header}");
        }
    }

    /// The advice is a header that is read as the name which was meant.
    #[test]
    fn what_a_header_was_to_say_can_be_read() {
        for (header, name) in [
            ("plain", "plain"),
            ("my team", "my team"),
            ("profile my team", "my team"),
            ("profile \"open team", "open team"),
            ("profile a b  c", "a b  c"),
        ] {
            let (meant, right) = meant(header);
            assert_eq!(meant, name);
            assert_eq!(config_header(&right), Header::Profile(name.into()), "{header}");
        }
    }
}
