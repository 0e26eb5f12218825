//! The grammar of the shared config and credentials files, line by line, as botocore reads it (it uses Python's
//! `configparser`): what a line is depends on its indentation compared with the line of the last name.
//!
//! In four things the other SDKs decide, whose common table `fixtures/shared_files` replays: comments behind values,
//! sections and names that stand there twice, `[profile default]` beside `[default]`, and blank lines in values.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use std::collections::BTreeMap;

use sigv4::Secret;

/// A section: what stands in the brackets, and its settings by lower-case name. A nested setting has its
/// parent's name and a dot in front: `s3.addressing_style`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) header: String,
    pub(super) line: u32,
    pub(super) settings: BTreeMap<String, Value>,
    /// The first line that cannot be read.
    pub(super) fault: Option<Fault>,
}

/// A setting's value, and the line of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: Secret,
    pub(super) line: u32,
}

/// A line that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: u32,
    pub(super) problem: &'static str,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) sections: Vec<Section>,
    /// The first line in front of all sections that is neither blank nor a comment.
    pub(super) stray: Option<Fault>,
}

/// Read a file. What cannot be read is noted at its section; the others are not harmed.
pub(super) fn parse(text: &str) -> Document {
    let mut reader = Reader::default();
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    for (number, line) in (1..).zip(text.split(['\n', '\r'])) {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with(['#', ';']) {
            reader.read(number, line, content);
        }
    }
    reader.document
}

#[derive(Default)]
struct Reader {
    document: Document,
    /// The setting that lines belong to which are further indented.
    current: Option<String>,
    /// How far the last header or name is indented.
    indentation: usize,
}

impl Reader {
    fn read(&mut self, number: u32, line: &str, content: &str) {
        let indentation = line.chars().take_while(|c| c.is_whitespace()).count();
        let Some(section) = self.document.sections.last_mut() else {
            if content.starts_with('[') {
                self.begin_section(number, content, indentation);
            } else {
                let problem = "a setting stands in front of every section";
                self.document.stray.get_or_insert(Fault { line: number, problem });
            }
            return;
        };
        let result = match &self.current {
            Some(name) if indentation > self.indentation => continued(section, name, number, content),
            _ if content.starts_with('[') => return self.begin_section(number, content, indentation),
            _ => {
                self.indentation = indentation;
                setting(section, number, content).map(|name| self.current = Some(name))
            }
        };
        if let Err(problem) = result {
            section.fault.get_or_insert(Fault { line: number, problem });
        }
    }

    /// Whatever stands behind the `]` is no part of the section.
    fn begin_section(&mut self, line: u32, content: &str, indentation: usize) {
        let inner = content.strip_prefix('[').unwrap_or(content);
        let (header, fault) = match inner.split_once(']') {
            Some((header, _)) => (header, None),
            None => (inner, Some(Fault { line, problem: "the section's `]` is missing" })),
        };
        let header = header.trim().to_owned();
        self.document.sections.push(Section { header, line, settings: BTreeMap::new(), fault });
        self.current = None;
        self.indentation = indentation;
    }
}

/// `name = value` or `name: value`.
fn setting(section: &mut Section, line: u32, content: &str) -> Result<String, &'static str> {
    let (name, value) = content.split_once(['=', ':']).ok_or("`name = value` is expected")?;
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() {
        return Err("the setting has no name");
    }
    // Of two of the same name the later one counts, and nothing that is nested in the earlier one.
    let nested = format!("{name}.");
    section.settings.retain(|other, _| !other.starts_with(&nested));
    section.settings.insert(name.clone(), Value { text: without_comment(value).into(), line });
    Ok(name)
}

/// Below a setting without value stand settings of its own; below others, the rest of the value.
fn continued(section: &mut Section, parent: &str, line: u32, content: &str) -> Result<(), &'static str> {
    let Some(value) = section.settings.get_mut(parent) else { return Ok(()) };
    if !value.text.expose().is_empty() {
        value.text = Secret::from(format!("{}\n{content}", value.text.expose()));
        return Ok(());
    }
    let (name, nested) =
        content.split_once('=').ok_or("below a setting without value, `name = value` is expected")?;
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() {
        return Err("the nested setting has no name");
    }
    let value = Value { text: without_comment(nested).into(), line };
    section.settings.insert(format!("{parent}.{name}"), value);
    Ok(())
}

