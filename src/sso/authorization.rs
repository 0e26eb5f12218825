use std::fmt;

use sha2::{Digest, Sha256};
use sigv4::Secret;

use crate::{Endpoint, InvalidInput, endpoint::Service, wire::query::Query};

/// RFC 7636, 4.1: 43 to 128 of these.
const VERIFIER_CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A sign-in in a browser that comes back to this machine: the authorization code grant with PKCE.
/// <https://www.rfc-editor.org/rfc/rfc7636>
///
/// It is a value without effects: the page's address, and how to read what comes back.
#[derive(Clone)]
pub struct Authorization {
    url: String,
    redirect_uri: String,
    state: Secret,
    verifier: Secret,
}

/// Why a redirect brings no code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectError {
    /// It is no answer to this sign-in: no code and no error, or another state. Go on listening.
    Unrelated,
    /// The service refuses: an error code of OAuth, and a description.
    Refused {
        /// `access_denied`, …
        error: String,
        /// In words, if the service has any. Outside input: escape it.
        description: Option<String>,
    },
}

impl Authorization {
    /// A sign-in of a registered client, whose redirect comes to this port of 127.0.0.1.
    ///
    /// `random` are unpredictable bytes: the first 32 become the state, the others the verifier.
    ///
    /// # Errors
    /// [`InvalidInput`]: there is no token service for the endpoint's settings.
    pub fn new(
        endpoint: &Endpoint,
        client_id: &str,
        scopes: &[String],
        port: u16,
        random: &[u8; 96],
    ) -> Result<Self, InvalidInput> {
        let target = endpoint.target(Service::SsoOidc, None)?;
        let (state, verifier) = random.split_at(32);
        let (state, verifier) = (characters(state), characters(verifier));
        let redirect_uri = format!("http://127.0.0.1:{port}/oauth/callback");
        let mut query = Query::default();
        query.parameter("response_type", "code");
        query.parameter("client_id", client_id);
        query.parameter("redirect_uri", &redirect_uri);
        query.parameter("state", state.expose());
        query.parameter("code_challenge_method", "S256");
        // Not `scope`, as RFC 6749 has it: this is how awscli asks.
        query.parameter("scopes", &scopes.join(" "));
        query.parameter("code_challenge", &challenge(verifier.expose()));
        let url = format!("{}{}/authorize?{}", target.url, target.path_prefix, query.into_text());
        Ok(Self { url, redirect_uri, state, verifier })
    }

    /// The page that the user has to open.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the service sends the browser; CreateToken repeats it.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// What proves to CreateToken that the code is ours.
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// The code that a redirect brings: its path and query, or the whole address as a user pastes it.
    ///
    /// # Errors
    /// [`RedirectError`]: it brings none.
    pub fn code(&self, redirect: &str) -> Result<Secret, RedirectError> {
        let redirect = redirect.trim();
        let (path, query) = redirect.split_once('?').ok_or(RedirectError::Unrelated)?;
        if !path.ends_with("/oauth/callback") {
            return Err(RedirectError::Unrelated);
        }
        let query = query.split('#').next().unwrap_or_default();
        let value = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.into_iter().find(|(key, _)| *key == name)?;
            decoded(found.1)
        };
        if value("state").as_deref() != Some(self.state.expose()) {
            return Err(RedirectError::Unrelated);
        }
        if let Some(error) = value("error") {
            return Err(RedirectError::Refused { error, description: value("error_description") });
        }
        value("code").filter(|code| !code.is_empty()).map(Secret::from).ok_or(RedirectError::Unrelated)
    }
}

impl fmt::Debug for Authorization {
    /// The page without its query, in which the state is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("Authorization").field("page", &page).finish_non_exhaustive()
    }
}

/// The value of a form's field, in which a blank may be a plus.
fn decoded(value: &str) -> Option<String> {
    String::from_utf8(sigv4::percent_decode(&value.replace('+', " ")).into_owned()).ok()
}

