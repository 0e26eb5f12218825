//! Lines for a POSIX shell.

use super::command_line::CommandLine::{self, Shell, Words};

const LINE_BREAK: &str = "line break";
const OPEN_QUOTE: &str = "has an open quote or ends in a backslash";
/// What a POSIX shell does itself, and runs no program for: negation, the special built-in utilities (2.15), and two more.
const POSIX_BUILTINS: [&str; 18] = [
    "!", ".", ":", "break", "cd", "command", "continue", "eval", "exec", "exit", "export", "readonly",
    "return", "set", "shift", "times", "trap", "unset",
];

/// How a line is run.
pub(super) fn read(line: &str) -> Result<CommandLine, &'static str> {
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
        if !is_blank(c) {
            word.get_or_insert(at);
        }
        match c {
            '\n' if has_words || !is_start => {
                if !rest.as_str().trim_matches(is_blank).is_empty() {
                    return Ok(Some(LINE_BREAK));
                }
            }
            c if is_blank(c) => {
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
            '$' if expands(rest.as_str()) || rest.as_str().starts_with(['\'', '"']) => return Ok(Some("$")),
            '=' if may_assign && word.and_then(|start| line.get(start..at)).is_some_and(is_assigned) => {
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

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

/// What stands before the `=` of an assignment; bash, which is many systems' `sh`, has `+=`, too.
fn is_assigned(text: &str) -> bool {
    let text = text.strip_suffix('+').unwrap_or(text);
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a bracket that was opened is closed in the same word. (One that is quoted may close none: a shell knows.)
fn has_end(rest: &str) -> bool {
    let mut quote = None;
    let mut rest = rest.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (_, ']') => return true,
            (None, c) if is_blank(c) => return false,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') if rest.next() == Some(']') => return true,
            _ => {}
        }
    }
    false
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
            (r"a $'b\tc'", "$"),
            ("a --x=$\"b\"", "$"),
            ("a *.json", "*"),
            ("a b?", "?"),
            ("a [bc]", "["),
            ("a [b' 'c]", "["),
            ("a [b\\ c]", "["),
            ("~/bin/a", "~"),
            ("a ~", "~"),
            ("a # b", "#"),
            ("#a", "#"),
            ("X=1 a", "NAME="),
            ("X='a b' Y=2 c", "NAME="),
            ("X_1=\"a b\" c", "NAME="),
            ("X+=1 a", "NAME="),
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
            assert_eq!(read(line), Ok(Shell(reason)), "{line:?}");
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
            assert_eq!(read(line), words(expected), "{line:?}");
        }
        for line in ["'a", "a \"b", "a \\", "a \"b\\"] {
            assert!(read(line).is_err(), "{line:?}");
        }
    }

    /// The oracle is this system's own shell: it hands a plain line's program the words that we would.
    #[cfg(unix)]
    #[test]
    fn a_line_that_is_run_without_a_shell_means_there_what_it_would_mean_in_one() {
        const PARTS: [&str; 26] = [
            "a", "b", " ", " ", "'", "'", "\"", "\"", "\\", "$", "$x", "*", "?", "[", "]", "~", "=", "#",
            "%", "!", "-", "/", "{", "é", "\n", "\r",
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
            let Ok(Words(words)) = read(&line) else { continue };
            plain += 1;
            let script = format!("show() {{ for word; do printf '<%s>' \"$word\"; done; }}\n{line}\n");
            let shown = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            let expected: String = words.iter().skip(1).map(|word| format!("<{word}>")).collect();
            assert_eq!(String::from_utf8(shown.stdout).unwrap(), expected, "{line:?}");
        }
    }
}
