//! Step 2: the string to sign: algorithm, time, scope and the hash of the canonical request.

use alloc::string::String;

use crate::{Algorithm, credential_scope::CredentialScope, sink::Sink, timestamp::Basic};

/// The algorithm's name, first line of every string to sign of SigV4.
pub const ALGORITHM: &str = Algorithm::Hmac.name();

/// A string to sign, not yet written.
pub(crate) struct StringToSign<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) time: &'a Basic,
    pub(crate) scope: CredentialScope<'a>,
    pub(crate) canonical_sha256: [u8; 32],
}

impl StringToSign<'_> {
    pub(crate) fn write(&self, sink: &mut impl Sink) {
        sink.put(self.algorithm.name());
        sink.put_byte(b'\n');
        sink.put_ascii(self.time.as_bytes());
        sink.put_byte(b'\n');
        self.scope.write(sink);
        sink.put_byte(b'\n');
        sink.put_hex(&self.canonical_sha256);
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}
