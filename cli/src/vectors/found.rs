//! A case that was found, and what came of it.

use super::{
    case::{Case, Fault},
    signed::Signed,
};

/// A case that was found, read or not.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(super) source: Source,
}

pub(super) enum Source {
    Case(Box<Case>),
    /// A request that carries its signature.
    Signed(Box<Signed>),
    /// It is no signing vector, and what it is.
    Other(&'static str),
    /// It lacks the files with the expected values.
    Incomplete,
    /// It cannot be read, and why.
    Broken(String),
}

/// What came of a case.
pub(crate) struct Outcome {
    pub(super) name: String,
    pub(super) verdict: Verdict,
}

pub(super) enum Verdict {
    Passed,
    Skipped(&'static str),
    Failed(Fault),
}

impl Found {
    pub(crate) fn run(&self) -> Outcome {
        let verdict = match &self.source {
            Source::Incomplete => Verdict::Skipped("it has no expected values"),
            Source::Broken(problem) => Verdict::Failed(Fault::unreadable(problem)),
            Source::Other(what) => Verdict::Skipped(what),
            Source::Case(case) => case.check().map_or_else(Verdict::Failed, |()| Verdict::Passed),
            Source::Signed(signed) => signed.check().map_or_else(Verdict::Failed, |()| Verdict::Passed),
        };
        Outcome { name: self.name.clone(), verdict }
    }
}

impl Outcome {
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }
}
