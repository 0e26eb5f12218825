//! The services that providers ask, played.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde::Deserialize;
use sts3::{
    TransportError, http,
    runtime::{BoxFuture, Limits, Transport},
    sigv4::percent_decode,
};

/// Where the metadata services and the SSO portal are.
pub(crate) const METADATA: &str = "127.0.0.1:1";

#[derive(Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Call {
    signer: Option<String>,
    parameters: BTreeMap<String, String>,
}

/// A request to a metadata service or the SSO portal.
#[derive(Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    request: String,
    headers: BTreeMap<String, String>,
    body: Option<serde_json::Value>,
}

/// STS, the SSO portal and the metadata services, which answer and remember.
#[derive(Clone, Default)]
pub(crate) struct Services {
    pub(crate) calls: Arc<Mutex<Vec<Call>>>,
    pub(crate) requests: Arc<Mutex<Vec<Asked>>>,
    pub(crate) answers: BTreeMap<String, (u16, String)>,
}

impl Transport for Services {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        if limits.direct {
            assert_eq!(request.uri().authority().unwrap(), METADATA);
            return self.answer(request);
        }
        if request.uri().authority().is_some_and(|authority| authority == METADATA) {
            return self.answer(request);
        }
        let call = Call { signer: signer(&request), parameters: parameters(request.body()) };
        let mut calls = self.calls.lock().unwrap();
        calls.push(call);
        let number = calls.len();
        let operation = if calls[number - 1].parameters.contains_key("WebIdentityToken") {
            "AssumeRoleWithWebIdentity"
        } else {
            "AssumeRole"
        };
        let body = format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result><Credentials>\
             <AccessKeyId>CALL{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId>\
             <Arn>arn:aws:sts::123456789012:assumed-role/x/y</Arn></AssumedRoleUser></{operation}Result></{operation}Response>"
        );
        Box::pin(async { Ok(http::Response::new(body.into_bytes())) })
    }
}

impl Services {
    fn answer(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let headers = request
            .headers()
            .iter()
            .filter(|(name, _)| !["accept", "content-type", "host"].contains(&name.as_str()));
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let body = (!request.body().is_empty()).then(|| serde_json::from_slice(request.body()).unwrap());
        let request = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
        let (status, answer) = self.answers.get(&request).cloned().unwrap_or((404, String::new()));
        self.requests.lock().unwrap().push(Asked { request, headers, body });
        let answer = http::Response::builder().status(status).body(answer.into_bytes()).unwrap();
        Box::pin(async { Ok(answer) })
    }
}

fn signer(request: &http::Request<Vec<u8>>) -> Option<String> {
    let header = request.headers().get("authorization")?.to_str().unwrap();
    let (_, rest) = header.split_once("Credential=").unwrap();
    Some(rest.split('/').next().unwrap().to_owned())
}

/// The form's fields without those that every call has; our default session name as botocore's is written.
fn parameters(body: &[u8]) -> BTreeMap<String, String> {
    let decode = |text: &str| String::from_utf8(percent_decode(text).into_owned()).unwrap();
    let pairs = std::str::from_utf8(body).unwrap().split('&').map(|pair| pair.split_once('=').unwrap());
    let pairs = pairs.filter(|(name, _)| !["Action", "Version"].contains(name));
    pairs
        .map(|(name, value)| match (decode(name), decode(value)) {
            (name, value) if name == "RoleSessionName" && value.starts_with("sts3-") => {
                (name, "(default)".into())
            }
            pair => pair,
        })
        .collect()
}