/// 64 characters, so that each byte's six bits are one of them, without preference.
fn characters(random: &[u8]) -> Secret {
    let text = random.iter().filter_map(|byte| VERIFIER_CHARACTERS.get(usize::from(byte % 64)));
    Secret::from(text.map(|byte| char::from(*byte)).collect::<String>())
}

/// Base64 in its form for URLs, without padding (RFC 7636, 4.2).
fn challenge(verifier: &str) -> String {
    let mut text = String::with_capacity(43);
    for group in Sha256::digest(verifier).chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            let six = (bits >> (18 - 6 * at)) & 0x3f;
            text.extend(
                usize::try_from(six)
                    .ok()
                    .and_then(|six| VERIFIER_CHARACTERS.get(six))
                    .map(|c| char::from(*c)),
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    fn authorization() -> Authorization {
        let endpoint = Endpoint::new(Region::new("us-east-1").unwrap());
        let random: [u8; 96] = std::array::from_fn(|at| if at < 32 { 1 } else { 0 });
        let scopes = ["sso:account:access".to_owned(), "codewhisperer:completions".to_owned()];
        Authorization::new(&endpoint, "abcDEF123", &scopes, 53_682, &random).unwrap()
    }

    /// The first by Python (`base64.urlsafe_b64encode(hashlib.sha256(64 * b"A").digest())`), the second of RFC 7636, appendix B.
    #[test]
    fn challenges_are_those_of_the_rfc() {
        assert_eq!(challenge(&"A".repeat(64)), "1T7aemN8mcx_tWbZbp-hCb8VxHhBCj9etNTE4mzQgfY");
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    // The parameters are those of awscli 2.36's AuthCodeFetcher.
    #[test]
    fn the_page_s_address_has_what_awscli_sends() {
        let url = authorization().url().to_owned();
        let (page, query) = url.split_once('?').unwrap();
        assert_eq!(page, "https://oidc.us-east-1.amazonaws.com/authorize");
        for pair in [
            "response_type=code",
            "client_id=abcDEF123",
            "redirect_uri=http%3A%2F%2F127.0.0.1%3A53682%2Foauth%2Fcallback",
            "code_challenge_method=S256",
            "scopes=sso%3Aaccount%3Aaccess%20codewhisperer%3Acompletions",
            "code_challenge=1T7aemN8mcx_tWbZbp-hCb8VxHhBCj9etNTE4mzQgfY",
        ] {
            assert!(query.split('&').any(|given| given == pair), "{pair}: {query}");
        }
        assert_eq!(query.split('&').count(), 7);
    }

    #[test]
    fn neither_state_nor_verifier_is_shown() {
        let shown = format!("{:?}", authorization());
        assert!(
            shown.contains("/authorize") && !shown.contains("BBBB") && !shown.contains("AAAA"),
            "{shown}"
        );
    }

    #[test]
    fn a_redirect_counts_only_with_our_state_and_path() {
        let state = "B".repeat(32);
        let code = |redirect: String| authorization().code(&redirect).map(|code| code.expose().to_owned());
        assert_eq!(code(format!("/oauth/callback?code=a%2Bb&state={state}")), Ok("a+b".to_owned()));
        let pasted = format!(" http://127.0.0.1:53682/oauth/callback?state={state}&code=x#frag\n");
        assert_eq!(code(pasted), Ok("x".to_owned()));
        for redirect in [
            "/favicon.ico".to_owned(),
            "/oauth/callback".to_owned(),
            format!("/oauth/callback?state={state}"),
            format!("/oauth/callback?state={state}&code="),
            "/oauth/callback?code=x&state=other".to_owned(),
            "/oauth/callback?code=x".to_owned(),
            "/oauth/callback?error=access_denied&state=other".to_owned(),
            format!("/other?code=x&state={state}"),
        ] {
            assert_eq!(code(redirect.clone()), Err(RedirectError::Unrelated), "{redirect}");
        }
        assert_eq!(
            code(format!("/oauth/callback?error=access_denied&error_description=no+way&state={state}")),
            Err(RedirectError::Refused {
                error: "access_denied".to_owned(),
                description: Some("no way".to_owned())
            })
        );
    }
}
