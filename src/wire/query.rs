//! The query of S3 requests, canonical from the start: encoded by SigV4's rule and sorted, so that what is
//! signed is byte for byte what is sent.

use sigv4::percent_encode;

/// A query under construction.
#[derive(Default)]
pub(crate) struct Query(Vec<(&'static str, String)>);

impl Query {
    pub(crate) fn parameter(&mut self, name: &'static str, value: &str) {
        self.0.push((name, percent_encode(value).into_owned()));
    }

    pub(crate) fn optional(&mut self, name: &'static str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.parameter(name, value.as_ref());
        }
    }

    pub(crate) fn into_text(mut self) -> String {
        self.0.sort_unstable();
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }
}
