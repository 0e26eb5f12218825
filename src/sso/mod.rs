//! IAM Identity Center (AWS SSO): the two calls that turn a cached sign-in into a role's credentials.
//!
//! Both speak JSON and are not signed; a bearer token or a client's secret is their proof.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod create_token;
mod get_role_credentials;

use serde_json::Value;

pub use create_token::{AccessToken, CreateToken};
pub use get_role_credentials::GetRoleCredentials;

use crate::{Error, ServiceError, wire::service_error};

/// A successful answer. Nothing of it is quoted in errors: it is secret.
fn document(body: &[u8], name: &'static str) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|error| {
        Error::parse(name, format!("not JSON (line {}, column {})", error.line(), error.column()))
    })
}

fn text<'a>(document: &'a Value, member: &'static str, name: &'static str) -> Result<&'a str, Error> {
    let value = document.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    value.ok_or_else(|| Error::parse(name, format!("no `{member}`")))
}

/// A refusal: its code stands in a header (with a URL behind it) or in the body.
fn refusal(operation: &str, response: &http::Response<Vec<u8>>) -> ServiceError {
    let mut error = service_error::service_error(operation, response);
    let header = response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let member = |names: &[&str]| names.iter().find_map(|name| body.get(name)?.as_str());
    if let Some(code) = header.or_else(|| member(&["__type", "code", "error"])) {
        let code = code.split(':').next().unwrap_or(code);
        error.code = code.rsplit('#').next().unwrap_or(code).to_owned();
        error.message = member(&["message", "Message", "error_description"]).unwrap_or_default().to_owned();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    // The shapes are those of the service models' JSON protocol:
    // <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>
    #[test]
    fn a_refusal_is_read_from_header_or_body() {
        for (header, body, code, message) in [
            (
                Some("UnauthorizedException:http://internal.amazon.com/coral/"),
                r#"{"message":"Session token not found or invalid"}"#,
                "UnauthorizedException",
                "Session token not found or invalid",
            ),
            (
                None,
                r#"{"__type":"com.amazonaws.switchboard.portal#ForbiddenException"}"#,
                "ForbiddenException",
                "",
            ),
            (None, r#"{"error":"invalid_grant","error_description":"gone"}"#, "invalid_grant", "gone"),
            (None, "", "401", "Unauthorized (the answer had no error document)"),
        ] {
            let mut response = http::Response::builder().status(401);
            if let Some(header) = header {
                response = response.header("x-amzn-ErrorType", header);
            }
            let error = refusal("X", &response.body(body.as_bytes().to_vec()).unwrap());
            assert_eq!((error.code.as_str(), error.message.as_str()), (code, message), "{body}");
        }
    }
}
