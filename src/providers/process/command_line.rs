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
//! | `$` before a quote (POSIX.1-2024: `$'a\tb'`) | outside quotes |
//! | `*` `?`, and `[` with a `]` later in its word | outside quotes |
//! | `~`, `#` | at the start of a word, outside quotes |
//! | `NAME=`, and bash's `NAME+=` | in a word before the command's own |
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
