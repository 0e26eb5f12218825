//! The service that gives jobs in GitHub Actions their identity tokens:
//! <https://docs.github.com/en/actions/deployment/security-hardening-your-deployments/about-security-hardening-with-openid-connect>.

use crate::{
    state::State,
    wire::{Answer, Outcome, Refusal, Request},
};

/// No bucket has such a name.
pub(crate) const PATH: &str = "/_github/id-token";
/// What a job shows to get a token. It opens nothing but a sandbox.
pub(crate) const REQUEST_TOKEN: &str = "sandbox-github-request-token";
const OPERATION: &str = "GitHubIdToken";
/// Without a wish, a token is for the owner of the repository.
const OWNER: &str = "https://github.com/octo-org";

pub(crate) fn answer(state: &State, request: &Request) -> Outcome {
    // The name of the scheme has no case (RFC 9110, 11.1); GitHub's own examples write `bearer`.
    let shown = request.header("authorization").and_then(|value| value.split_once(' '));
    let is_allowed =
        shown.is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && token == REQUEST_TOKEN);
    if !is_allowed {
        let problem = "The request token is not the one of ACTIONS_ID_TOKEN_REQUEST_TOKEN.";
        let refusal = Refusal::new("Unauthorized", 401, problem);
        let body = serde_json::json!({"message": problem}).to_string();
        return Outcome { operation: OPERATION, answer: json(401, body), refusal: Some(refusal) };
    }
    let audience = request.parameter("audience").unwrap_or_else(|| OWNER.to_owned());
    let token = state.issuer.issue(&audience, state.now());
    let body = serde_json::json!({"count": 1, "value": token}).to_string();
    Outcome { operation: OPERATION, answer: json(200, body), refusal: None }
}

fn json(status: u16, body: String) -> Answer {
    let headers = vec![("content-type".into(), "application/json".to_owned())];
    Answer { status, headers, body: body.into() }
}
