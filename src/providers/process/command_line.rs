//! How a `credential_process` line is run: by itself where it is plain, by a shell where it uses what only a shell has.
//!
//! botocore splits the line into words and runs the first; the SDKs for Go, Rust, Java, JavaScript and .NET hand the line to
//! `sh` or `cmd`. Both ways give the same program and arguments for a plain line, and need no shell then. What a shell would
//! act on, and where:
//!
//! | POSIX shell | where it acts |
//! | --- | --- |
//! | `\|` `&` `;` `<` `>` `(` `)` | outside quotes |
//! | `` ` `` | outside single quotes |
//! | `$` before a name, a digit, `{`, `(` or one of `@*#?-$!` | outside single quotes |
//! | `*` `?`, and `[` with a `]` later in its word | outside quotes |
//! | `~`, `#` | at the start of a word, outside quotes |
//! | `NAME=` | in a word before the command's own |
//! | line break | outside quotes between words, and behind a `\\` outside single quotes |
//! | `!` `.` `eval` `exec` `exit` `command` … | as the first word: no programs have these names |
//! | `%` | nowhere |
//!
//! | cmd | where it acts |
//! | --- | --- |
//! | `\|` `&` `<` `>` `^` | outside double quotes |
//! | `%NAME%` | everywhere |
//! | `(` | as the first character |
//! | `call` `echo` `for` `if` `set` `start` `type` … | as the first word: they are cmd's own |
//! | line break | nowhere: it separates words (cmd would drop what follows) |
//!
//! Sources: POSIX.1-2024, Shell Command Language, 2.2 to 2.6; `cmd /?`;
//! <https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments>.

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommandLine {
    /// A program and its arguments.
    Words(Vec<String>),
    /// The line as it stands, in a shell, because of this.
    Shell(&'static str),
}

use CommandLine::{Shell, Words};

/// Of the system that this is compiled for.
pub(super) fn read(line: &str) -> Result<CommandLine, &'static str> {
    if cfg!(windows) { windows(line) } else { posix(line) }
}

const LINE_BREAK: &str = "line break";
const OPEN_QUOTE: &str = "has an open quote or ends in a backslash";
/// What a POSIX shell does itself, and runs no program for: negation, the special built-in utilities (2.15), and two more.
const POSIX_BUILTINS: [&str; 18] = [
    "!", ".", ":", "break", "cd", "command", "continue", "eval", "exec", "exit", "export", "readonly",
    "return", "set", "shift", "times", "trap", "unset",
];
const CMD_BUILTINS: [&str; 16] = [
    "call", "cd", "copy", "dir", "echo", "exit", "for", "if", "mklink", "path", "pushd", "rem", "set",
    "start", "type", "ver",
];

pub(super) fn posix(line: &str) -> Result<CommandLine, &'static str> {
    if let Some(reason) = posix_syntax(line)? {
        return Ok(Shell(reason));
    }
    let words = shlex::split(line).ok_or(OPEN_QUOTE)?;
    match words.first().and_then(|first| POSIX_BUILTINS.into_iter().find(|builtin| builtin == first)) {
        Some(builtin) => Ok(Shell(builtin)),
        None => Ok(Words(words)),
    }
}

/// The first thing that a shell would act on.
fn posix_syntax(line: &str) -> Result<Option<&'static str>, &'static str> {
    let mut rest = line.char_indices();
    // What stands of the current word; `None` between words.
    let mut word: Option<usize> = None;
    // All words so far are assignments, and this one might be.
    let mut may_assign = true;
    let mut has_words = false;
    while let Some((at, c)) = rest.next() {
        let is_start = word.is_none();
        if !c.is_ascii_whitespace() {
            word.get_or_insert(at);
        }
        match c {
            '\n' if has_words || !is_start => {
                if !rest.as_str().trim().is_empty() {
                    return Ok(Some(LINE_BREAK));
                }
            }
            c if c.is_ascii_whitespace() => {
                has_words |= !is_start;
                // A word that was an assignment has ended this already.
                may_assign &= is_start;
                word = None;
            }
            '\\' => {
                let (_, escaped) = rest.next().ok_or(OPEN_QUOTE)?;
                if escaped == '\n' {
                    return Ok(Some(LINE_BREAK));
                }
            }
            '\'' => drop(rest.find(|(_, c)| *c == '\'').ok_or(OPEN_QUOTE)?),
            '"' => {
                if let Some(reason) = double_quoted(&mut rest)? {
                    return Ok(Some(reason));
                }
            }
            '$' if expands(rest.as_str()) => return Ok(Some("$")),
            '=' if may_assign && word.and_then(|start| line.get(start..at)).is_some_and(is_name) => {
                return Ok(Some("NAME="));
            }
            '[' if has_end(rest.as_str()) => return Ok(Some("[")),
            '~' if is_start => return Ok(Some("~")),
            '#' if is_start => return Ok(Some("#")),
            '`' => return Ok(Some("`")),
            _ => {
                if let Some(operator) =
                    ["|", "&", ";", "<", ">", "(", ")", "*", "?"].into_iter().find(|o| o.starts_with(c))
                {
                    return Ok(Some(operator));
                }
            }
        }
    }
    Ok(None)
}

