//! How shells are told to set variables, and to take others out: one value never means more than itself.
//!
//! Values are printable ASCII, which `credentials` sees to; of these every one can be written for each shell.

/// A shell's own, in which lines can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// sh, bash, zsh: variables for commands.
    Posix,
    /// The same without `export`; also what `docker --env-file` and systemd's `EnvironmentFile` read.
    Assignments,
    Fish,
    PowerShell,
    /// A batch file of cmd.exe.
    Cmd,
}

impl Language {
    /// Lines that set some variables and take others out. What is last decides how the shell reports the whole, so
    /// it is never the removal of something that is not there.
    pub(super) fn lines(self, set: &[(&str, String)], unset: &[&str]) -> String {
        let set: String = set.iter().map(|(name, value)| self.set(name, value) + "\n").collect();
        let unset = self.unset(unset);
        match self {
            // Programs that read exports find them at the start.
            Self::Posix | Self::Assignments => set + &unset,
            Self::Fish | Self::PowerShell | Self::Cmd => unset + &set,
        }
    }

    fn set(self, name: &str, value: &str) -> String {
        match self {
            Self::Posix => format!("export {name}={}", single_quoted(value)),
            // Files of variables know no quotes: they are written only where a shell needs them.
            Self::Assignments if value.chars().all(is_plain) => format!("{name}={value}"),
            Self::Assignments => format!("{name}={}", single_quoted(value)),
            Self::Fish => format!("set -gx {name} {}", fish_quoted(value)),
            // about_Quoting_Rules: in single quotes nothing but the quote is special, and two of them are one.
            Self::PowerShell => format!("$Env:{name} = '{}'", value.replace('\'', "''")),
            Self::Cmd => cmd_set(name, value),
        }
    }

    fn unset(self, names: &[&str]) -> String {
        let each = |line: &dyn Fn(&str) -> String| names.iter().map(|name| line(name)).collect::<String>();
        match self {
            _ if names.is_empty() => String::new(),
            Self::Posix => format!("unset {}\n", names.join(" ")),
            // A file of variables has no word for it.
            Self::Assignments => String::new(),
            // To erase what is not there is a failure, and assignments leave it the status.
            Self::Fish => format!("set -eg {}; or true\n", names.join(" ")),
            // about_Environment_Variables: from 7.5 on an empty string is a value; `$null` removes in all versions.
            Self::PowerShell => each(&|name| format!("$Env:{name} = $null\n")),
            // `set` of Windows: without a string, the variable is cleared.
            Self::Cmd => each(&|name| format!("set \"{name}=\"\n")),
        }
    }
}

/// For POSIX shells: nothing is special between single quotes but the quote itself.
fn single_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// What a POSIX shell takes for itself in the value of an assignment.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./+=:,@%".contains(c)
}

