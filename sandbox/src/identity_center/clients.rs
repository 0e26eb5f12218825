//! RegisterClient: <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_RegisterClient.html>.

use serde_json::json;
use time::Duration;

use crate::{
    state::{
        State,
        sign_ins::{Client, Issued, new_secret},
    },
    wire::{Answer, Parameters, Refusal},
};

/// Of every registration that was seen.
const LIFE: Duration = Duration::days(90);

pub(crate) fn register_client(state: &State, parameters: &Parameters) -> Result<Answer, Refusal> {
    parameters.required("clientName")?;
    if parameters.required("clientType")? != "public" {
        return Err(Refusal::new("invalid_client_metadata", 400, "clientType must be public"));
    }
    let grants = parameters.list("grantTypes").unwrap_or_default();
    let redirects = parameters.list("redirectUris").unwrap_or_default();
    let is_for_code = grants.iter().any(|grant| grant == "authorization_code");
    if is_for_code && (redirects.is_empty() || parameters.get("issuerUrl").is_none()) {
        return Err(Refusal::new("invalid_request", 400, "a code needs redirectUris and issuerUrl"));
    }
    if let Some(other) = redirects.iter().find(|redirect| !redirect.starts_with("http://127.0.0.1")) {
        return Err(Refusal::new(
            "invalid_redirect_uri",
            400,
            format!("{other} is not on the loopback interface"),
        ));
    }
    let now = state.now();
    let has_scopes = parameters.list("scopes").is_some_and(|scopes| !scopes.is_empty());
    let client_id = new_secret("client-", 22);
    // As long as the service's, which is a JSON Web Token.
    let client =
        Client { secret: new_secret("eyJraWQi", 500), expires: now + LIFE, grants, redirects, has_scopes };
    let answer = json!({
        "clientId": client_id,
        "clientSecret": client.secret,
        "clientIdIssuedAt": now.unix_timestamp(),
        "clientSecretExpiresAt": client.expires.unix_timestamp(),
        "authorizationEndpoint": null,
        "tokenEndpoint": null,
    });
    state.sign_ins.issued().clients.insert(client_id, client);
    Ok(Answer::json(200, &answer))
}

/// The client that sends these, if its secret is right and it has not ended.
pub(super) fn authenticated<'a>(
    issued: &'a Issued,
    state: &State,
    parameters: &'a Parameters,
) -> Result<(&'a str, &'a Client), Refusal> {
    let (id, secret) = (parameters.required("clientId")?, parameters.required("clientSecret")?);
    let client =
        issued.clients.get(id).filter(|client| client.secret == secret && state.now() < client.expires);
    match client {
        Some(client) => Ok((id, client)),
        None => Err(Refusal::new("invalid_client", 401, "Invalid client provided")),
    }
}