/// A comment behind a value starts with white space and `#` or `;`, and never inside quotes, where a command may have
/// both. A quotation mark that is not closed, and an apostrophe inside a word, are characters like others.
fn without_comment(value: &str) -> &str {
    let mut quoted_until = 0;
    let mut before = ' ';
    for (at, c) in value.char_indices() {
        if at >= quoted_until {
            if matches!(c, '#' | ';') && before.is_whitespace() {
                return value.get(..at).unwrap_or(value).trim();
            }
            if c == '"' || (c == '\'' && !before.is_alphanumeric()) {
                quoted_until = closing(value, at + 1, c).map_or(0, |closing| closing + 1);
            }
        }
        before = c;
    }
    value.trim()
}

/// Where the quotes end; a backslash protects a mark in double quotes.
fn closing(value: &str, start: usize, mark: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in value.get(start..)?.char_indices() {
        if c == mark && !is_escaped {
            return Some(start + at);
        }
        is_escaped = mark == '"' && c == '\\' && !is_escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Vec<(String, String)> {
        let mut sections = parse(text).sections;
        assert_eq!((sections.len(), sections[0].fault.clone()), (1, None), "{text}");
        let settings = sections.remove(0).settings.into_iter();
        settings.map(|(name, value)| (name, value.text.expose().to_owned())).collect()
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

    /// Python's `configparser`: a line belongs to the name above it if it is further indented than that.
    #[test]
    fn indentation_counts_from_the_name_above() {
        let text = "  [x]\n  region = one\n  services = two\n    s3 =\n output: three\n  more\n";
        let expected = [("output", "three\nmore"), ("region", "one"), ("services", "two\ns3 =")];
        let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(settings(text), expected);
        let nested = settings(
            "[services x]\n  s3 =\n    endpoint_url = http://h\n  sts =\n    endpoint_url = http://i\n",
        );
        let urls = nested.iter().filter(|(name, _)| name.contains('.')).map(|(_, url)| url.as_str());
        assert_eq!(urls.collect::<Vec<_>>(), ["http://h", "http://i"]);
    }

    #[test]
    fn no_comment_begins_inside_quotes() {
        for (line, expected) in [
            (r#"sh -c "echo a # b" # comment"#, r#"sh -c "echo a # b""#),
            (r#"sh -c 'a ; b' ; comment"#, "sh -c 'a ; b'"),
            (r#""a \" # b" # comment"#, r#""a \" # b""#),
            (r#"'a \' # comment"#, r#"'a \'"#),
            (r#"open "quote # comment"#, r#"open "quote"#),
            ("John's # it's a comment", "John's"),
            ("a # comment of \"b\"", "a"),
        ] {
            assert_eq!(without_comment(line), expected, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_noted_at_its_section_with_its_line_and_harms_no_other() {
        for (section, line, problem) in [
            ("[x]\nnonsense", 4, "name = value"),
            ("[x\nname = value", 3, "`]` is missing"),
            ("[x]\n= b", 4, "no name"),
            ("[x]\n  -continued", 4, "name = value"),
            ("[x]\ns3 =\n  nonsense", 5, "name = value"),
            ("[x]\ns3 =\n  = b", 5, "no name"),
        ] {
            let text = format!("[before]\na = b\n{section}\n[behind]\na = b\n");
            let document = parse(&text);
            let [before, x, behind] = document.sections.as_slice() else { panic!("{text}") };
            assert_eq!(x.header, "x");
            let fault = x.fault.clone().unwrap();
            assert!(fault.line == line && fault.problem.contains(problem), "{text:?}: {fault:?}");
            for other in [before, behind] {
                assert!(other.fault.is_none() && other.settings["a"].text.expose() == "b", "{text}");
            }
        }
        let stray = parse("# comment\na = b\n[x]\na = c");
        assert_eq!((stray.stray.unwrap().line, stray.sections[0].settings["a"].line), (2, 4));
        assert_eq!(parse(""), Document::default());
    }
}
