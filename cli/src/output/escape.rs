//! Characters that do something to a terminal, or to what stands beside them, instead of being shown. No key
//! and no message of a server may bring them to whoever reads.
//!
//! Text escapes them always. JSON escapes them always too, which its readers undo. CSV has no escapes: they are
//! written as text writes them on a terminal, and as they are into files and pipes.

use std::borrow::Cow;

use serde::Serialize;

/// Whether a character steers: the control characters (Unicode's category Cc: C0 with ESC, DEL, C1), those that
/// change the direction of text (property Bidi_Control), and separators of lines and paragraphs (Zl, Zp), at
/// which some programs begin a new line.
pub(crate) const fn steers(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}')
}

/// Text with the characters that steer written as escapes: `\u{1b}`, `\n`.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    // Nearly all text is plain ASCII, which is seen sooner.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// A field of CSV: escaped where somebody watches, exact where a program reads.
pub(crate) fn csv_field(text: &str, is_terminal: bool) -> Cow<'_, str> {
    if is_terminal { printable(text) } else { Cow::Borrowed(text) }
}

/// A value as JSON in one line.
pub(crate) fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(escaped_json)
}

/// A value as JSON that is indented.
pub(crate) fn json_pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(escaped_json)
}

/// JSON with the characters that steer as `\u202e`. The library escapes those below the blank; the others can
/// stand in strings only, so the text need not be parsed again.
pub(crate) fn escaped_json(json: String) -> String {
    if !json.bytes().any(may_steer) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if c > '~' && steers(c) {
            // All of them are below U+10000: one escape.
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Whether a character that JSON itself lets pass, and that steers, may begin with this byte.
const fn may_steer(byte: u8) -> bool {
    // In UTF-8, 0xC2 begins C1 (and U+00A0 to U+00BF), 0xD8 U+061C, 0xE2 all from U+2000 to U+2FFF.
    matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// Whether JSON has to escape this byte.
const fn is_special(byte: u8) -> bool {
    matches!(byte, 0x00..=0x1f | b'"' | b'\\')
}

/// Whether a text stands in JSON as it is, between quotes. A listing asks millions of times.
pub(crate) fn is_plain_in_json(text: &str) -> bool {
    is_plain_ascii(text.as_bytes()) || !text.bytes().any(|byte| is_special(byte) || may_steer(byte))
}

/// Whether a text has nothing but ASCII, and of that neither control characters nor quotes nor backslashes:
/// eight bytes at a time, as the compiler does not when it is told to make programs small.
fn is_plain_ascii(text: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    // Each sets the highest bit of a byte that is not plain, or the byte has it itself. A carry or borrow goes
    // to the next byte only from one that is found anyway.
    let found_in = |word: u64| {
        // With its second bit flipped a quote (0x22) is a blank (0x20), and below that are only control characters.
        let control_or_quote = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
        let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
        let delete = word.wrapping_add(ONES);
        word | control_or_quote | backslash | delete
    };
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    // The last eight may have been looked at in part: that is cheaper than one byte after the other.
    let Some(last) = text.last_chunk() else {
        return text.iter().all(|byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'));
    };
    let (words, _) = text.as_chunks();
    let found = words.iter().fold(found_in(word(last)), |found, bytes| found | found_in(word(bytes)));
    found & HIGH == 0
}

/// As one word of a POSIX shell; what a terminal would not show as it is, is written as `$'\ooo'` knows it.
pub(crate) fn shell_quoted(text: &str) -> String {
    if printable(text) == text {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let escape = |byte: &u8| match byte {
        b'\\' | b'\'' => format!("\\{}", char::from(*byte)),
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    format!("$'{}'", text.as_bytes().iter().map(escape).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Unicode's tables: UnicodeData.txt (Cc, Zl, Zp) and PropList.txt (Bidi_Control).
    fn is_listed(c: char) -> bool {
        const BIDI_CONTROL: [u32; 12] =
            [0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069];
        c.is_control() || BIDI_CONTROL.contains(&u32::from(c)) || c == '\u{2028}' || c == '\u{2029}'
    }

    fn in_json(text: &str) -> String {
        let json = json_line(&text).unwrap();
        assert!(!is_plain_in_json(text) || json == format!("\"{text}\""), "{json}");
        json
    }

    #[test]
    fn exactly_the_characters_that_steer_are_escaped_in_every_form_and_json_reads_back_the_same() {
        for c in '\0'..=char::MAX {
            let text = format!("a{c}z");
            assert_eq!(steers(c), is_listed(c), "{c:?}");
            let (shown, json) = (printable(&text), in_json(&text));
            assert_eq!(shown != text, is_listed(c), "{c:?}");
            assert_eq!(json.contains('\\'), is_listed(c) || c == '"' || c == '\\', "{c:?}: {json}");
            assert!(!shown.chars().chain(json.chars()).any(is_listed), "{c:?}");
            assert_eq!(csv_field(&text, true), shown);
            assert_eq!(csv_field(&text, false), text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text, "{json}");
        }
    }

    #[test]
    fn escapes_are_those_that_people_and_json_know() {
        assert_eq!(
            printable("a\u{1b}[31mb\n\t\u{7f}\u{9b}\u{202e}"),
            "a\\u{1b}[31mb\\n\\t\\u{7f}\\u{9b}\\u{202e}"
        );
        assert_eq!(printable("파일 é \\"), "파일 é \\");
        assert_eq!(in_json("\u{7f}\u{9b}\u{61c}\u{2028}"), r#""\u007f\u009b\u061c\u2028""#);
        assert_eq!(in_json("파일 ünïcödé 🦀 “é” £"), "\"파일 ünïcödé 🦀 “é” £\"");
        let value = serde_json::json!({ "\u{9b}": ["\u{202e}", 1] });
        assert_eq!(json_line(&value).unwrap(), r#"{"\u009b":["\u202e",1]}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json_pretty(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn what_needs_an_escape_is_found_wherever_it_stands() {
        for byte in 0..=255_u8 {
            let is_plain = matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
            for length in 1..20 {
                for at in 0..length {
                    for filler in [b'~', b' ', b'!', b'#', b'[', b']'] {
                        let mut text = vec![filler; length];
                        text[at] = byte;
                        assert_eq!(is_plain_ascii(&text), is_plain, "{byte} at {at} of {length}");
                    }
                }
            }
        }
        assert!(is_plain_ascii(b""));
    }
}
