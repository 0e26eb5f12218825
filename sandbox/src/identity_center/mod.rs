//! IAM Identity Center: its token service (`clients`, `authorize`, `device`, `token`) and its portal (`portal`).
//!
//! What is not confirmed by anything read: how long a device's code lives and at which interval it may be asked for, that a
//! refresh token is good once, and the status of a role that is not assigned (403 `ForbiddenException` is what people report; the
//! model has no such error).

mod authorize;
mod clients;
mod device;
mod portal;
mod token;

pub(crate) use self::{
    authorize::authorize,
    clients::register_client,
    device::{confirm_device, start_device_authorization},
    portal::{get_role_credentials, list_account_roles, list_accounts, logout},
    token::create_token,
};
