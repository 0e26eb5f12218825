//! A JSON document that is written again, with members that we do not know. It is wiped in the end.

use serde_json::Value;
use zeroize::Zeroize;

/// A document. It has no `Debug`: its texts are secrets.
#[derive(Clone)]
pub(crate) struct Document(Value);

impl Document {
    /// Read one, or say where it is no JSON. Nothing of it is ever quoted.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|error| format!("is not JSON (line {}, column {})", error.line(), error.column()))
    }

    /// Give a member another text; without one it goes.
    pub(crate) fn set(&mut self, name: &str, text: Option<&str>) {
        let Value::Object(members) = &mut self.0 else { return };
        let before = match text {
            Some(text) => members.insert(name.to_owned(), Value::from(text)),
            None => members.remove(name),
        };
        if let Some(mut before) = before {
            wipe(&mut before);
        }
    }

    /// The document as it is written.
    pub(crate) fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        self.0.to_string().into_bytes().into()
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_document_is_wiped() {
        let mut value = serde_json::json!({ "a": "hush", "b": [{ "c": "hush" }], "d": 1 });
        wipe(&mut value);
        assert_eq!(value, serde_json::json!({ "a": "", "b": [{ "c": "" }], "d": 1 }));
    }

    #[test]
    fn members_are_replaced_and_removed() {
        let mut document = Document::parse(br#"{"a":"x","b":"y","other":[1]}"#).unwrap();
        document.set("a", Some("z"));
        document.set("b", None);
        assert_eq!(document.to_bytes().as_slice(), br#"{"a":"z","other":[1]}"#);
        assert!(Document::parse(b"hush").err().unwrap().contains("line 1"));
    }
}
