//! The STS Query API (version 2011-06-15): one file per operation, with its parameters, limits and answer.
//!
//! Builders and parsers only; to send them see [`Call`](crate::Call) or the client.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/>

mod assume_role;
mod assume_role_with_saml;
mod assume_role_with_web_identity;
mod assume_root;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod session;
mod setters;

pub use assume_role::{AssumeRole, AssumedRole, ProvidedContext};
pub use assume_role_with_saml::{AssumeRoleWithSaml, SamlRole};
pub use assume_role_with_web_identity::{AssumeRoleWithWebIdentity, WebIdentityRole};
pub use assume_root::{AssumeRoot, RootSession};
pub use decode_authorization_message::DecodeAuthorizationMessage;
pub use get_access_key_info::GetAccessKeyInfo;
pub use get_caller_identity::{CallerIdentity, GetCallerIdentity};
pub use get_federation_token::{FederationToken, GetFederationToken};
pub use get_session_token::{GetSessionToken, SessionToken};
pub use session::Tag;

pub(crate) const VERSION: &str = "2011-06-15";
