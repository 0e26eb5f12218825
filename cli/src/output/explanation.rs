use std::io::{self, Write};

use sts3::sigv4::Explanation;

use super::printable;

/// One line that names the first difference and its cause; then every difference with both sides' values.
pub(crate) fn write_explanation(mut out: impl Write, explanation: &Explanation) -> io::Result<()> {
    writeln!(out, "{}", printable(&explanation.to_string()))?;
    for difference in explanation.differences() {
        if difference.ours.is_empty() && difference.theirs.is_empty() {
            continue;
        }
        writeln!(out, "\n  {}", printable(&difference.to_string()))?;
        writeln!(out, "    we signed    {}", shown(&difference.ours))?;
        writeln!(out, "    they signed  {}", shown(&difference.theirs))?;
    }
    Ok(())
}

/// In quotes, so that white space at the ends can be seen.
fn shown(value: &str) -> String {
    if value.is_empty() { "(nothing)".into() } else { format!("`{}`", printable(value)) }
}
