//! The body of STS and IAM requests: `Action=…&Version=…&Name=value`.

use std::{borrow::Cow, fmt};

use sigv4::percent_encode;

/// Value of the `Content-Type` header that goes with a form, exactly as it is signed.
pub(crate) const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The form that a request of the Query protocol has as its body
/// (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>). Names and values are percent-encoded; a space is
/// `%20`, since Ceph 16 does not decode `+`, and AWS takes both.
///
/// ```
/// use sts3::{UnsignedRequest, wire::Form};
///
/// let mut form = Form::new("GetUser", "2010-05-08");
/// form.field("UserName", "alice");
/// form.optional("Marker", None::<&str>);
/// assert_eq!(UnsignedRequest::form(form).body, b"Action=GetUser&Version=2010-05-08&UserName=alice");
/// ```
#[derive(Clone, Default)]
pub struct Form(String);

impl Form {
    /// A form for an action of an API's version: `GetUser`, `2010-05-08`.
    pub fn new(action: &str, version: &str) -> Self {
        let mut form = Self::default();
        form.field("Action", action);
        form.field("Version", version);
        form
    }

    /// Add a field. Members of lists are written `Tags.member.1.Key`.
    pub fn field(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(&percent_encode(name));
        self.0.push('=');
        self.0.push_str(&percent_encode(value));
    }

    /// Add a field if it has a value.
    pub fn optional(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.field(name, value.as_ref());
        }
    }

    /// The encoded form.
    pub fn into_body(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

impl fmt::Debug for Form {
    /// The names of fields; values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.split('&').filter_map(|field| field.split('=').next());
        f.debug_tuple("Form").field(&names.collect::<Vec<_>>()).finish()
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
    fn a_field_s_name_cannot_bring_another_field() {
        let mut form = Form::default();
        form.field("A&B=C", "1");
        form.field("Tags.member.1.Key", "x");
        assert_eq!(form.into_body(), b"A%26B%3DC=1&Tags.member.1.Key=x");
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
