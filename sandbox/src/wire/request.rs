//! A request as it arrived.

use sigv4::{Received, ReceivedBody};

/// A request as it arrived, with its whole body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As sent, percent-encoded.
    pub(crate) path: String,
    /// As sent, percent-encoded.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A query parameter, decoded. `?name` alone counts as given and empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|piece| {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            let decode = |text: &str| String::from_utf8_lossy(&sigv4::percent_decode(text)).into_owned();
            (decode(key) == name).then(|| decode(&value.replace('+', " ")))
        })
    }

    /// All headers, and the parameters that presigners write instead of headers (`x-amz-…`); names in lower case.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (String, String)> {
        let decode = |text: &str| String::from_utf8_lossy(&sigv4::percent_decode(text)).into_owned();
        let parameters = self.query.split('&').map(move |piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            (decode(name).to_ascii_lowercase(), decode(&value.replace('+', " ")))
        });
        let headers = self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        headers.chain(parameters.filter(|(name, _)| name.starts_with("x-amz-")))
    }

    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        self.parameter(name).is_some()
    }

    /// Let `check` look at it as a verifier wants it.
    pub(crate) fn received<T>(&self, check: impl FnOnce(&Received<'_>) -> T) -> T {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        check(&Received {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: ReceivedBody::Bytes(&self.body),
        })
    }
}
