use std::io::{self, Write};

use sts3::sigv4::{Difference, Explanation};

use super::printable;

/// What is shown of a hostile answer: so many differences, and so many characters of each value.
const MAX_DIFFERENCES: usize = 20;
const MAX_SHOWN: usize = 1_000;

/// One line that names the first difference and its cause; then the differences with both sides' values.
pub(crate) fn write_explanation(mut out: impl Write, explanation: &Explanation) -> io::Result<()> {
    writeln!(out, "{}", printable(&explanation.to_string()))?;
    let with_values = |difference: &&Difference| !difference.ours.is_empty() || !difference.theirs.is_empty();
    let differences = || explanation.differences().iter().filter(with_values);
    for difference in differences().take(MAX_DIFFERENCES) {
        writeln!(out, "\n  {}", printable(&difference.to_string()))?;
        writeln!(out, "    we signed    {}", shown(&difference.ours))?;
        writeln!(out, "    they signed  {}", shown(&difference.theirs))?;
    }
    match differences().count().saturating_sub(MAX_DIFFERENCES) {
        0 => Ok(()),
        more => writeln!(out, "\n  and {more} more differences"),
    }
}

/// In quotes, so that white space at the ends can be seen.
fn shown(value: &str) -> String {
    if value.is_empty() {
        return "(nothing)".into();
    }
    match value.char_indices().nth(MAX_SHOWN) {
        None => format!("`{}`", printable(value)),
        Some((end, _)) => {
            let start = value.get(..end).unwrap_or_default();
            format!("`{}`… ({} bytes)", printable(start), value.len())
        }
    }
}
