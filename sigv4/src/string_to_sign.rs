//! Step 2: the string to sign: algorithm, time, scope and the hash of the canonical request.

use alloc::{format, string::String};

use crate::{credential_scope::CredentialScope, timestamp::Basic};

/// The algorithm's name, first line of every string to sign.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

pub(crate) fn string_to_sign(
    time: &Basic,
    scope: &CredentialScope<'_>,
    canonical_sha256: &[u8; 32],
) -> String {
    let mut hash = [0; 64];
    // Cannot fail: 64 is twice 32.
    let _ = hex::encode_to_slice(canonical_sha256, &mut hash);
    let hash = core::str::from_utf8(&hash).unwrap_or_default();
    format!("{ALGORITHM}\n{}\n{scope}\n{hash}", time.as_str())
}
