//! Requests and answers in JSON, and the three ways in which services refuse in it.

use serde_json::{Value, json};

use super::{answer::Answer, refusal::Refusal};

/// How a service refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonStyle {
    /// OAuth's own (RFC 6749, 5.2), with the exception's name in a header.
    OAuth,
    /// The exception's name in a header, and a message.
    Portal,
    /// An error and a message.
    SignIn,
}

/// A document that a client sent.
pub(crate) struct Parameters(Value);

impl Parameters {
    pub(crate) fn read(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).unwrap_or_default())
    }

    /// A text; an empty one counts as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::new("invalid_request", 400, format!("{name} is missing")))
    }

    /// The texts of a list; `None` if there is none.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let texts = self.0.get(name)?.as_array()?.iter().filter_map(Value::as_str);
        Some(texts.map(str::to_owned).collect())
    }
}

impl Answer {
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        let answer = Self::empty(status).header("content-type", "application/json");
        Self { body: value.to_string().into(), ..answer }
    }
}

impl Refusal {
    pub(crate) fn to_json(&self, style: JsonStyle) -> Answer {
        let header = |answer: Answer, name: &str| {
            answer.header("x-amzn-errortype", format!("{name}:http://internal.amazon.com/coral/sandbox/"))
        };
        match style {
            JsonStyle::OAuth => {
                let body = json!({ "error": self.code, "error_description": self.message });
                header(Answer::json(self.status, &body), &exception(&self.code))
            }
            JsonStyle::Portal => {
                let body = json!({ "message": self.message, "__type": format!("sandbox#{}", self.code) });
                header(Answer::json(self.status, &body), &self.code)
            }
            JsonStyle::SignIn => {
                Answer::json(self.status, &json!({ "error": self.code, "message": self.message }))
            }
        }
    }
}

/// `authorization_pending` → `AuthorizationPendingException`.
fn exception(code: &str) -> String {
    let words = code.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    words.chain(["Exception".to_owned()]).collect()
}
