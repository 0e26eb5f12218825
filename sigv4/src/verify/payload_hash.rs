//! What a signature says of the body.

use alloc::{borrow::Cow, borrow::ToOwned, format};

use sha2::{Digest, Sha256};

use super::{Mismatch, Received, ReceivedBody, authorization::Authorization, grammar::malformed};
use crate::{
    EMPTY_SHA256, Framing, Rules, UNSIGNED_PAYLOAD,
    text::{Shown, is_lower_hex},
};

const HEADER: &str = "x-amz-content-sha256";

/// The last line of the canonical request: what `x-amz-content-sha256` states, or what follows from the body where the
/// header is not sent.
///
/// The values that S3 takes are listed in
/// <https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-auth-using-authorization-header.html>. Other services
/// have the body's hash only
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>), but for those that
/// [`Rules::for_service`] names.
pub(super) fn to_sign<'a>(
    received: &Received<'a>,
    claims: &Authorization<'_>,
    rules: Rules,
) -> Result<Cow<'a, str>, Mismatch> {
    match (received.single(HEADER)?, received.body) {
        (Some(stated), _) => check_form(stated, claims, rules).map(|()| Cow::Borrowed(stated)),
        (None, _) if rules.presign_unsigned_payload && claims.is_presigned() => Ok(UNSIGNED_PAYLOAD.into()),
        (None, _) if rules.content_sha256_header => Err(Mismatch::HeaderMissing { name: HEADER }),
        (None, ReceivedBody::Bytes(body)) => Ok(Cow::Owned(sha256(body))),
        (None, ReceivedBody::Unread) => Ok(Cow::Borrowed(EMPTY_SHA256)),
    }
}

fn check_form(stated: &str, claims: &Authorization<'_>, rules: Rules) -> Result<(), Mismatch> {
    if is_sha256(stated) {
        return Ok(());
    }
    // "when authenticating requests using the Authorization header, you have an option of uploading the payload in chunks"
    // (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-streaming.html>): signed queries have not.
    let is_chunked = || {
        rules.chunked_payload
            && !claims.is_presigned()
            && Framing::from_marker(stated, claims.algorithm).is_some()
    };
    if rules.unsigned_payload && stated == UNSIGNED_PAYLOAD || is_chunked() {
        return Ok(());
    }
    let also = match (rules.unsigned_payload, rules.chunked_payload) {
        (false, false) => "",
        (true, false) => " or UNSIGNED-PAYLOAD",
        (false, true) => " or a STREAMING form of its algorithm",
        (true, true) => ", UNSIGNED-PAYLOAD or a STREAMING form of its algorithm",
    };
    Err(malformed(HEADER, format!("`{}` is not a SHA-256 in lower-case hex{also}", Shown(stated))))
}

/// Whether a body is the one whose hash was signed. A payload that is unsigned, or signed in chunks, is not compared.
pub(super) fn check_body(stated: &str, body: &[u8]) -> Result<(), Mismatch> {
    if !is_sha256(stated) {
        return Ok(());
    }
    let computed = sha256(body);
    if computed == stated {
        Ok(())
    } else {
        Err(Mismatch::PayloadHash { stated: stated.to_owned(), computed })
    }
}

fn sha256(body: &[u8]) -> alloc::string::String {
    crate::work::count(body.len());
    hex::encode(Sha256::digest(body))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && is_lower_hex(text)
}
