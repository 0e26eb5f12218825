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

    /// An object without members.
    pub(crate) fn empty() -> Self {
        Self(Value::Object(serde_json::Map::new()))
    }

    /// Give a member another text; without one it goes.
    pub(crate) fn set(&mut self, name: &str, text: Option<&str>) {
        set(&mut self.0, name, text.map(Value::from));
    }

    /// The same with a list of texts.
    pub(crate) fn set_list(&mut self, name: &str, texts: &[String]) {
        set(&mut self.0, name, Some(Value::from(texts)));
    }

    /// The same in the object that a member is, which is made where it is missing.
    #[cfg_attr(not(feature = "login"), allow(dead_code, reason = "for the keys of a sign-in"))]
    pub(crate) fn set_within(&mut self, object: &str, name: &str, text: &str) {
        let Value::Object(members) = &mut self.0 else { return };
        let inner = members.entry(object).or_insert_with(|| Value::Object(serde_json::Map::new()));
        set(inner, name, Some(Value::from(text)));
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

fn set(object: &mut Value, name: &str, value: Option<Value>) {
    let Value::Object(members) = object else { return };
    let before = match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    if let Some(mut before) = before {
        wipe(&mut before);
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
        document.set_within("inner", "a", "x");
        document.set_within("inner", "b", "y");
        document.set_within("other", "a", "a list has no members");
        let expected = br#"{"a":"z","inner":{"a":"x","b":"y"},"other":[1]}"#;
        assert_eq!(document.to_bytes().as_slice(), expected);
        assert!(Document::parse(b"hush").err().unwrap().contains("line 1"));
    }
}
