//! Writing XML answers.

use std::borrow::Cow;

/// The namespace of S3's answers.
pub(crate) const S3_NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

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

/// Control characters become references that XML 1.0 does not allow, as AWS writes them: the reason why
/// listers must ask for `encoding-type=url`.
fn escape(value: &str, out: &mut String) {
    let is_special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | 0..=8 | 11..=31);
    let mut rest = value;
    while let Some(at) = rest.bytes().position(is_special) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = from.chars();
        match characters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            Some(control) => out.push_str(&format!("&#x{:x};", u32::from(control))),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// `encoding-type=url` as AWS does it: a form's encoding with `/` left alone.
pub(crate) fn url_encode(value: &str) -> Cow<'_, str> {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*' | b'/');
    if value.bytes().all(is_plain) {
        return Cow::Borrowed(value);
    }
    let mut encoded = String::with_capacity(value.len() * 3);
    for byte in value.bytes() {
        match byte {
            byte if is_plain(byte) => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            other => {
                let digit =
                    |value: u8| char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase();
                encoded.extend(['%', digit(other >> 4), digit(other & 15)]);
            }
        }
    }
    Cow::Owned(encoded)
}
