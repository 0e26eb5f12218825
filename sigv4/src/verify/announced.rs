//! What a request says of a chunked body: its length and the headers that will follow it.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use super::{Mismatch, Received, authorization::Authorization, grammar::malformed};
use crate::{
    CredentialScope, Framing,
    chunked::{Announced, Chain},
    key::Key,
    text::Shown,
};

/// How many headers may follow the last chunk.
const MAX_TRAILERS: usize = 32;

/// `None` if the body is not sent in chunks.
pub(super) fn read(
    received: &Received<'_>,
    claims: &Authorization<'_>,
    scope: &CredentialScope<'_>,
    payload_hash: &str,
    key: Option<&Key>,
) -> Result<Option<Announced>, Mismatch> {
    let Some(framing) = Framing::from_marker(payload_hash, claims.algorithm) else { return Ok(None) };
    let decoded_length = decoded_length(received)?;
    let trailers = trailers(received, framing)?;
    let chain = key.filter(|_| framing.is_signed()).map(|key| Chain {
        algorithm: claims.algorithm,
        key: key.clone(),
        time: claims.time.basic().as_str().to_owned(),
        scope: format!("{scope}"),
        previous: claims.signature.as_ref().to_owned(),
    });
    Ok(Some(Announced { framing, decoded_length, trailers, chain }))
}

/// "For all requests, you must include the x-amz-decoded-content-length header, specifying the size of the object in
/// bytes" (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-streaming.html>).
fn decoded_length(received: &Received<'_>) -> Result<u64, Mismatch> {
    const HEADER: &str = "x-amz-decoded-content-length";
    let text = received.single(HEADER)?.ok_or(Mismatch::HeaderMissing { name: HEADER })?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| is_number)
        .ok_or_else(|| malformed(HEADER, format!("`{}` is not a number of bytes", Shown(text))))
}

/// "You must set x-amz-trailer to indicate the contents you are including in your trailing header"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-streaming-trailers.html>): "a string in a
/// comma-separated list".
fn trailers(received: &Received<'_>, framing: Framing) -> Result<Vec<String>, Mismatch> {
    const HEADER: &str = "x-amz-trailer";
    let Some(list) = received.single(HEADER)? else {
        return if framing.has_trailer() {
            Err(Mismatch::HeaderMissing { name: HEADER })
        } else {
            Ok(Vec::new())
        };
    };
    if !framing.has_trailer() {
        return Err(malformed(HEADER, "it announces headers, but x-amz-content-sha256 does not".into()));
    }
    let mut names: Vec<String> = Vec::new();
    for name in list.split(',').map(|name| name.trim_matches([' ', '\t']).to_ascii_lowercase()) {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        if !is_name || name == "x-amz-trailer-signature" {
            return Err(malformed(
                HEADER,
                format!("`{}` is not a header that can follow the chunks", Shown(&name)),
            ));
        }
        if names.contains(&name) {
            return Err(Mismatch::Repeated { part: format!("`{name}` in {HEADER}") });
        }
        if names.len() == MAX_TRAILERS {
            return Err(Mismatch::TooLarge { part: "the number of trailing headers", limit: MAX_TRAILERS });
        }
        names.push(name);
    }
    Ok(names)
}
