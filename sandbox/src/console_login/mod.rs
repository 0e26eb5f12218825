//! Sign-ins to the console (`aws login`): the page (`authorize`) and the token endpoint (`create_oauth2_token`).
//!
//! What is not confirmed by anything read: the status of `AccessDenied` (403 here), that a refresh token is bound to the key of its
//! sign-in (RFC 9449 would have it so), and how old a proof may be.

mod authorize;
mod create_oauth2_token;

pub(crate) use self::{authorize::authorize, create_oauth2_token::create_oauth2_token};
