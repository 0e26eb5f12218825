//! IAM Identity Center (AWS SSO): the two calls that turn a cached sign-in into a role's credentials.
//!
//! Both speak JSON and are not signed; a bearer token or a client's secret is their proof.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>

mod create_token;
mod get_role_credentials;

pub use create_token::{AccessToken, CreateToken};
pub use get_role_credentials::GetRoleCredentials;

use crate::Error;

/// What is wrong with a successful answer. Nothing of it is quoted: it is secret.
fn broken(answer: &'static str) -> impl Fn(String) -> Error {
    move |problem| Error::parse(answer, format!("it {problem}"))
}
