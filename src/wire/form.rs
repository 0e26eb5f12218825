//! The body of STS and IAM requests: `Action=…&Version=…&Name=value`.

use std::borrow::Cow;

use sigv4::percent_encode;

/// Value of the `Content-Type` header that goes with a form, exactly as it is signed.
pub(crate) const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A form body under construction. Spaces are written as `%20`: Ceph 16 does not decode `+`, AWS takes both.
pub(crate) struct Form(String);

impl Form {
    pub(crate) fn new(action: &str, version: &str) -> Self {
        Self(format!("Action={action}&Version={version}"))
    }

    pub(crate) fn field(&mut self, name: &str, value: &str) {
        self.0.push('&');
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(&percent_encode(value));
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.field(name, value.as_ref());
        }
    }

    pub(crate) fn into_body(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Undo form encoding once: `+` is a space, `%XX` a byte. `None` if the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['+', '%']) {
        return Some(Cow::Borrowed(text));
    }
    let spaced = text.replace('+', " ");
    let decoded = sigv4::percent_decode(&spaced).into_owned();
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_written_as_percent_20() {
        let mut form = Form::new("AssumeRole", "2011-06-15");
        form.field("Policy", "{\"a\": 1}");
        form.optional("TokenCode", None::<&str>);
        assert_eq!(
            String::from_utf8(form.into_body()).unwrap(),
            "Action=AssumeRole&Version=2011-06-15&Policy=%7B%22a%22%3A%201%7D"
        );
    }

    #[test]
    fn form_decoding_takes_every_server_s_way_to_write_a_space() {
        // The three encodings of `a b+c/100%`: AWS, Ceph, SeaweedFS.
        for text in ["a+b%2Bc/100%25", "a%20b%2Bc%2F100%25", "a+b%2bc/100%25"] {
            assert_eq!(decode(text).as_deref(), Some("a b+c/100%"));
        }
        assert_eq!(decode("%FF"), None);
    }
}
