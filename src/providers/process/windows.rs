//! Lines for cmd.exe, and the words of those that need none.

use super::command_line::CommandLine::{self, Shell, Words};

/// What cmd does itself: the names that people put first in such a line.
const CMD_BUILTINS: [&str; 16] = [
    "call", "cd", "copy", "dir", "echo", "exit", "for", "if", "mklink", "path", "pushd", "rem", "set",
    "start", "type", "ver",
];

/// How a line is run.
pub(super) fn read(line: &str) -> Result<CommandLine, &'static str> {
    let words = windows_words(line)?;
    if let Some(reason) = cmd_syntax(line) {
        return Ok(Shell(reason));
    }
    let first = words.first().map(String::as_str).unwrap_or_default();
    match CMD_BUILTINS.into_iter().find(|builtin| builtin.eq_ignore_ascii_case(first)) {
        Some(builtin) => Ok(Shell(builtin)),
        None => Ok(Words(words)),
    }
}

/// The first thing that cmd would act on.
fn cmd_syntax(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    if line.starts_with('(') {
        return Some("(");
    }
    let mut is_quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '%' => {
                let name = line.get(at + 1..).and_then(|rest| rest.split_once('%'));
                if name.is_some_and(|(name, _)| !name.is_empty() && !name.contains(['\r', '\n'])) {
                    return Some("%");
                }
            }
            _ if is_quoted => {}
            _ => {
                if let Some(operator) = ["|", "&", "<", ">", "^"].into_iter().find(|o| o.starts_with(c)) {
                    return Some(operator);
                }
            }
        }
    }
    None
}

/// Split as a program's own start does on Windows: blanks separate, double quotes hold together, and backslashes are literal
/// unless a quote follows them. In quotes, two quotes are one that is meant.
fn windows_words(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut is_quoted, mut backslashes) = (false, 0_usize);
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\\' {
            backslashes += 1;
            word.get_or_insert_default().push(c);
            continue;
        }
        if c == '"' {
            let text = word.get_or_insert_default();
            // Each two before a quote are one.
            text.truncate(text.len() - backslashes.div_ceil(2));
            let is_meant = backslashes % 2 == 1;
            if is_meant || (is_quoted && rest.next_if_eq(&'"').is_some()) {
                text.push('"');
            } else {
                is_quoted = !is_quoted;
            }
        } else if matches!(c, ' ' | '\t' | '\r' | '\n') && !is_quoted {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(c);
        }
        backslashes = 0;
    }
    words.extend(word);
    if is_quoted { Err("has an open quote") } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Result<CommandLine, &'static str> {
        Ok(Words(words.iter().map(|word| word.to_string()).collect()))
    }

    /// The words on Windows are those of Microsoft's page above, and what botocore 1.44 splits.
    #[test]
    fn cmd_runs_what_it_would_act_on_and_nothing_else() {
        for (line, reason) in [
            ("a | b", "|"),
            ("a & b", "&"),
            ("a < b", "<"),
            ("a 2>NUL", ">"),
            ("a ^b", "^"),
            ("%USERPROFILE%\\a.exe", "%"),
            (r#""%ProgramFiles(x86)%\a.exe" b"#, "%"),
            ("(a)", "("),
            ("echo {}", "echo"),
            ("TYPE keys.json", "type"),
            ("call a.cmd", "call"),
        ] {
            assert_eq!(read(line), Ok(Shell(reason)), "{line:?}");
        }
        for (line, expected) in [
            ("", &[][..]),
            (r"C:\tools\a.exe --file C:\x\y", &[r"C:\tools\a.exe", "--file", r"C:\x\y"]),
            (r#""C:\Program Files\a.exe" --x "b c""#, &[r"C:\Program Files\a.exe", "--x", "b c"]),
            (r#""C:\Program Files (x86)\a.exe""#, &[r"C:\Program Files (x86)\a.exe"]),
            (r#"a "| & < > ^""#, &["a", "| & < > ^"]),
            (
                "a 100% 'b c' $HOME ~ * ; X=1 #",
                &["a", "100%", "'b", "c'", "$HOME", "~", "*", ";", "X=1", "#"],
            ),
            ("a %%", &["a", "%%"]),
            ("a\tb\r\n c", &["a", "b", "c"]),
            (r#""" " ""#, &["", " "]),
            (r#""abc" d e"#, &["abc", "d", "e"]),
            (r#"a\\b d"e f"g h"#, &[r"a\\b", "de fg", "h"]),
            (r#"a\\\"b c d"#, &[r#"a\"b"#, "c", "d"]),
            (r#"a\\\\"b c" d e"#, &[r"a\\b c", "d", "e"]),
            (r#"a"b"" c d""#, &[r#"ab" c d"#]),
            (r"a \\ b\", &["a", r"\\", r"b\"]),
        ] {
            assert_eq!(read(line), words(expected), "{line:?}");
        }
        assert!(read(r#"a "b"#).is_err());
    }
}
