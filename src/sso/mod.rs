//! IAM Identity Center (AWS SSO): the two calls that turn a cached sign-in into a role's credentials.
//!
//! Both speak JSON and are not signed; a bearer token or a client's secret is their proof.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod create_token;
mod get_role_credentials;

use serde::Deserialize;

pub use create_token::{AccessToken, CreateToken};
pub use get_role_credentials::GetRoleCredentials;

use crate::{
    Error, ServiceError,
    wire::{
        json::{self, Member},
        service_error,
    },
};

/// What is wrong with a successful answer. Nothing of it is quoted: it is secret.
fn broken(answer: &'static str) -> impl Fn(String) -> Error {
    move |problem| Error::parse(answer, format!("it {problem}"))
}

/// A refusal in the two forms that the services have.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    __type: Member<String>,
    code: Member<String>,
    error: Member<String>,
    message: Member<String>,
    #[serde(rename = "Message")]
    upper_message: Member<String>,
    error_description: Member<String>,
}

/// A refusal: its code stands in a header (with a URL behind it) or in the body.
fn refusal(operation: &'static str, response: &http::Response<Vec<u8>>) -> ServiceError {
    let mut error = service_error::service_error(operation, response);
    let header = response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let body: Refusal = json::parse(response.body()).unwrap_or_default();
    let first = |members: [&Member<String>; 3]| members.into_iter().find_map(|member| member.get().cloned());
    let code = header.map(str::to_owned).or_else(|| first([&body.__type, &body.code, &body.error]));
    if let Some(code) = code {
        let code = code.split(':').next().unwrap_or(&code);
        error.code = code.rsplit('#').next().unwrap_or(code).to_owned();
        error.message =
            first([&body.message, &body.upper_message, &body.error_description]).unwrap_or_default();
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
