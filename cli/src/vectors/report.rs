use std::io::{self, Write};

use serde_json::json;

use super::found::{Outcome, Verdict};
use crate::output::{Output, printable};

/// One line for each failure, then a summary; or all cases for programs.
pub(crate) fn report(output: Output, outcomes: &[Outcome]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let count =
        |wanted: fn(&Verdict) -> bool| outcomes.iter().filter(|outcome| wanted(&outcome.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    if output == Output::Text {
        for outcome in outcomes {
            match &outcome.verdict {
                Verdict::Passed => {}
                Verdict::Skipped(why) => writeln!(out, "skipped {}: {why}", printable(&outcome.name))?,
                Verdict::Failed(fault) => {
                    let (expected, computed) = first_difference(&fault.expected, &fault.computed);
                    writeln!(
                        out,
                        "FAILED  {}: {}: expected `{}`, computed `{}`",
                        printable(&outcome.name),
                        fault.step,
                        printable(expected),
                        printable(computed)
                    )?;
                }
            }
        }
        writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")?;
    } else {
        let cases: Vec<_> = outcomes.iter().map(as_json).collect();
        let summary = json!({ "passed": passed, "failed": failed, "skipped": skipped, "cases": cases });
        writeln!(out, "{summary}")?;
    }
    out.flush()
}

fn as_json(outcome: &Outcome) -> serde_json::Value {
    match &outcome.verdict {
        Verdict::Passed => json!({ "name": outcome.name, "outcome": "passed" }),
        Verdict::Skipped(why) => json!({ "name": outcome.name, "outcome": "skipped", "why": why }),
        Verdict::Failed(fault) => json!({
            "name": outcome.name,
            "outcome": "failed",
            "step": fault.step,
            "expected": fault.expected,
            "computed": fault.computed,
        }),
    }
}

/// The first line that differs says more than a whole canonical request.
fn first_difference<'a>(expected: &'a str, computed: &'a str) -> (&'a str, &'a str) {
    let mut lines = expected.split('\n').zip(computed.split('\n'));
    lines.find(|(expected, computed)| expected != computed).unwrap_or((expected, computed))
}
