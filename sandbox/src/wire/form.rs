//! Requests of the Query protocol: form bodies.

use std::collections::BTreeMap;

use super::{refusal::Refusal, xml::Document};

/// A form's fields by name.
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    pub(crate) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// By its `Version`; STS unless it is IAM's.
    pub(crate) fn api(&self) -> Api {
        if self.get("Version") == Some("2010-05-08") { Api::Iam } else { Api::Sts }
    }

    /// A field; an empty one counts as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| validation(format!("1 validation error detected: {name} is missing")))
    }

    /// `Name.member.1`, `Name.member.2`, … with a suffix.
    pub(crate) fn members(&self, name: &str, suffix: &str) -> Vec<&str> {
        (1..).map_while(|index| self.get(&format!("{name}.member.{index}{suffix}"))).collect()
    }
}

pub(crate) fn validation(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationError", 400, message)
}

/// The API that a form belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Sts,
    Iam,
}

impl Api {
    pub(crate) const fn namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        }
    }
}

/// Writes what stands inside `<{Action}Result>`.
pub(crate) type Writer = Box<dyn FnOnce(&mut Document)>;
