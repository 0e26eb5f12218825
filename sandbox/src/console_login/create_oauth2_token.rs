//! CreateOAuth2Token: <https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html>.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    state::{
        State,
        caller::{Caller, Kind},
        sign_ins::{Logins, new_secret},
    },
    verify::{dpop, pkce},
    wire::{Answer, Parameters, Refusal, Request},
};

const LIFE: Duration = Duration::minutes(15);

pub(crate) fn create_oauth2_token(
    state: &State,
    request: &Request,
    parameters: &Parameters,
) -> Result<Answer, Refusal> {
    let invalid = |reason: String| {
        Refusal::new("INVALID_REQUEST", 400, "The request is invalid, expired, revoked or malformed")
            .because(reason)
    };
    let required = |name: &str| parameters.get(name).ok_or_else(|| invalid(format!("{name} is missing")));
    let scheme = if state.config.is_tls() { "https" } else { "http" };
    let url = format!("{scheme}://{}{}", request.header("host").unwrap_or_default(), request.path);
    let proof = request.header("dpop").ok_or_else(|| invalid("there is no proof".to_owned()))?;
    let proof = dpop::verify(proof, &request.method, &url, state.now())
        .map_err(|problem| invalid(format!("the proof is refused: {problem}")))?;
    required("clientId")?;
    let mut issued = state.sign_ins.issued();
    if !issued.logins.proofs.insert(proof.id) {
        return Err(invalid("the proof was used before".to_owned()));
    }
    let id_token = match required("grantType")? {
        "authorization_code" => {
            by_code(&mut issued.logins, parameters)?;
            Some(id_token(&state.identities.user().arn))
        }
        "refresh_token" => {
            let token = required("refreshToken")?;
            let owner = issued.logins.refresh_tokens.get(token);
            let owner =
                owner.ok_or_else(|| invalid("the refresh token is unknown, or was used".to_owned()))?;
            if *owner != proof.thumbprint {
                return Err(invalid("the refresh token belongs to another key".to_owned()));
            }
            issued.logins.refresh_tokens.remove(token);
            None
        }
        other => return Err(invalid(format!("grantType {other} is not known"))),
    };
    let refresh_token = new_secret("refresh-", 200);
    issued.logins.refresh_tokens.insert(refresh_token.clone(), proof.thumbprint);
    drop(issued);
    let (keys, life) = keys(state);
    let mut answer = json!({
        "accessToken": keys,
        "tokenType": "aws_sigv4",
        "expiresIn": life.whole_seconds(),
        "refreshToken": refresh_token,
    });
    if let (Some(token), Some(members)) = (id_token, answer.as_object_mut()) {
        members.insert("idToken".to_owned(), Value::from(token));
    }
    Ok(Answer::json(200, &answer))
}

fn by_code(logins: &mut Logins, parameters: &Parameters) -> Result<(), Refusal> {
    let code = parameters.get("code").and_then(|code| logins.codes.remove(code));
    let is_right = code.is_some_and(|code| {
        let verifier = parameters.get("codeVerifier").unwrap_or_default();
        parameters.get("redirectUri") == Some(&code.redirect_uri)
            && parameters.get("clientId") == Some(&code.client_id)
            && pkce::challenge(verifier) == code.challenge
    });
    if is_right { Ok(()) } else { Err(Refusal::new("AUTHCODE_EXPIRED", 403, "The code is not valid")) }
}

/// Keys of the user, for a quarter of an hour at most.
fn keys(state: &State) -> (Value, Duration) {
    let life = state
        .config
        .session_lifetime
        .and_then(|life| Duration::try_from(life).ok())
        .unwrap_or(LIFE)
        .min(LIFE);
    let caller = Caller { kind: Kind::UserSession, ..state.identities.user() };
    let session = state.identities.open_session(caller, state.now() + life);
    let keys = json!({
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key.expose(),
        "sessionToken": session.token.expose(),
    });
    (keys, life)
}

/// A token that says who it is; its signature is none.
fn id_token(arn: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2FuZGJveA", part(json!({ "alg": "ES384" })), part(json!({ "sub": arn })))
}
