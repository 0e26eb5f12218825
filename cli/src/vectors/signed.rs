use sts3::sigv4::{CredentialScope, Received, ReceivedBody, Secret, SigningKey};

use super::case::{Expected, Fault, Message};

/// The suite's own, published with it.
pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request that carries its signature, of a form that our signer does not write: it is read as a service reads it.
pub(super) struct Signed {
    pub(super) request: Message,
    pub(super) authorization: String,
    pub(super) time: String,
    pub(super) expected: Expected,
}

impl Signed {
    /// Compare what a service makes of it, and the signature that follows.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let fault = |step: &str, expected: &str, computed: &str| Fault {
            step: step.into(),
            expected: expected.into(),
            computed: computed.into(),
        };
        let mut headers: Vec<(&str, &str)> =
            self.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // The time stands in another form in `Date`, which is signed; this header is not.
        headers.push(("X-Amz-Date", &self.time));
        headers.push(("Authorization", &self.authorization));
        let received = Received {
            method: &self.request.method,
            path: &self.request.path,
            query: &self.request.query,
            headers: &headers,
            body: ReceivedBody::Bytes(self.request.body.as_bytes()),
        };
        let steps = received.signing_steps(None);
        let steps = steps.map_err(|mismatch| fault("reading", "a signed request", &mismatch.to_string()))?;
        let Expected { canonical_request, string_to_sign, signature, .. } = &self.expected;
        for (step, expected, computed) in [
            ("canonical request", canonical_request, steps.canonical_request.as_str()),
            ("string to sign", string_to_sign, &steps.string_to_sign),
            ("signature", signature, &self.signature().unwrap_or_default()),
        ] {
            if let Some(expected) = expected.as_ref().filter(|expected| *expected != computed) {
                return Err(fault(step, expected, computed));
            }
        }
        Ok(())
    }

    fn signature(&self) -> Option<String> {
        let text = self.expected.string_to_sign.as_deref()?;
        let scope = CredentialScope::parse(text.lines().nth(2)?)?;
        let key = SigningKey::derive(&Secret::new(SECRET), scope.date(), scope.region(), scope.service());
        Some(key.sign(text).to_string())
    }
}
