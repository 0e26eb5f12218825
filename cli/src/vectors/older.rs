//! The older layout of the official suite: files of one name, ending in `.req` (the request), `.creq` (its canonical
//! form), `.sts` (the string to sign), `.authz` (the `Authorization`) and `.sreq` (the signed request). Flat in the
//! suite of 2011, whose requests have a `Date` and no `X-Amz-Date`; in folders in that of 2015.

use std::{collections::BTreeSet, fs, path::Path};

use sts3::sigv4::CredentialScope;

use super::{
    case::{Case, Context, Expected, Keys, Message},
    found::{Found, Source},
    message::{self, Folded},
    signed::{SECRET, Signed},
};
use crate::input;

/// The cases of a folder, named by their path below the root.
pub(super) fn read(root: &Path, folder: &Path) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let stems: BTreeSet<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "req"))
        .map(|path| path.with_extension(""))
        .collect();
    let found = |stem: &std::path::PathBuf| {
        let name = stem.strip_prefix(root).unwrap_or(stem).display().to_string();
        Found { name, source: source(stem).unwrap_or_else(Source::Broken) }
    };
    stems.iter().map(found).collect()
}

fn source(stem: &Path) -> Result<Source, String> {
    let request = message::parse(&text(stem, "req")?.unwrap_or_default(), Folded::NextValue)?;
    let (authorization, string_to_sign) = (text(stem, "authz")?, text(stem, "sts")?);
    let (Some(authorization), Some(string_to_sign)) = (authorization, string_to_sign) else {
        return Ok(Source::Incomplete);
    };
    let mut lines = string_to_sign.lines();
    let time = lines.nth(1).unwrap_or_default().to_owned();
    let scope = lines.next().unwrap_or_default();
    let scope = CredentialScope::parse(scope).ok_or_else(|| format!("`{scope}` is no credential scope"))?;
    let field = |name: &str| {
        let value = authorization.split(name).nth(1).and_then(|rest| rest.split([',', '/']).next());
        value.map(str::to_owned).ok_or_else(|| format!("`{name}` is not in its Authorization"))
    };
    let (access_key_id, signature) = (field("Credential=")?, field("Signature=")?);
    let signed_request = match text(stem, "sreq")? {
        Some(text) => Some(trimmed(message::parse(&text, Folded::NextValue)?)),
        None => None,
    };
    let token = signed_request.as_ref().and_then(|signed| added_token(&request, signed));
    let context = Context {
        credentials: Keys { access_key_id, secret_access_key: SECRET.into(), token: token.clone() },
        timestamp: time.clone(),
        region: scope.region().to_owned(),
        service: scope.service().to_owned(),
        normalize: true,
        sign_body: false,
        expiration_in_seconds: 3600,
        omit_session_token: token.is_some(),
    };
    let expected = Expected {
        canonical_request: text(stem, "creq")?,
        string_to_sign: Some(string_to_sign.clone()),
        signature: Some(signature),
        signed_request,
    };
    match header(&request, "x-amz-date") {
        None => return Ok(Source::Signed(Box::new(Signed { request, authorization, time, expected }))),
        Some(own) if own.trim() != time => {
            return Err(format!("its X-Amz-Date is `{own}`, its string to sign is of `{time}`"));
        }
        Some(_) => {}
    }
    let case = Case { context, rules: None, request, header: Some(expected), query: None, public_key: None };
    Ok(Source::Case(Box::new(case)))
}

/// A token that only the signed request has was added after signing.
fn added_token(request: &Message, signed: &Message) -> Option<String> {
    let token = header(signed, "x-amz-security-token");
    token.filter(|_| header(request, "x-amz-security-token").is_none()).map(str::to_owned)
}

fn header<'m>(message: &'m Message, name: &str) -> Option<&'m str> {
    let mut of_name = message.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
    of_name.next().map(|(_, value)| value.as_str())
}

/// The suite writes `Authorization: AWS4…`, with a blank that is no part of the value.
fn trimmed(mut message: Message) -> Message {
    for (name, value) in &mut message.headers {
        if name.eq_ignore_ascii_case("authorization") {
            *value = value.trim().to_owned();
        }
    }
    message
}

/// A file's text, with the line breaks of Unix; `None` if it is not there.
fn text(stem: &Path, extension: &str) -> Result<Option<String>, String> {
    let mut path = stem.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    let path = Path::new(&path);
    match input::read_regular(path, input::MAX_VECTORS) {
        Ok(content) => {
            let text = input::text(content)?;
            Ok(Some(text.trim_start_matches('\u{feff}').replace("\r\n", "\n")))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}
