//! Some fourteen hundred requests, signed by botocore and awscrt (`fixtures/sigv4/generate.py`): ours must be the
//! signature on which both agree, or the one that AWS accepts where they differ. Each is verified as well.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use sts3_sigv4::{
    Credentials, Error, Payload, Received, ReceivedBody, Request, Scope, Secret, Signer, Timestamp, Verifier,
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
    /// Where they do not, or both are wrong: all, and the one that AWS accepts; none where it cannot be sent.
    #[serde(default)]
    signatures: BTreeMap<String, String>,
    expected: Option<String>,
    why: Option<String>,
}

/// A case as it would be sent.
struct Signed {
    query: String,
    headers: Vec<(String, String)>,
    signature: String,
}

impl Case {
    fn expected(&self) -> Option<&str> {
        self.signature.as_deref().or_else(|| Some(&*self.signatures[self.expected.as_ref()?]))
    }

    fn time(&self) -> Timestamp {
        Timestamp::parse(&self.time).unwrap()
    }

    fn sign(&self) -> Result<Signed, Error> {
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
            let presigned = signer.presign(&request, Duration::from_secs(self.expires), self.time())?;
            let (query, signature) = (presigned.query().to_owned(), presigned.signature().to_string());
            return Ok(Signed { query, headers: sent.clone(), signature });
        }
        let signed = signer.sign(&request, self.time())?;
        let added: Vec<_> =
            signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let signature = signed.signature().to_string();
        drop(signed);
        sent.extend(added);
        Ok(Signed { query: self.query.clone(), headers: sent, signature })
    }

    fn verify(&self, sent: &Signed) -> Result<sts3_sigv4::Verified, sts3_sigv4::Mismatch> {
        let headers: Vec<(&str, &str)> =
            sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let received = Received {
            method: &self.method,
            path: &self.path,
            query: &sent.query,
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

/// What the fixture must not lose: the spellings of paths and queries, for S3 and for the others.
#[test]
fn paths_and_queries_are_held_in_hundreds_of_spellings() {
    let cases = cases();
    let count = |wanted: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| wanted(case)).count();
    assert!(count(&|case| case.name.contains(": spelled ")) >= 500);
    for service in ["s3", "service"] {
        assert!(count(&|case| case.service == service && case.name.contains(": spelled path ")) >= 120);
        assert!(count(&|case| case.service == service && case.name.contains(": spelled query ")) >= 120);
    }
    // Where S3 refuses what both oracles sign, the case says why.
    assert!(count(&|case| case.expected.as_deref() == Some("s3")) >= 100);
    assert!(cases.iter().all(|case| case.signature.is_some() || case.why.is_some()));
}

#[test]
fn our_signatures_are_those_of_botocore_and_awscrt() {
    let cases = cases();
    assert!(cases.len() >= 1400, "{}", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let signature = case.sign().map(|signed| signed.signature);
        let is_right = match case.expected() {
            Some(expected) => signature.as_deref() == Ok(expected),
            None => matches!(signature, Err(Error::InvalidPath { .. } | Error::InvalidQuery { .. })),
        };
        if !is_right {
            failures.push(format!("{} ({})", case.name, case.why.as_deref().unwrap_or("both agree")));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn what_is_signed_verifies() {
    for case in cases().iter().filter(|case| case.expected().is_some()) {
        let sent = case.sign().unwrap();
        let verified = case.verify(&sent).unwrap_or_else(|mismatch| panic!("{}: {mismatch}", case.name));
        assert_eq!(
            verified.session_token.as_ref().map(Secret::expose),
            case.token.as_deref(),
            "{}",
            case.name
        );
    }
}
