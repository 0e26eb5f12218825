//! CreateToken: <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>.

use serde_json::json;
use time::Duration;

use super::{clients::authenticated, device::INTERVAL};
use crate::{
    state::{
        State,
        sign_ins::{Issued, new_secret},
    },
    verify::pkce,
    wire::{Answer, Parameters, Refusal},
};

pub(crate) fn create_token(state: &State, parameters: &Parameters) -> Result<Answer, Refusal> {
    let mut issued = state.sign_ins.issued();
    let (client_id, client) = authenticated(&issued, state, parameters)?;
    let (client_id, has_scopes) = (client_id.to_owned(), client.has_scopes);
    let grant = parameters.required("grantType")?;
    if grant == "authorization_code" && !client.grants.iter().any(|known| known == grant) {
        return Err(Refusal::new("unauthorized_client", 400, "the client is not registered for codes"));
    }
    match grant {
        "authorization_code" => by_code(&mut issued, parameters, &client_id)?,
        "urn:ietf:params:oauth:grant-type:device_code" => {
            by_device(&mut issued, state, parameters, &client_id)?
        }
        "refresh_token" => by_refresh_token(&mut issued, parameters, &client_id)?,
        other => {
            return Err(Refusal::new("unsupported_grant_type", 400, format!("{other} is not known")));
        }
    }
    // Without scopes a token lives for a working day, and cannot be renewed.
    let life = if has_scopes { Duration::hours(1) } else { Duration::hours(8) };
    let access_token = new_secret("aoaAAAA", 200);
    issued.access_tokens.insert(access_token.clone(), state.now() + life);
    let refresh_token = has_scopes.then(|| new_secret("aorAAAA", 200));
    if let Some(token) = &refresh_token {
        issued.refresh_tokens.insert(token.clone(), client_id);
    }
    Ok(Answer::json(
        200,
        &json!({
            "accessToken": access_token,
            "tokenType": "Bearer",
            "expiresIn": life.whole_seconds(),
            "refreshToken": refresh_token,
        }),
    ))
}

fn invalid_grant(reason: &str) -> Refusal {
    Refusal::new("invalid_grant", 400, "Invalid grant provided").because(reason)
}

fn by_code(issued: &mut Issued, parameters: &Parameters, client_id: &str) -> Result<(), Refusal> {
    // Whatever is wrong with it: a code that was shown is used up.
    let code = issued.codes.remove(parameters.required("code")?);
    let code = code.ok_or_else(|| invalid_grant("the code is unknown or was used"))?;
    if code.client_id != client_id || parameters.required("redirectUri")? != code.redirect_uri {
        return Err(invalid_grant("the code is another client's, or for another redirect (with its port)"));
    }
    if pkce::challenge(parameters.required("codeVerifier")?) != code.challenge {
        return Err(invalid_grant("the verifier is not that of the challenge"));
    }
    Ok(())
}

fn by_device(
    issued: &mut Issued,
    state: &State,
    parameters: &Parameters,
    client_id: &str,
) -> Result<(), Refusal> {
    let code = parameters.required("deviceCode")?;
    let device = issued.devices.get_mut(code).filter(|device| device.client_id == client_id);
    let device = device.ok_or_else(|| invalid_grant("the device's code is unknown or was used"))?;
    let now = state.now();
    if now >= device.expires {
        return Err(Refusal::new("expired_token", 400, "Device code expired"));
    }
    if state.config.refuse_sign_ins {
        return Err(Refusal::new("access_denied", 400, "refused by the sandbox"));
    }
    // A little less than the interval: clocks and networks are not that exact.
    let is_too_soon = device.asked.is_some_and(|asked| now - asked < INTERVAL / 2);
    device.asked = Some(now);
    if is_too_soon {
        return Err(Refusal::new("slow_down", 400, "Slow down"));
    }
    if !device.is_confirmed {
        return Err(Refusal::new("authorization_pending", 400, "Authorization pending"));
    }
    issued.devices.remove(code);
    Ok(())
}

fn by_refresh_token(issued: &mut Issued, parameters: &Parameters, client_id: &str) -> Result<(), Refusal> {
    match issued.refresh_tokens.remove(parameters.required("refreshToken")?) {
        Some(owner) if owner == client_id => Ok(()),
        _ => Err(invalid_grant("the refresh token is unknown, or was used")),
    }
}
