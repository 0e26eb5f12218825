//! The lines of the report.

use std::fmt::Display;

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
    text: String,
    counts: [usize; 3],
}

impl Report {
    pub(crate) fn new(peer: impl Display) -> Self {
        Self { text: format!("live: {peer}\n"), counts: [0; 3] }
    }

    pub(crate) fn line(&mut self, what: &str, outcome: Outcome) {
        let (place, word, saw) = match outcome {
            Agreed(saw) => (0, "agreed", saw),
            Differs(saw) => (1, "DIFFERS", saw),
            NotHere(saw) => (2, "not here", saw),
        };
        self.counts[place] += 1;
        // Keys and messages come from elsewhere.
        let saw: String = saw
            .chars()
            .flat_map(
                |c| if c.is_control() { c.escape_default().to_string().chars().collect() } else { vec![c] },
            )
            .collect();
        self.text.push_str(&format!("{word:8}  {what}: {saw}\n"));
    }

    /// How many lines differ, and the text.
    pub(crate) fn finish(self) -> (usize, String) {
        let [agreed, differing, untried] = self.counts;
        (
            differing,
            format!(
                "{}live: {agreed} agreed, {differing} differ, {untried} could not be tried here",
                self.text
            ),
        )
    }
}
