//! The operations of IAM: `user` and `role`; `access` holds what they have in common.

mod access;
mod role;
mod user;

pub(crate) use role::get_role;
pub(crate) use user::{create_user, get_user};
