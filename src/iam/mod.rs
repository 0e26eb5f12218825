//! The part of the IAM Query API (version 2010-05-08) that existence checks need.
//!
//! Credentials of [`GetSessionToken`](crate::sts::GetSessionToken) without MFA cannot call IAM: run these
//! with the original keys. <https://docs.aws.amazon.com/IAM/latest/APIReference/>

mod create_user;
mod get_role;
mod get_user;
mod user;

pub use create_user::CreateUser;
pub use get_role::{GetRole, Role};
pub use get_user::GetUser;
pub use user::User;

const VERSION: &str = "2010-05-08";
