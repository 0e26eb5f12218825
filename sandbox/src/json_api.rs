//! The services that speak JSON and take no signature: from a request to its operation.
//!
//! They share the port with S3, whose buckets may have any name: so a request is theirs by what only they are sent, a JSON body,
//! a bearer token, a proof, or a parameter.

use crate::{
    identity_center as center,
    state::State,
    wire::{Answer, JsonStyle, Outcome, Parameters, Refusal, Request},
};

/// The answer, if the request is for one of these services.
pub(crate) fn answer(state: &State, request: &Request, fault: Option<Refusal>) -> Option<Outcome> {
    let (operation, style) = operation(request)?;
    let result = match fault {
        Some(fault) => Err(fault),
        None => perform(state, request, operation),
    };
    Some(match result {
        Ok(answer) => Outcome { operation, answer, refusal: None },
        Err(refusal) => Outcome { operation, answer: refusal.to_json(style), refusal: Some(refusal) },
    })
}

fn operation(request: &Request) -> Option<(&'static str, JsonStyle)> {
    let is_json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let has_token = request.header("x-amz-sso_bearer_token").is_some();
    let has = |name: &str| request.parameter(name).is_some();
    let operation = match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/client/register") if is_json => ("RegisterClient", JsonStyle::OAuth),
        ("POST", "/device_authorization") if is_json => ("StartDeviceAuthorization", JsonStyle::OAuth),
        ("POST", "/token") if is_json => ("CreateToken", JsonStyle::OAuth),
        ("GET", "/authorize") if has("response_type") => ("Authorize", JsonStyle::OAuth),
        ("GET", "/device") if has("user_code") => ("ConfirmDevice", JsonStyle::OAuth),
        ("GET", "/assignment/accounts") if has_token => ("ListAccounts", JsonStyle::Portal),
        ("GET", "/assignment/roles") if has_token => ("ListAccountRoles", JsonStyle::Portal),
        ("GET", "/federation/credentials") if has_token => ("GetRoleCredentials", JsonStyle::Portal),
        ("POST", "/logout") if has_token => ("Logout", JsonStyle::Portal),
        ("GET", "/v1/authorize") if has("response_type") => ("AuthorizeLogin", JsonStyle::SignIn),
        ("POST", "/v1/token") if is_json => ("CreateOAuth2Token", JsonStyle::SignIn),
        _ => return None,
    };
    Some(operation)
}

fn perform(state: &State, request: &Request, operation: &str) -> Result<Answer, Refusal> {
    let parameters = Parameters::read(&request.body);
    match operation {
        "RegisterClient" => center::register_client(state, &parameters),
        "StartDeviceAuthorization" => center::start_device_authorization(state, request, &parameters),
        "CreateToken" => center::create_token(state, &parameters),
        "Authorize" => center::authorize(state, request),
        "ConfirmDevice" => center::confirm_device(state, request),
        "ListAccounts" => center::list_accounts(state, request),
        "ListAccountRoles" => center::list_account_roles(state, request),
        "GetRoleCredentials" => center::get_role_credentials(state, request),
        "Logout" => center::logout(state, request),
        _ => login(state, request, &parameters, operation),
    }
}

#[cfg(feature = "login")]
fn login(
    state: &State,
    request: &Request,
    parameters: &Parameters,
    operation: &str,
) -> Result<Answer, Refusal> {
    use crate::console_login;

    match operation {
        "AuthorizeLogin" => console_login::authorize(state, request),
        _ => console_login::create_oauth2_token(state, request, parameters),
    }
}

#[cfg(not(feature = "login"))]
fn login(_: &State, _: &Request, _: &Parameters, _: &str) -> Result<Answer, Refusal> {
    Err(Refusal::new("server_error", 501, "this build knows no sign-ins to the console (feature `login`)"))
}
