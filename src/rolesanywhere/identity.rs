use sigv4::Secret;

use super::{Certificate, PrivateKey};
use crate::InvalidInput;

/// A certificate with its private key, and the intermediate certificates that lead to its trust anchor.
#[derive(Clone, Debug)]
pub struct X509Identity {
    certificate: Certificate,
    key: PrivateKey,
    intermediates: Vec<Certificate>,
}

impl X509Identity {
    /// From PEM. The first certificate is the identity's; those that follow it, and those of `intermediates`, are sent with
    /// it in this order. The trust anchor's own is not needed.
    ///
    /// # Errors
    /// [`InvalidInput`]: one of them cannot be read, or the key is another certificate's.
    pub fn from_pem(
        certificate: &str,
        private_key: &Secret,
        intermediates: Option<&str>,
    ) -> Result<Self, InvalidInput> {
        let key = PrivateKey::from_pem(private_key)?;
        let mut certificates = Certificate::from_pem(certificate)?.into_iter();
        let Some(certificate) = certificates.next() else {
            return Err(InvalidInput::new("certificate", "is none"));
        };
        if !key.fits(certificate.public_key()) {
            let problem = if certificates.any(|other| key.fits(other.public_key())) {
                "is the one of a later certificate of the file: the identity's own comes first in it"
            } else {
                "is not the one of the certificate: their public keys differ"
            };
            return Err(InvalidInput::new("private key", problem));
        }
        let mut chain: Vec<Certificate> = certificates.collect();
        if let Some(intermediates) = intermediates {
            let more = Certificate::from_pem(intermediates)
                .map_err(|fault| InvalidInput::new("intermediates", fault.problem))?;
            chain.extend(more);
        }
        Ok(Self { certificate, key, intermediates: chain })
    }

    /// The identity's own certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn intermediates(&self) -> &[Certificate] {
        &self.intermediates
    }

    pub(super) fn key(&self) -> &PrivateKey {
        &self.key
    }
}
