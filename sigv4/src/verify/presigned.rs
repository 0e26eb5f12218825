//! The parameters that sign a query.
//! <https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-query-string-auth.html>

use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::time::Duration;

use super::{
    Mismatch, Received,
    authorization::Authorization,
    grammar::{self, malformed},
};
use crate::{MAX_EXPIRES, percent_decode, percent_encode, text::Shown};

/// Their names, as the page writes them.
const NAMES: [&str; 8] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Amz-Region-Set",
];

/// Their values, decoded.
#[derive(Default)]
pub(super) struct Presigned<'a>([Option<Cow<'a, str>>; NAMES.len()]);

impl<'a> Presigned<'a> {
    /// Read a query; `None` if it has none of them. Each may stand there once, and only as a signer writes it: botocore
    /// and awscrt encode everything but unreserved characters, and the page says of the credential's slashes that "in
    /// practice, it should be encoded as %2F".
    pub(super) fn read(query: &'a str) -> Result<Option<Self>, Mismatch> {
        let mut found = Self::default();
        for piece in query.split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let decoded_name = percent_decode(name);
            let known = NAMES.iter().zip(&mut found.0).find(|(known, _)| known.as_bytes() == &*decoded_name);
            let Some((known, slot)) = known else { continue };
            if slot.is_some() {
                return Err(Mismatch::Repeated { part: (*known).into() });
            }
            if name != *known {
                return Err(malformed(known, "its name is percent-encoded".into()));
            }
            *slot = Some(decoded(known, value)?);
        }
        let is_any = found.0.iter().any(Option::is_some);
        Ok(is_any.then_some(found))
    }

    pub(super) fn has_token(&self) -> bool {
        self.get("X-Amz-Security-Token").is_some()
    }

    fn get(&self, name: &str) -> Option<&Cow<'a, str>> {
        NAMES.iter().zip(&self.0).find(|(known, _)| **known == name).and_then(|(_, value)| value.as_ref())
    }

    fn required(&self, name: &'static str) -> Result<Cow<'a, str>, Mismatch> {
        let value = self.get(name).filter(|value| !value.is_empty());
        value.cloned().ok_or_else(|| malformed(name, "it is missing".into()))
    }

    /// The claims of a request whose query is signed.
    pub(super) fn claims(&self, received: &Received<'a>) -> Result<Authorization<'a>, Mismatch> {
        let algorithm = grammar::algorithm(&self.required("X-Amz-Algorithm")?)?;
        let claims = Authorization {
            algorithm,
            region_set: self.get("X-Amz-Region-Set").cloned(),
            credential: self.required("X-Amz-Credential")?,
            signed_headers: self.required("X-Amz-SignedHeaders")?,
            signature: self.required("X-Amz-Signature")?,
            time: grammar::timestamp(&self.required("X-Amz-Date")?, "X-Amz-Date")?,
            is_presigned: true,
            expires: self.get("X-Amz-Expires").map(|text| expires(text)).transpose()?,
            session_token: self.get("X-Amz-Security-Token").cloned(),
        };
        if received.single("x-amz-security-token")?.is_some() {
            // "you must include the X-Amz-Security-Token query parameter in the URL": the header has no place here.
            return Err(if self.has_token() {
                Mismatch::Repeated { part: "session token (query and header)".into() }
            } else {
                malformed("x-amz-security-token header", "a signed query holds the token itself".into())
            });
        }
        check_conflicts(received)?;
        Ok(claims)
    }
}

fn decoded<'a>(name: &'static str, value: &'a str) -> Result<Cow<'a, str>, Mismatch> {
    let text = match percent_decode(value) {
        Cow::Borrowed(_) => Some(Cow::Borrowed(value)),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    };
    text.filter(|text| percent_encode(text) == value)
        .ok_or_else(|| malformed(name, format!("`{}` is not percent-encoded as SigV4 demands", Shown(value))))
}

/// "This value is an integer. The minimum value you can set is 1, and the maximum is 604800": digits and nothing else,
/// as botocore and awscrt write it.
fn expires(text: &str) -> Result<Duration, Mismatch> {
    let is_number =
        text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let seconds = text.parse::<u64>().ok().filter(|_| is_number);
    match seconds.filter(|seconds| (1..=MAX_EXPIRES.as_secs()).contains(seconds)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err(malformed("X-Amz-Expires", format!("`{}` is not 1 to 604800 seconds", Shown(text)))),
    }
}

/// "If you add a signed header that is also a signed query parameter, and they differ in value, you will receive an
/// InvalidRequest error as the input is conflicting."
fn check_conflicts(received: &Received<'_>) -> Result<(), Mismatch> {
    let is_amz = |name: &str| name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"));
    let headers = received.headers.iter().filter(|(name, _)| is_amz(name));
    let mut headers: Vec<(String, &str)> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
    headers.sort_unstable();
    for piece in received.query.split('&') {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        if !is_amz(name) {
            continue;
        }
        let lower = name.to_ascii_lowercase();
        let found = headers.binary_search_by(|(header, _)| header.as_str().cmp(&lower)).ok();
        let differs = |(_, header): &&(String, &str)| header.as_bytes() != &*percent_decode(value);
        if found.and_then(|at| headers.get(at)).filter(differs).is_some() {
            let problem = format!("`{}` has other values in the query and in the header", Shown(name));
            return Err(malformed("X-Amz-SignedHeaders", problem));
        }
    }
    Ok(())
}
