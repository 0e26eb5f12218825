//! IAM Identity Center (AWS SSO): the two calls that turn a cached sign-in into a role's credentials.
//!
//! Both speak JSON and are not signed; a bearer token or a client's secret is their proof.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod create_token;
mod get_role_credentials;

use serde_json::Value;

pub use create_token::{AccessToken, CreateToken};
pub use get_role_credentials::GetRoleCredentials;

use crate::Error;

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
