//! The lines of the report.

use std::fmt::{self, Display};

/// How one expectation fared.
pub(crate) enum Outcome {
    /// It was put to the test and holds; what was seen.
    Agreed(String),
    /// It was put to the test and does not hold.
    Differs(String),
    /// It could not be put to the test, and why.
    NotHere(String),
}

use Outcome::{Agreed, Differs, NotHere};

impl Outcome {
    /// Whether it holds, with what was seen.
    pub(crate) fn of(holds: bool, saw: impl Into<String>) -> Self {
        if holds { Agreed(saw.into()) } else { Differs(saw.into()) }
    }

    /// What other servers than AWS need not have, is missed on AWS alone.
    pub(crate) fn on_aws(is_aws: bool, holds: bool, saw: impl Into<String>) -> Self {
        match Self::of(holds, saw) {
            Differs(saw) if !is_aws => NotHere(format!("this server does otherwise: {saw}")),
            outcome => outcome,
        }
    }
}

/// An error where an answer was expected: what the caller may not do could not be tried.
impl From<sts3::Error> for Outcome {
    fn from(error: sts3::Error) -> Self {
        let is_denied = error.as_service_error().is_some_and(|error| {
            matches!(error.code.as_str(), "AccessDenied" | "403" | "NotImplemented" | "MethodNotAllowed")
        });
        if is_denied { NotHere(error.to_string()) } else { Differs(error.to_string()) }
    }
}

pub(crate) struct Report {
    head: String,
    /// Each with how it fared, what was expected, and what was seen.
    pub(crate) lines: Vec<(&'static str, String, String)>,
}

pub(crate) const AGREED: &str = "agreed";
pub(crate) const DIFFERS: &str = "DIFFERS";
pub(crate) const NOT_HERE: &str = "not here";

impl Report {
    pub(crate) fn new(peer: impl Display) -> Self {
        Self { head: format!("live: {peer}"), lines: Vec::new() }
    }

    pub(crate) fn line(&mut self, what: &str, outcome: Outcome) {
        let (word, saw) = match outcome {
            Agreed(saw) => (AGREED, saw),
            Differs(saw) => (DIFFERS, saw),
            NotHere(saw) => (NOT_HERE, saw),
        };
        self.lines.push((word, what.to_owned(), saw));
    }

    pub(crate) fn differing(&self) -> usize {
        self.count(DIFFERS)
    }

    fn count(&self, word: &str) -> usize {
        self.lines.iter().filter(|line| line.0 == word).count()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.head)?;
        for (word, what, saw) in &self.lines {
            // Keys and messages come from elsewhere.
            let saw = saw.replace(char::is_control, "\u{fffd}");
            writeln!(f, "{word:8}  {what}: {saw}")?;
        }
        let [agreed, differing, untried] = [AGREED, DIFFERS, NOT_HERE].map(|word| self.count(word));
        write!(f, "live: {agreed} agreed, {differing} differ, {untried} could not be tried here")
    }
}
