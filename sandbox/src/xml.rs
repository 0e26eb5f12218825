//! Writing XML answers.

/// A document under construction.
pub(crate) struct Document(String);

impl Document {
    pub(crate) fn new() -> Self {
        Self(String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
    }

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut document = Self::new();
        document.0.reserve(bytes);
        document
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.0.extend(["<", name, ">"]);
    }

    pub(crate) fn open_in(&mut self, name: &str, namespace: &str) {
        self.0.extend(["<", name, " xmlns=\"", namespace, "\">"]);
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.0.extend(["</", name, ">"]);
    }

    /// `<name>value</name>`, escaped.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.open(name);
        self.content(value);
        self.close(name);
    }

    /// Character data, escaped.
    pub(crate) fn content(&mut self, value: &str) {
        escape(value, &mut self.0);
    }

    /// The same for a value that needs no escaping.
    pub(crate) fn plain(&mut self, name: &str, value: impl std::fmt::Display) {
        use std::fmt::Write;
        self.open(name);
        let _ = write!(self.0, "{value}");
        self.close(name);
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(crate) fn into_body(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Control characters become references that XML 1.0 does not allow, as AWS writes them: the reason why listers must
/// ask for `encoding-type=url`.
fn escape(value: &str, out: &mut String) {
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\0'..='\u{8}' | '\u{b}'..='\u{1f}' => out.push_str(&format!("&#x{:x};", u32::from(character))),
            other => out.push(other),
        }
    }
}

/// `encoding-type=url` as AWS does it: a form's encoding with `/` left alone.
pub(crate) fn url_encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                encoded.push(char::from(byte))
            }
            b' ' => encoded.push('+'),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}