/// fish knows two escapes between single quotes.
fn fish_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// As a line of a batch file, where `%%` is one `%`. Between quotes cmd.exe takes all else as it is, but it knows no
/// escape for the quote: with one in the value, each special character has a `^` in front instead.
/// <https://learn.microsoft.com/windows-server/administration/windows-commands/set_1>
///
/// A line without `%` and quotes means the same at the prompt and in `for /f … do %i`. `!` is a character like others,
/// unless delayed expansion has been switched on. (Wine's cmd.exe was seen to read each of the lines in the tests so.)
fn cmd_set(name: &str, value: &str) -> String {
    let value = value.replace('%', "%%");
    if !value.contains('"') {
        return format!("set \"{name}={value}\"");
    }
    let escaped = value.chars().flat_map(|c| {
        let escape = "\"&|<>^()".contains(c).then_some('^');
        escape.into_iter().chain([c])
    });
    format!("set {name}={}", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand from Microsoft's pages: `set` (special characters, quotes, clearing), "Using batch parameters" (`%%`),
    /// about_Quoting_Rules (single quotes) and about_Environment_Variables (`$null`).
    #[test]
    fn lines_for_windows_are_those_of_microsoft_s_pages() {
        for (shell, value, line) in [
            (Language::Cmd, "abc/+=", r#"set "N=abc/+=""#),
            (Language::Cmd, "a b&c|d<e>f^g(h)", r#"set "N=a b&c|d<e>f^g(h)""#),
            (Language::Cmd, "50%PATH%", r#"set "N=50%%PATH%%""#),
            (Language::Cmd, "a\"b", r#"set N=a^"b"#),
            (Language::Cmd, "\"&calc&\"", r#"set N=^"^&calc^&^""#),
            (Language::Cmd, "\"%^", r#"set N=^"%%^^"#),
            (Language::Cmd, "a!b", r#"set "N=a!b""#),
            (Language::PowerShell, "a'b", "$Env:N = 'a''b'"),
            (Language::PowerShell, "$(x)`n\"%", "$Env:N = '$(x)`n\"%'"),
        ] {
            assert_eq!(shell.lines(&[("N", value.to_owned())], &[]), format!("{line}\n"), "{value}");
        }
        assert_eq!(Language::Cmd.lines(&[], &["A", "B"]), "set \"A=\"\nset \"B=\"\n");
        assert_eq!(Language::PowerShell.lines(&[], &["A"]), "$Env:A = $null\n");
    }

    /// `docker run --env-file` takes the rest of a line as the value: quotes would be part of it.
    #[test]
    fn assignments_have_quotes_only_where_a_shell_needs_them() {
        let line = |value: &str| Language::Assignments.lines(&[("N", value.to_owned())], &["ABSENT"]);
        assert_eq!(line("wJalr/XUtn+FEMI=="), "N=wJalr/XUtn+FEMI==\n");
        assert_eq!(line("2026-11-24T12:00:00Z"), "N=2026-11-24T12:00:00Z\n");
        assert_eq!(line("a b"), "N='a b'\n");
        assert_eq!(line("~a"), "N='~a'\n");
    }

    /// Every character alone between letters, at the start and at the end, and every two characters side by side.
    #[cfg(unix)]
    fn values() -> Vec<(String, String)> {
        let printable = || (b' '..=b'~').map(char::from);
        let alone = printable().flat_map(|c| [format!("a{c}b"), format!("{c}b"), format!("a{c}")]);
        let pairs = printable().map(|c| printable().map(|d| format!("{c}{d}")).collect::<String>());
        alone.chain(pairs).enumerate().map(|(at, value)| (format!("V{at}"), value)).collect()
    }

    /// What a shell has in its environment after it has evaluated lines that it finds in LINES.
    #[allow(clippy::print_stdout)]
    #[cfg(unix)]
    fn evaluated(
        program: &str,
        script: &str,
        lines: &str,
    ) -> Option<std::collections::BTreeMap<String, String>> {
        let mut shell = std::process::Command::new(program);
        shell.args(["-c", script]).env_clear().env("LINES_TO_READ", lines);
        shell.env("PATH", std::env::var_os("PATH").unwrap()).env("OLD", "of before");
        let Ok(output) = shell.output() else {
            assert!(["fish", "zsh"].contains(&program), "{program} is missing");
            println!("skipped: there is no {program} here");
            return None;
        };
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{program}");
        let pairs = out.split('\0').filter_map(|pair| pair.split_once('='));
        Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[cfg(unix)]
    #[test]
    fn every_printable_value_is_itself_in_real_shells_and_what_is_unset_is_gone() {
        let eval = "set -eu; eval \"$LINES_TO_READ\"; env -0";
        let assign = "set -eua; eval \"$LINES_TO_READ\"; env -0";
        let fish = "echo -n $LINES_TO_READ | source; or exit 9; env -0";
        for (program, language, script) in [
            ("sh", Language::Posix, eval),
            ("bash", Language::Posix, eval),
            ("zsh", Language::Posix, eval),
            ("fish", Language::Fish, fish),
            ("sh", Language::Assignments, assign),
            ("bash", Language::Assignments, assign),
        ] {
            // A variable has at most 128 KiB: not all in one.
            for values in values().chunks(100) {
                let set: Vec<(&str, String)> =
                    values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                let lines = language.lines(&set, &["NEVER_SET", "OLD", "NOR_THIS"]);
                let Some(given) = evaluated(program, script, &lines) else { break };
                for (name, value) in values {
                    assert_eq!(given.get(name), Some(value), "{program} {language:?}");
                }
                let keeps_old = language == Language::Assignments;
                assert_eq!(given.contains_key("OLD"), keeps_old, "{program} {language:?}");
            }
        }
    }
}
