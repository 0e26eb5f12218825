//! The steps of the signature, as far as this one request needs them: its path has nothing to encode, and its query is
//! empty.
//! <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html>

use ring::digest;

use super::X509Identity;
use crate::InvalidInput;

/// The service's name in scopes.
pub(super) const SERVICE: &str = "rolesanywhere";

/// A request that is to be signed.
pub(super) struct ToSign<'a> {
    pub(super) path: &'a str,
    /// Names in lower case and sorted, with the values as they are sent.
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) body: &'a [u8],
    pub(super) region: &'a str,
    /// `20261125T030405Z`, as the header `x-amz-date` has it.
    pub(super) time: &'a str,
}

impl ToSign<'_> {
    /// Step 1: as for SigV4.
    fn canonical_request(&self) -> String {
        let mut headers = String::new();
        for (name, value) in self.headers {
            headers.push_str(&format!("{name}:{value}\n"));
        }
        format!("POST\n{}\n\n{headers}\n{}\n{}", self.path, self.signed_headers(), sha256(self.body))
    }

    fn signed_headers(&self) -> String {
        self.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";")
    }

    fn scope(&self) -> String {
        let date = self.time.split('T').next().unwrap_or_default();
        format!("{date}/{}/{SERVICE}/aws4_request", self.region)
    }

    /// Step 2: with another algorithm in its first line.
    fn string_to_sign(&self, algorithm: &str) -> String {
        let hash = sha256(self.canonical_request().as_bytes());
        format!("{algorithm}\n{}\n{}\n{hash}", self.time, self.scope())
    }

    /// Steps 3 and 4: the private key signs, and the certificate's serial number stands for an access key.
    pub(super) fn authorization(&self, identity: &X509Identity) -> Result<String, InvalidInput> {
        let algorithm = identity.key().algorithm();
        let signature = identity.key().sign(self.string_to_sign(algorithm).as_bytes())?;
        let (serial, scope) = (identity.certificate().serial_number(), self.scope());
        let signed_headers = self.signed_headers();
        let signature = hex(&signature);
        Ok(format!(
            "{algorithm} Credential={serial}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
        ))
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
