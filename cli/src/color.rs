//! Colours, where somebody sees them: on a terminal, unless `NO_COLOR` or `--color` says otherwise.

use std::fmt;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless the variable NO_COLOR is set.
    #[default]
    Auto,
    /// In files and pipes too.
    Always,
    /// Nowhere.
    Never,
}

/// Paints texts, or leaves them as they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paint {
    is_on: bool,
}

impl Paint {
    pub(crate) fn new(when: When, is_terminal: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let is_dumb = set("TERM").is_none_or(|term| term == "dumb");
        let is_on = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !is_dumb && set("NO_COLOR").is_none(),
        };
        Self { is_on }
    }

    /// What holds other things: common prefixes.
    pub(crate) fn folder<T: fmt::Display>(self, text: T) -> impl fmt::Display {
        self.styled(AnsiColor::Blue.on_default().bold(), text)
    }

    /// What went wrong or is gone.
    pub(crate) fn alarm<T: fmt::Display>(self, text: T) -> impl fmt::Display {
        self.styled(AnsiColor::Red.on_default().bold(), text)
    }

    /// What to do about it.
    pub(crate) fn advice<T: fmt::Display>(self, text: T) -> impl fmt::Display {
        self.styled(AnsiColor::Cyan.on_default(), text)
    }

    /// What matters less.
    pub(crate) fn quiet<T: fmt::Display>(self, text: T) -> impl fmt::Display {
        self.styled(Style::new().dimmed(), text)
    }

    fn styled<T: fmt::Display>(self, style: Style, text: T) -> Painted<T> {
        Painted { style: self.is_on.then_some(style), text }
    }
}

/// A text with its style. Padding counts what is seen.
struct Painted<T> {
    style: Option<Style>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(style) = self.style else { return self.text.fmt(f) };
        write!(f, "{style}")?;
        self.text.fmt(f)?;
        write!(f, "{style:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_counts_what_is_seen() {
        let paint = Paint::new(When::Always, false);
        assert_eq!(format!("[{:>5}]", paint.alarm("ab")), "[\u{1b}[1m\u{1b}[31m   ab\u{1b}[0m]");
        assert_eq!(format!("[{:>5}]", Paint::new(When::Never, true).alarm("ab")), "[   ab]");
    }
}
