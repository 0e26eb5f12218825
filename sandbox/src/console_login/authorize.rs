//! The page on which people sign in; the browser is sent on at once.

use crate::{
    state::{
        State,
        sign_ins::{Code, new_secret},
    },
    wire::{Answer, Refusal, Request},
};

/// The only one whose redirect comes to this machine.
const CLIENT: &str = "arn:aws:signin:::devtools/same-device";

pub(crate) fn authorize(state: &State, request: &Request) -> Result<Answer, Refusal> {
    let invalid = |problem: &str| Refusal::new("INVALID_REQUEST", 400, problem);
    let required = |name: &str| {
        let value = request.parameter(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| invalid(&format!("{name} is missing")))
    };
    // Not as IAM Identity Center has them: `SHA-256` and `scope`.
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("code_challenge_method", "SHA-256"),
        ("scope", "openid"),
    ] {
        if required(name)? != value {
            return Err(invalid(&format!("{name} must be {value}")));
        }
    }
    let redirect_uri = required("redirect_uri")?;
    if !redirect_uri.starts_with("http://127.0.0.1:") {
        return Err(invalid("the redirect is not on the loopback interface"));
    }
    let code = new_secret("code-", 32);
    let location = format!("{redirect_uri}?code={code}&state={}", sigv4::percent_encode(&required("state")?));
    let challenge = required("code_challenge")?;
    let code_of = Code { client_id: CLIENT.to_owned(), redirect_uri, challenge };
    state.sign_ins.issued().logins.codes.insert(code, code_of);
    Ok(Answer::empty(302).header("location", location))
}
