//! The operations of STS, a file for each; `session`, `session_policy` and `role_session` hold what they have in common.

mod assume_role;
mod assume_role_with_web_identity;
mod get_caller_identity;
mod get_session_token;
mod role_session;
mod session;
mod session_policy;

pub(crate) use assume_role::assume_role;
pub(crate) use assume_role_with_web_identity::assume_role_with_web_identity;
pub(crate) use get_caller_identity::get_caller_identity;
pub(crate) use get_session_token::get_session_token;
