//! Which calls may go over which channel: secrets go by TLS, or stay on this machine.

use crate::{
    InvalidInput,
    credentials::Credentials,
    endpoint::{Endpoint, Service, Target},
};

/// What decides the channel of a call.
pub(super) struct Cargo<'a> {
    /// The operation's name.
    pub(super) operation: &'a str,
    pub(super) service: Service,
    /// See [`Operation::carries_secrets`](super::Operation::carries_secrets).
    pub(super) carries_secrets: bool,
}

/// Refuse plain HTTP to another machine to a call that carries or returns secrets, signed or not, and to every
/// signature by long-lived keys.
pub(super) fn check(
    cargo: &Cargo<'_>,
    endpoint: &Endpoint,
    target: &Target,
    credentials: Option<&Credentials>,
) -> Result<(), InvalidInput> {
    if target.is_trusted {
        return Ok(());
    }
    let reason = if cargo.carries_secrets {
        "its request or its answer holds secrets (keys, tokens, one-time codes)"
    } else if credentials.is_some_and(|keys| keys.session_token().is_none()) {
        "the keys that sign it are long-lived"
    } else {
        return Ok(());
    };
    let Cargo { operation, service, .. } = cargo;
    let remedy = match service {
        Service::Signin => "use https: no option allows plain HTTP for a sign-in",
        _ if cargo.carries_secrets => {
            "use https, or allow plain HTTP (--allow-http, STS3_ALLOW_HTTP=true, ClientBuilder::allow_http)"
        }
        _ => {
            "use https or temporary credentials, or allow plain HTTP (--allow-http, STS3_ALLOW_HTTP=true, \
             ClientBuilder::allow_http)"
        }
    };
    let fault = format!(
        "http://{} is plain HTTP to another machine, and {operation} must not go there: {reason}",
        target.url.authority()
    );
    Err(match endpoint.url_origin(service) {
        Some(origin) => {
            InvalidInput::new("endpoint URL", format!("{fault}: {remedy}")).with_origin(origin.clone())
        }
        None => {
            let settings = endpoint.url_settings(service);
            InvalidInput::new("endpoint URL", format!("{fault}. The address is {settings}: {remedy}"))
        }
    })
}
