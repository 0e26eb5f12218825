//! The grammar of the shared config and credentials files, line by line.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use std::collections::BTreeMap;

use sigv4::Secret;

/// A section: what stands in the brackets, and its settings by lower-case name. A nested setting has its
/// parent's name and a dot in front: `s3.addressing_style`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) header: String,
    pub(super) settings: BTreeMap<String, Secret>,
}

/// Read a file.
///
/// # Errors
/// The number of the line that is no comment, no section and no setting, and what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Section>, String> {
    let mut sections: Vec<Section> = Vec::new();
    // The setting that indented lines belong to.
    let mut current: Option<String> = None;
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let fault = |problem: &str| Err(format!("line {number}: {problem}"));
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let Some((section, name)) = sections.last_mut().zip(current.as_deref()) else {
                return fault("an indented line continues a setting, but there is none above it");
            };
            if let Err(problem) = continued(section, name, trimmed) {
                return fault(problem);
            }
        } else if let Some(rest) = trimmed.strip_prefix('[') {
            let Some((header, behind)) = rest.split_once(']') else {
                return fault("the section's `]` is missing");
            };
            if !behind.trim().is_empty() && !behind.trim_start().starts_with(['#', ';']) {
                return fault("something follows the section's `]`");
            }
            sections.push(Section { header: header.trim().to_owned(), ..Section::default() });
            current = None;
        } else {
            let Some((name, value)) = trimmed.split_once('=') else {
                return fault("`name = value` is expected");
            };
            let Some(section) = sections.last_mut() else {
                return fault("a setting stands in front of every section");
            };
            let name = name.trim().to_ascii_lowercase();
            if name.is_empty() {
                return fault("the setting has no name");
            }
            section.settings.insert(name.clone(), without_comment(value).into());
            current = Some(name);
        }
    }
    Ok(sections)
}

/// Below a setting without value stand settings of its own; below others, the rest of the value.
fn continued(section: &mut Section, parent: &str, line: &str) -> Result<(), &'static str> {
    let value = section.settings.get(parent).map(Secret::expose).unwrap_or_default();
    if !value.is_empty() {
        let longer = Secret::from(format!("{value}\n{line}"));
        section.settings.insert(parent.to_owned(), longer);
        return Ok(());
    }
    let (name, nested) =
        line.split_once('=').ok_or("below a setting without value, `name = value` is expected")?;
    let name = format!("{parent}.{}", name.trim().to_ascii_lowercase());
    section.settings.insert(name, without_comment(nested).into());
    Ok(())
}

/// A comment inside a value starts with white space and `#` or `;`.
fn without_comment(value: &str) -> &str {
    let mut before = ' ';
    for (at, c) in value.char_indices() {
        if matches!(c, '#' | ';') && before.is_whitespace() {
            return value.get(..at).unwrap_or(value).trim();
        }
        before = c;
    }
    value.trim()
}

/// What a section of the config file is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    Profile(String),
    SsoSession(String),
    Services(String),
    Other,
}

/// `[profile x]`, `[default]`, `[sso-session x]`, `[services x]`; names may stand in quotes.
pub(super) fn config_header(header: &str) -> Header {
    if header == "default" {
        return Header::Profile(header.to_owned());
    }
    let Some((kind, name)) = header.split_once([' ', '\t']) else { return Header::Other };
    let Some(name) = unquoted(name.trim()) else { return Header::Other };
    match kind {
        "profile" => Header::Profile(name),
        "sso-session" => Header::SsoSession(name),
        "services" => Header::Services(name),
        _ => Header::Other,
    }
}

/// A name in quotes may hold spaces; one without them may not.
fn unquoted(name: &str) -> Option<String> {
    for quote in ['"', '\''] {
        if let Some(inner) = name.strip_prefix(quote) {
            return inner.strip_suffix(quote).filter(|inner| !inner.contains(quote)).map(str::to_owned);
        }
    }
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Vec<(String, String)> {
        let mut sections = parse(text).unwrap();
        assert_eq!(sections.len(), 1);
        let settings = sections.remove(0).settings.into_iter();
        settings.map(|(name, value)| (name, value.expose().to_owned())).collect()
    }

    #[test]
    fn values_comments_nesting_and_continuation() {
        let text = "\u{feff}# comment\r\n; comment\n[x] # comment\n  # an indented comment\nRegion = eu-west-1 ; comment\n\
                    secret=a#b;c=d \nempty =\nurl = http://h/#frag\ns3 =\n  addressing_style = path # comment\n\
                    \tMax_Concurrent_Requests=20\nlong = one\n  two\n three\n";
        let expected = [
            ("empty", ""),
            ("long", "one\ntwo\nthree"),
            ("region", "eu-west-1"),
            ("s3", ""),
            ("s3.addressing_style", "path"),
            ("s3.max_concurrent_requests", "20"),
            ("secret", "a#b;c=d"),
            ("url", "http://h/#frag"),
        ];
        let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(settings(text), expected);
    }

    #[test]
    fn what_is_no_line_of_such_a_file_is_an_error_with_its_number() {
        for (text, line, problem) in [
            ("[x]\nnonsense", 2, "name = value"),
            ("[x\n", 1, "`]` is missing"),
            ("[x] y", 1, "follows"),
            ("a = b", 1, "in front of every section"),
            ("[x]\n= b", 2, "no name"),
            ("[x]\n  a = b", 2, "none above"),
            ("[x]\ns3 =\n  nonsense", 3, "name = value"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with(&format!("line {line}: ")) && error.contains(problem),
                "{text:?}: {error}"
            );
        }
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn headers_name_profiles_sessions_and_services() {
        let profile = |name: &str| Header::Profile(name.into());
        for (header, expected) in [
            ("default", profile("default")),
            ("profile default", profile("default")),
            ("profile  spaced", profile("spaced")),
            ("profile \"my team\"", profile("my team")),
            ("profile 'my team'", profile("my team")),
            ("profile my team", Header::Other),
            ("profile \"open", Header::Other),
            ("profile", Header::Other),
            ("plain", Header::Other),
            ("sso-session my-sso", Header::SsoSession("my-sso".into())),
            ("services local", Header::Services("local".into())),
        ] {
            assert_eq!(config_header(header), expected, "{header}");
        }
    }
}
