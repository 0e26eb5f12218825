use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use sts3::sigv4::Rules;

use super::{
    Found, Source,
    case::{Case, Context, Expected, Keys, Message, PublicKey},
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

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyCase {
    Suite(Box<SuiteCase>),
    Differential(Box<DifferentialCase>),
}

/// The cases of one file; a file that holds none gives none.
pub(super) fn read(path: &Path) -> Vec<Found> {
    let file = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let content = match read_regular(path, MAX_VECTORS) {
        Ok(content) => content,
        Err(error) => return vec![Found { name: file, source: Source::Broken(error.to_string()) }],
    };
    let Ok(values) = serde_json::from_slice::<Vec<serde_json::Value>>(&content) else { return Vec::new() };
    let is_case =
        |value: &serde_json::Value| value.get("context").is_some() || value.get("placement").is_some();
    values.into_iter().filter(is_case).map(|value| found(&file, value)).collect()
}

fn found(file: &str, value: serde_json::Value) -> Found {
    let name = value.get("name").and_then(serde_json::Value::as_str).unwrap_or("(no name)").to_owned();
    match serde_json::from_value(value) {
        Ok(AnyCase::Suite(case)) => Found { name: format!("{file}/{}", case.name), source: suite(*case) },
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
