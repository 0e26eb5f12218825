//! The operations of STS, a file for each; `session` and `session_policy` hold what they have in common.

mod assume_role;
mod get_caller_identity;
mod get_session_token;
mod session;
mod session_policy;

pub(crate) use assume_role::assume_role;
pub(crate) use get_caller_identity::get_caller_identity;
pub(crate) use get_session_token::get_session_token;
