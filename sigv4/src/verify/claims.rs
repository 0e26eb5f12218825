//! Finding a request's claims: in its header or in its query, and in one of them only.

use alloc::format;

use super::{
    Mismatch, Received,
    authorization::Authorization,
    grammar::{self, malformed},
    presigned::Presigned,
};
use crate::text::Shown;

/// The claims of a request, each in its form.
pub(super) fn read<'a>(received: &Received<'a>) -> Result<Authorization<'a>, Mismatch> {
    check_line(received)?;
    let header = received.single("authorization")?;
    received.single("host")?;
    let claims = match (header, Presigned::read(received.query)?) {
        (None, None) => Err(Mismatch::NotSigned),
        (Some(header), None) => Authorization::from_header(received, header),
        (None, Some(query)) => query.claims(received),
        (Some(_), Some(query)) if query.has_token() && received.header("x-amz-security-token").is_some() => {
            Err(Mismatch::Repeated { part: "session token (query and header)".into() })
        }
        (Some(_), Some(_)) => Err(Mismatch::SignedTwice),
    }?;
    grammar::check_signed_headers(&claims.signed_headers)?;
    grammar::check_signature(&claims.signature, claims.algorithm)?;
    Ok(claims)
}

/// The parts of the request line: a control character, which HTTP cannot carry (RFC 9112, 3), would move what follows to
/// another line of the canonical request.
fn check_line(received: &Received<'_>) -> Result<(), Mismatch> {
    let parts = [("method", received.method), ("path", received.path), ("query", received.query)];
    match parts.into_iter().find(|(_, text)| text.bytes().any(|byte| byte.is_ascii_control())) {
        Some((part, text)) => Err(malformed(part, format!("`{}` has a control character", Shown(text)))),
        None => Ok(()),
    }
}
