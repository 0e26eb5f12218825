//! The page on which people sign in. Nobody is there: it sends the browser on at once, as the real one does for whoever has a
//! session already.

use crate::{
    state::{
        State,
        sign_ins::{Code, new_secret},
    },
    wire::{Answer, Refusal, Request},
};

pub(crate) fn authorize(state: &State, request: &Request) -> Result<Answer, Refusal> {
    let invalid = |problem: &str| Refusal::new("invalid_request", 400, problem);
    let required = |name: &str| {
        let value = request.parameter(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| invalid(&format!("{name} is missing")))
    };
    let (client_id, redirect_uri) = (required("client_id")?, required("redirect_uri")?);
    let mut issued = state.sign_ins.issued();
    let client = issued
        .clients
        .get(&client_id)
        .ok_or_else(|| Refusal::new("invalid_client", 401, "unknown client"))?;
    let (without_port, has_port) = without_port(&redirect_uri);
    if !has_port || !client.redirects.contains(&without_port) {
        return Err(Refusal::new(
            "invalid_redirect_uri",
            400,
            "the redirect is not the registered one with a port",
        ));
    }
    if required("response_type")? != "code" || required("code_challenge_method")? != "S256" {
        return Err(invalid("response_type must be code, and code_challenge_method S256"));
    }
    required("scopes")?;
    let (state_parameter, challenge) = (required("state")?, required("code_challenge")?);
    let parameters = if state.config.refuse_sign_ins {
        "error=access_denied&error_description=refused+by+the+sandbox".to_owned()
    } else {
        let code = new_secret("code+/", 24);
        let query = format!("code={}", sigv4::percent_encode(&code));
        issued.codes.insert(code, Code { client_id, redirect_uri: redirect_uri.clone(), challenge });
        query
    };
    let state_parameter = sigv4::percent_encode(&state_parameter);
    Ok(Answer::empty(302).header("location", format!("{redirect_uri}?{parameters}&state={state_parameter}")))
}

/// RFC 8252, 7.3: the port of a redirect to this machine is the client's choice.
fn without_port(redirect: &str) -> (String, bool) {
    let Some(rest) = redirect.strip_prefix("http://127.0.0.1:") else { return (redirect.to_owned(), false) };
    let path = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    (format!("http://127.0.0.1{path}"), true)
}
