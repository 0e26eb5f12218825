use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use sts3::sigv4::Rules;

use super::{
    case::{Case, Context, Expected, Keys, Message, PublicKey},
    found::{Found, Source},
};
use crate::input::{MAX_VECTORS, read_regular};

/// A case of the official suite in one JSON value.
#[derive(Deserialize)]
struct SuiteCase {
    name: String,
    context: Context,
    request: Message,
    header: Option<Expected>,
    query: Option<Expected>,
    public_key: Option<PublicKey>,
}

/// A case that two independent implementations signed.
#[derive(Deserialize)]
struct DifferentialCase {
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
    signature: Option<String>,
    #[serde(default)]
    signatures: BTreeMap<String, String>,
    expected: Option<String>,
}

/// A worked example of S3's documentation, whose key and time are the same throughout.
#[derive(Deserialize)]
struct DocumentationCase {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    #[serde(default)]
    expires: Option<u64>,
    #[serde(rename = "canonical_request_sha256")]
    _canonical_request_sha256: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyCase {
    Suite(Box<SuiteCase>),
    Documentation(Box<DocumentationCase>),
    Differential(Box<DifferentialCase>),
}

/// The cases of one file. A file that cannot be read, or holds anything else than cases, is a failure: it would be
/// taken for a file whose cases pass.
pub(super) fn read(path: &Path) -> Vec<Found> {
    let file = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let broken = |problem: String| vec![Found { name: file.clone(), source: Source::Broken(problem) }];
    let content = match read_regular(path, MAX_VECTORS) {
        Ok(content) => content,
        Err(error) => return broken(error.to_string()),
    };
    match serde_json::from_slice::<serde_json::Value>(&content) {
        Ok(content) if holds_other_signatures(&content) => {
            vec![Found { name: file, source: Source::Other("it holds forms, chunks or requests to verify") }]
        }
        Ok(serde_json::Value::Array(values)) if !values.is_empty() => {
            values.into_iter().map(|value| found(&file, value)).collect()
        }
        Ok(_) => broken("it holds no list of cases".into()),
        Err(error) => broken(format!("it is no JSON: {error}")),
    }
}

/// This project's files beside its cases: forms for POST, chunked bodies, requests for a verifier. What they hold is no
/// request to be signed.
fn holds_other_signatures(content: &serde_json::Value) -> bool {
    let is_other = |value: &serde_json::Value| {
        let has = |key: &str| value.get(key).is_some();
        has("fields") || has("chunks") || has("source") && has("headers")
    };
    match content {
        serde_json::Value::Array(values) => !values.is_empty() && values.iter().all(is_other),
        serde_json::Value::Object(values) => {
            is_other(content) || !values.is_empty() && values.values().all(is_other)
        }
        _ => false,
    }
}

fn found(file: &str, value: serde_json::Value) -> Found {
    let name = value.get("name").and_then(serde_json::Value::as_str).unwrap_or("(no name)").to_owned();
    match serde_json::from_value(value) {
        Ok(AnyCase::Suite(case)) => Found { name: format!("{file}/{}", case.name), source: suite(*case) },
        Ok(AnyCase::Documentation(case)) => {
            Found { name: format!("{file}/{}", case.name), source: documentation(*case) }
        }
        Ok(AnyCase::Differential(case)) => {
            Found { name: format!("{file}/{}", case.name), source: differential(*case) }
        }
        Err(error) => Found { name: format!("{file}/{name}"), source: Source::Broken(error.to_string()) },
    }
}

fn suite(case: SuiteCase) -> Source {
    let SuiteCase { context, request, header, query, public_key, .. } = case;
    Source::Case(Box::new(Case { context, rules: None, request, header, query, public_key }))
}

fn documentation(case: DocumentationCase) -> Source {
    let context = Context {
        credentials: Keys {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            token: None,
        },
        timestamp: "20130524T000000Z".into(),
        region: "us-east-1".into(),
        service: "s3".into(),
        normalize: false,
        sign_body: true,
        expiration_in_seconds: case.expires.unwrap_or_default(),
        omit_session_token: false,
    };
    let expected = Some(Expected { signature: Some(case.signature), ..Expected::default() });
    let (header, query) = if case.expires.is_some() { (None, expected) } else { (expected, None) };
    let DocumentationCase { method, path, query: sent, headers, body, .. } = case;
    let request = Message { method, path, query: sent, headers, body };
    Source::Case(Box::new(Case { context, rules: Some(Rules::S3), request, header, query, public_key: None }))
}

fn differential(case: DifferentialCase) -> Source {
    let agreed = case.signature.clone();
    let signature = agreed.or_else(|| case.signatures.get(case.expected.as_deref()?).cloned());
    let Some(signature) = signature else { return Source::Incomplete };
    let expected = Some(Expected { signature: Some(signature), ..Expected::default() });
    let (header, query) = if case.placement == "query" { (None, expected) } else { (expected, None) };
    let mut headers = vec![("Host".to_owned(), case.host)];
    headers.extend(case.headers);
    let context = Context {
        credentials: Keys {
            // The keys of `fixtures/sigv4/generate.py`.
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            token: case.token,
        },
        timestamp: case.time,
        region: case.region,
        normalize: true,
        sign_body: false,
        expiration_in_seconds: case.expires,
        omit_session_token: false,
        service: case.service.clone(),
    };
    let request =
        Message { method: case.method, path: case.path, query: case.query, headers, body: case.body };
    let rules = Some(Rules::for_service(&case.service));
    Source::Case(Box::new(Case { context, rules, request, header, query, public_key: None }))
}
