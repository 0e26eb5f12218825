//! IAM Identity Center (AWS SSO): from a person who signs in to a role's credentials.
//!
//! A program registers itself (`register_client`), and signs a person in: by a code that a browser brings back
//! (`authorization`), or by one that the person types on any device (`start_device_authorization`). `create_token` turns either
//! into a token, and renews it. With it the portal tells what was assigned (`accounts`), gives a role's keys
//! (`get_role_credentials`) and ends it all (`logout`).
//!
//! All speak JSON and are not signed; a bearer token or a client's secret is their proof.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html>,
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>

mod accounts;
mod authorization;
mod create_token;
mod get_role_credentials;
mod logout;
mod register_client;
mod start_device_authorization;

pub use accounts::{Account, ListAccountRoles, ListAccounts, SsoPage};
pub use authorization::{Authorization, RedirectError};
pub use create_token::{AccessToken, CreateToken};
pub use get_role_credentials::GetRoleCredentials;
pub use logout::Logout;
pub use register_client::{RegisterClient, RegisteredClient};
pub use start_device_authorization::{DeviceAuthorization, StartDeviceAuthorization};

use crate::Error;

/// What is wrong with a successful answer. Nothing of it is quoted: it is secret.
fn broken(answer: &'static str) -> impl Fn(String) -> Error {
    move |problem| Error::parse(answer, format!("it {problem}"))
}
