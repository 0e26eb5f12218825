//! Requests as botocore and awscrt send them (`fixtures/sigv4/received.json`), to be judged or spoiled.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub(crate) mod chunks;
pub(crate) mod forms;

use serde::Deserialize;
use sts3_sigv4::{Mismatch, Received, ReceivedBody, Request, Secret, Signer, Timestamp, Verified, Verifier};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) service: String,
    pub(crate) time: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    /// A run of a pattern of 16 bytes is written as `{n}`.
    pub(crate) body: String,
}

pub(crate) fn all() -> Vec<Sent> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sigv4/received.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The one of this name that botocore sends, or awscrt if botocore's is not there.
pub(crate) fn named(name: &str) -> Sent {
    all().into_iter().find(|sent| sent.name == name).unwrap()
}

impl Sent {
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (index, part) in self.body.split(['{', '}']).enumerate() {
            match index % 2 {
                0 => body.extend_from_slice(part.as_bytes()),
                _ => body.extend_from_slice("0123456789abcdef".repeat(part.parse().unwrap()).as_bytes()),
            }
        }
        body
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::parse(&self.time).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    pub(crate) fn edit(mut self, name: &str, from: &str, to: &str) -> Self {
        let (_, value) = self.headers.iter_mut().find(|(other, _)| other == name).unwrap();
        assert!(value.contains(from), "{value}");
        *value = value.replacen(from, to, 1);
        self
    }

    pub(crate) fn edit_query(mut self, from: &str, to: &str) -> Self {
        assert!(self.query.contains(from), "{}", self.query);
        self.query = self.query.replacen(from, to, 1);
        self
    }

    pub(crate) fn verify(&self) -> Result<Verified, Mismatch> {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let body = self.body();
        let received = Received {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: ReceivedBody::Bytes(&body),
        };
        let lookup = |id: &str| (id == "AKIDEXAMPLE").then(|| Secret::new(SECRET));
        Verifier::new(lookup)
            .region("us-east-1")
            .service(self.service.as_str())
            .verify(&received, self.time())
    }
}

/// A GET of `/`.
pub(crate) fn sent_of(service: &str, headers: &[(&str, &str)]) -> Sent {
    Sent {
        name: String::new(),
        source: String::new(),
        service: service.into(),
        time: "20150830T123600Z".into(),
        method: "GET".into(),
        path: "/".into(),
        query: String::new(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: String::new(),
    }
}

/// A GET of `/bucket/a/../b` with its signature.
pub(crate) fn signed_by(signer: &Signer<'_>, request: &Request<'_>, service: &str) -> Sent {
    let signed = signer.sign(request, Timestamp::parse("20150830T123600Z").unwrap()).unwrap();
    let headers: Vec<(&str, &str)> = std::iter::once(("host", "h")).chain(signed.headers()).collect();
    Sent { path: "/bucket/a/../b".into(), ..sent_of(service, &headers) }
}
