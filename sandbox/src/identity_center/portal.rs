//! The portal: <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Operations.html>. Every role of the sandbox
//! is assigned to whoever signs in.

use serde_json::{Value, json};
use time::Duration;

use crate::{
    state::{
        State,
        account::{ACCOUNT, stable_id},
        caller::{Caller, Kind},
    },
    wire::{Answer, Refusal, Request},
};

/// As the permission set's default.
const SESSION: Duration = Duration::hours(1);
const BEARER: &str = "x-amz-sso_bearer_token";

/// The token of whoever asks, which has not ended.
fn bearer<'a>(state: &State, request: &'a Request) -> Result<&'a str, Refusal> {
    let unauthorized = || Refusal::new("UnauthorizedException", 401, "Session token not found or invalid");
    let token = request.header(BEARER).ok_or_else(unauthorized)?;
    let end = state.sign_ins.issued().access_tokens.get(token).copied().ok_or_else(unauthorized)?;
    if state.now() < end { Ok(token) } else { Err(unauthorized().because("the token has ended")) }
}

fn required(request: &Request, name: &str) -> Result<String, Refusal> {
    let value = request.parameter(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| Refusal::new("InvalidRequestException", 400, format!("{name} is missing")))
}

pub(crate) fn list_accounts(state: &State, request: &Request) -> Result<Answer, Refusal> {
    bearer(state, request)?;
    let account =
        json!({ "accountId": ACCOUNT, "accountName": "sandbox", "emailAddress": "sandbox@example.com" });
    page(request, "accountList", vec![account])
}

pub(crate) fn list_account_roles(state: &State, request: &Request) -> Result<Answer, Refusal> {
    bearer(state, request)?;
    account(request)?;
    let roles = state.identities.roles.iter();
    page(
        request,
        "roleList",
        roles.map(|role| json!({ "roleName": role.name, "accountId": ACCOUNT })).collect(),
    )
}

fn account(request: &Request) -> Result<(), Refusal> {
    let account = required(request, "account_id")?;
    if account == ACCOUNT { Ok(()) } else { Err(Refusal::new("ForbiddenException", 403, "No access")) }
}

/// The tokens of pages are numbers, with characters that have to be encoded.
fn page(request: &Request, name: &str, items: Vec<Value>) -> Result<Answer, Refusal> {
    let invalid = |name: &str| Refusal::new("InvalidRequestException", 400, format!("{name} is invalid"));
    let size = match request.parameter("max_result") {
        Some(text) => {
            text.parse().ok().filter(|size| (1..=100).contains(size)).ok_or_else(|| invalid("max_result"))?
        }
        None => 100,
    };
    let start: usize = match request.parameter("next_token") {
        Some(token) => {
            token.strip_prefix("+/=").and_then(|at| at.parse().ok()).ok_or_else(|| invalid("next_token"))?
        }
        None => 0,
    };
    let next = (items.len() > start + size).then(|| format!("+/={}", start + size));
    let items: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    Ok(Answer::json(200, &json!({ name: items, "nextToken": next })))
}

pub(crate) fn get_role_credentials(state: &State, request: &Request) -> Result<Answer, Refusal> {
    bearer(state, request)?;
    let name = required(request, "role_name")?;
    account(request)?;
    let role = state.identities.roles.iter().find(|role| role.name == name);
    let role = role.ok_or_else(|| Refusal::new("ForbiddenException", 403, "No access"))?;
    let caller = Caller {
        kind: Kind::Role,
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/sandbox"),
        user_id: format!("{}:sandbox", stable_id("AROA", &name)),
        mfa: false,
        policies: vec![role.policy.clone()],
    };
    let life = state.config.session_lifetime.map_or(Ok(SESSION), Duration::try_from).unwrap_or(SESSION);
    let session = state.identities.open_session(caller, state.now() + life);
    let keys = json!({
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key.expose(),
        "sessionToken": session.token.expose(),
        "expiration": session.expiration.unix_timestamp() * 1000,
    });
    Ok(Answer::json(200, &json!({ "roleCredentials": keys })))
}

pub(crate) fn logout(state: &State, request: &Request) -> Result<Answer, Refusal> {
    let token = bearer(state, request)?;
    state.sign_ins.issued().access_tokens.remove(token);
    Ok(Answer::empty(200))
}
