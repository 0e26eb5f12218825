//! The STS Query API (version 2011-06-15): one file per operation, with its parameters, limits and answer.
//!
//! Builders and parsers only; to send them see [`Call`](crate::Call) or the client.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/>

mod assume_role;
mod get_caller_identity;
mod get_session_token;
mod session;

pub use assume_role::{AssumeRole, AssumedRole, ProvidedContext, Tag};
pub use get_caller_identity::{CallerIdentity, GetCallerIdentity};
pub use get_session_token::{GetSessionToken, SessionToken};

pub(crate) const VERSION: &str = "2011-06-15";