/// What a shell would act on up to the closing quote.
fn double_quoted(rest: &mut std::str::CharIndices<'_>) -> Result<Option<&'static str>, &'static str> {
    loop {
        match rest.next().ok_or(OPEN_QUOTE)?.1 {
            '"' => return Ok(None),
            '\\' => {
                let (_, escaped) = rest.next().ok_or(OPEN_QUOTE)?;
                if escaped == '\n' {
                    return Ok(Some(LINE_BREAK));
                }
            }
            '`' => return Ok(Some("`")),
            '$' if expands(rest.as_str()) => return Ok(Some("$")),
            _ => {}
        }
    }
}

/// Whether a `$` before this means more than itself.
fn expands(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_{(@*#?-$!".contains(c))
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a bracket that was opened is closed in the same word.
fn has_end(rest: &str) -> bool {
    rest.split_ascii_whitespace().next().is_some_and(|word| rest.starts_with(word) && word.contains(']'))
}

pub(super) fn windows(line: &str) -> Result<CommandLine, &'static str> {
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

    /// One row or more for each of the table above, and the same characters where a shell leaves them alone.
    #[test]
    fn a_posix_shell_runs_what_it_would_act_on_and_nothing_else() {
        for (line, reason) in [
            ("a | b", "|"),
            ("a&&b", "&"),
            ("a; b", ";"),
            ("a <b", "<"),
            ("a 2>/dev/null", ">"),
            ("(a)", "("),
            ("a)", ")"),
            ("a `b`", "`"),
            ("a \"`b`\"", "`"),
            ("$HOME/a", "$"),
            ("a \"$HOME\"", "$"),
            ("a \"x${y}\"", "$"),
            ("a $(b)", "$"),
            ("a $1", "$"),
            ("a $?", "$"),
            ("a *.json", "*"),
            ("a b?", "?"),
            ("a [bc]", "["),
            ("~/bin/a", "~"),
            ("a ~", "~"),
            ("a # b", "#"),
            ("#a", "#"),
            ("X=1 a", "NAME="),
            ("X='a b' Y=2 c", "NAME="),
            ("X_1=\"a b\" c", "NAME="),
            ("a\nb", "line break"),
            ("a \n b", "line break"),
            ("a \\\n b", "line break"),
            ("a \"b\\\nc\"", "line break"),
            ("! a", "!"),
            (". ./a", "."),
            ("eval a", "eval"),
            ("exec a", "exec"),
            ("command a", "command"),
            ("exit 1", "exit"),
        ] {
            assert_eq!(posix(line), Ok(Shell(reason)), "{line:?}");
        }
        for (line, expected) in [
            ("", &[][..]),
            (
                "a '| & ; < > ( ) $HOME ` * ? [x] # ~ X=1 %' b",
                &["a", "| & ; < > ( ) $HOME ` * ? [x] # ~ X=1 %", "b"],
            ),
            ("a \"| & ; < > ( ) * ? [x] # ~ X=1 %\" b", &["a", "| & ; < > ( ) * ? [x] # ~ X=1 %", "b"]),
            (
                r"a \| \& \; \< \> \( \) \$HOME \` \* \? \[x] \# \~",
                &["a", "|", "&", ";", "<", ">", "(", ")", "$HOME", "`", "*", "?", "[x]", "#", "~"],
            ),
            ("a $ b$ $. \"$\" \"$ \"", &["a", "$", "b$", "$.", "$", "$ "]),
            ("a b#c b~ /~ [ ]", &["a", "b#c", "b~", "/~", "[", "]"]),
            ("a X=1 --x=y", &["a", "X=1", "--x=y"]),
            ("1X=1 a", &["1X=1", "a"]),
            ("./X=1 a", &["./X=1", "a"]),
            ("a %HOME% 100%", &["a", "%HOME%", "100%"]),
            ("\n a b\n ", &["a", "b"]),
            ("a 'b\nc' \"d\ne\"", &["a", "b\nc", "d\ne"]),
            ("a eval exec", &["a", "eval", "exec"]),
        ] {
            assert_eq!(posix(line), words(expected), "{line:?}");
        }
        for line in ["'a", "a \"b", "a \\", "a \"b\\"] {
            assert!(posix(line).is_err(), "{line:?}");
        }
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
            assert_eq!(windows(line), Ok(Shell(reason)), "{line:?}");
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
            assert_eq!(windows(line), words(expected), "{line:?}");
        }
        assert!(windows(r#"a "b"#).is_err());
    }

    /// The oracle is this system's own shell: it hands a plain line's program the words that we would.
    #[cfg(unix)]
    #[test]
    fn a_line_that_is_run_without_a_shell_means_there_what_it_would_mean_in_one() {
        const PARTS: [&str; 25] = [
            "a", "b", " ", " ", "'", "'", "\"", "\"", "\\", "$", "$x", "*", "?", "[", "]", "~", "=", "#",
            "%", "!", "-", "/", "{", "é", "\n",
        ];
        let mut state = 20_261_125_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap()
        };
        let mut plain = 0;
        while plain < 300 {
            let line: String = (0..next() % 12).map(|_| PARTS[next() % PARTS.len()]).collect();
            let line = format!("show {line}");
            let Ok(Words(words)) = posix(&line) else { continue };
            plain += 1;
            let script = format!("show() {{ for word; do printf '<%s>' \"$word\"; done; }}\n{line}\n");
            let shown = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            let expected: String = words.iter().skip(1).map(|word| format!("<{word}>")).collect();
            assert_eq!(String::from_utf8(shown.stdout).unwrap(), expected, "{line:?}");
        }
    }
}
