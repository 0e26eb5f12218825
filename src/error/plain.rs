//! What is shown of texts that come from outside.

/// Characters of a parser's report that are shown: it may quote the answer.
pub(super) const MAX_PROBLEM: usize = 1_000;
/// Characters of other reports that are shown: they may quote a refusal, or what an embedder's code has met.
pub(super) const MAX_REPORT: usize = 5_000;

/// A text from outside in one line, of so many characters at most: nothing in it steers a terminal, or changes the
/// direction in which a line is read (<https://www.unicode.org/reports/tr9/#Explicit_Directional_Formatting_Characters>).
pub(super) fn plain(text: &str, most: usize) -> String {
    let steers = |c: char| {
        let is_direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || is_direction || matches!(c, '\u{2028}' | '\u{2029}')
    };
    let mut plain: String = text.chars().take(most).map(|c| if steers(c) { ' ' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        plain.push('…');
    }
    plain
}
