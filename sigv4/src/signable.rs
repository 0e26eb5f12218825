//! What signing refuses because it cannot be sent, or because no service would accept it: the signature would
//! be wrong without a word. The path and the query are looked at where they are made canonical.

use alloc::{borrow::ToOwned, string::String};

use crate::{
    Algorithm, Credentials, Error, Payload, Request, Scope, canonical_request::check_path, text::is_plain,
};

/// Characters of a method that an error shows.
const MAX_SHOWN: usize = 40;

const EMPTY: &str = "it is empty";
const MANY_LINES: &str = "it holds a line break or another control character: it was copied wrong";

/// Refuse a request whose method, path or stated payload hash cannot be sent.
pub(crate) fn check_request(request: &Request<'_>) -> Result<(), Error> {
    if request.method.is_empty() || !is_word(request.method) {
        return Err(Error::InvalidMethod { method: shown(request.method) });
    }
    if let Payload::Verbatim(hash) = request.payload
        && !is_plain(hash)
    {
        return Err(Error::InvalidHeader { name: "x-amz-content-sha256".to_owned() });
    }
    check_path(request.path)
}

#[inline]
fn is_word(method: &str) -> bool {
    matches!(method, "GET" | "PUT" | "POST" | "HEAD" | "DELETE") || method.bytes().all(is_token)
}

/// The characters of a token (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn shown(text: &str) -> String {
    text.escape_debug().take(MAX_SHOWN).collect()
}

/// What of a signer's own parts no signature can be made with.
pub(crate) fn problem(credentials: &Credentials, scope: &Scope, algorithm: Algorithm) -> Option<Error> {
    let in_credentials = |part, problem| Error::InvalidCredentials { part, problem };
    if let Some(problem) = id_problem(credentials.access_key_id()) {
        return Some(in_credentials("access key id", problem));
    }
    if let Some(problem) = secret_problem(credentials.secret_access_key().expose()) {
        return Some(in_credentials("secret access key", problem));
    }
    if let Some(token) = credentials.session_token()
        && let Some(problem) = token_problem(token.expose(), credentials.token_is_plain)
    {
        return Some(in_credentials("session token", problem));
    }
    scope.problem(algorithm)
}

/// It is a field of `Authorization`, in which commas and blanks separate.
fn id_problem(id: &str) -> Option<&'static str> {
    if id.is_empty() {
        Some(EMPTY)
    } else if id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
        None
    } else if id.contains(char::is_control) {
        Some(MANY_LINES)
    } else {
        Some("it holds a blank, a comma or a letter that is not ASCII")
    }
}

/// Servers other than AWS let users choose secrets, with blanks in them too.
fn secret_problem(secret: &str) -> Option<&'static str> {
    if secret.is_empty() {
        Some(EMPTY)
    } else if is_plain(secret) || !secret.contains(char::is_control) {
        None
    } else {
        Some(MANY_LINES)
    }
}

fn token_problem(token: &str, is_plain: bool) -> Option<&'static str> {
    if token.is_empty() {
        Some(EMPTY)
    } else if is_plain || !token.contains(char::is_control) {
        None
    } else {
        Some(MANY_LINES)
    }
}
