//! Several hundred requests, signed by botocore and awscrt (`fixtures/sigv4/generate.py`): ours must be the
//! signature on which both agree, or the one that AWS accepts where they differ. Each is verified as well.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use sigv4::{
    Credentials, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer, Timestamp, Verifier,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[derive(Deserialize)]
struct Case {
    name: String,
    placement: String,
    service: String,
    region: String,
    method: String,
    host: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    time: String,
    token: Option<String>,
    expires: u64,
    /// Where both oracles agree.
    signature: Option<String>,
    /// Where they do not: both, and the one that AWS accepts.
    #[serde(default)]
    signatures: BTreeMap<String, String>,
    expected: Option<String>,
    why: Option<String>,
}

impl Case {
    fn expected(&self) -> Option<&str> {
        self.signature.as_deref().or_else(|| Some(&*self.signatures[self.expected.as_ref()?]))
    }

    fn time(&self) -> Timestamp {
        Timestamp::parse(&self.time).unwrap()
    }

    /// Sign it; what would be sent, and the signature.
    fn sign(&self) -> (String, Vec<(String, String)>, String) {
        let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
        let credentials = match &self.token {
            Some(token) => credentials.with_session_token(token.as_str()),
            None => credentials,
        };
        let signer = Signer::new(&credentials, Scope::new(&self.region, &self.service));
        let mut sent = vec![("Host".to_owned(), self.host.clone())];
        sent.extend(self.headers.iter().cloned());
        let headers: Vec<(&str, &str)> =
            sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request::new(&self.method, &self.path)
            .query(&self.query)
            .headers(&headers)
            .payload(Payload::Bytes(self.body.as_bytes()));
        if self.placement == "query" {
            let presigned = signer.presign(&request, Duration::from_secs(self.expires), self.time()).unwrap();
            return (presigned.query().to_owned(), sent.clone(), presigned.signature().to_string());
        }
        let signed = signer.sign(&request, self.time()).unwrap();
        let added: Vec<_> =
            signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let signature = signed.signature().to_string();
        drop(signed);
        sent.extend(added);
        (self.query.clone(), sent, signature)
    }

    fn verify(&self, query: &str, sent: &[(String, String)]) -> Result<sigv4::Verified, sigv4::Mismatch> {
        let headers: Vec<(&str, &str)> =
            sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let received = Received {
            method: &self.method,
            path: &self.path,
            query,
            headers: &headers,
            body: ReceivedBody::Bytes(self.body.as_bytes()),
        };
        let lookup = |id: &str| (id == "AKIDEXAMPLE").then(|| Secret::new(SECRET));
        Verifier::new(lookup).region(&self.region).service(&self.service).verify(&received, self.time())
    }
}

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sigv4/differential.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn our_signatures_are_those_of_botocore_and_awscrt() {
    let cases = cases();
    assert!(cases.len() >= 600, "{}", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let (_, _, signature) = case.sign();
        if case.expected().is_some_and(|expected| expected != signature) {
            failures.push(format!("{} ({})", case.name, case.why.as_deref().unwrap_or("both agree")));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn what_is_signed_verifies() {
    for case in cases() {
        let (query, sent, _) = case.sign();
        let verified =
            case.verify(&query, &sent).unwrap_or_else(|mismatch| panic!("{}: {mismatch}", case.name));
        assert_eq!(
            verified.session_token.as_ref().map(Secret::expose),
            case.token.as_deref(),
            "{}",
            case.name
        );
    }
}
