//! What depends on the TLS library of this build: rustls, the system's, or none.

use std::error::Error;

#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
pub(super) use with::{trusting, trusting_nobody};
#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
pub(super) use without::{trusting, trusting_nobody};

/// Whether there is one.
pub(super) const IS_THERE: bool = cfg!(any(feature = "rustls-ring", feature = "native-tls"));

#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
mod with {
    use reqwest::{Certificate, ClientBuilder};

    use super::super::http_client::causes;
    use crate::InvalidInput;

    /// Trust these authorities (PEM), or the system's.
    pub(in crate::transport) fn trusting(
        builder: ClientBuilder,
        ca_bundle: Option<&[u8]>,
    ) -> Result<ClientBuilder, InvalidInput> {
        let builder = set_up(builder);
        let Some(pem) = ca_bundle else { return Ok(builder) };
        let certificates = certificates(pem)
            .map_err(|error| InvalidInput::new("CA bundle", format!("is not PEM: {}", causes(&error))))?;
        if certificates.is_empty() {
            return Err(InvalidInput::new("CA bundle", "holds no certificate in PEM"));
        }
        Ok(builder.tls_certs_only(certificates))
    }

    /// For plain HTTP, which needs no certificates: to read the system's takes time.
    pub(in crate::transport) fn trusting_nobody(builder: ClientBuilder) -> ClientBuilder {
        set_up(builder).tls_certs_only([])
    }

    fn set_up(builder: ClientBuilder) -> ClientBuilder {
        // reqwest asks for the process's provider. Another one, installed by the application, is as good.
        #[cfg(feature = "rustls-ring")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        builder.tls_version_min(reqwest::tls::Version::TLS_1_2)
    }

    #[cfg(feature = "rustls-ring")]
    fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, reqwest::Error> {
        Certificate::from_pem_bundle(pem)
    }

    /// The system's library takes one certificate at a time.
    #[cfg(not(feature = "rustls-ring"))]
    fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, reqwest::Error> {
        const END: &str = "-----END CERTIFICATE-----";
        let text = String::from_utf8_lossy(pem);
        let blocks = text.split_inclusive(END).filter(|block| block.ends_with(END));
        blocks.map(|block| Certificate::from_pem(block.as_bytes())).collect()
    }
}

#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
mod without {
    use reqwest::ClientBuilder;

    use crate::InvalidInput;

    pub(in crate::transport) fn trusting(
        builder: ClientBuilder,
        _ca_bundle: Option<&[u8]>,
    ) -> Result<ClientBuilder, InvalidInput> {
        Ok(builder)
    }

    pub(in crate::transport) fn trusting_nobody(builder: ClientBuilder) -> ClientBuilder {
        builder
    }
}

/// Whether one of the causes is the TLS library's own.
#[cfg(feature = "rustls-ring")]
pub(super) fn is_about(error: &(dyn Error + 'static)) -> bool {
    // An I/O error may hold another error, which is not among its sources.
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || held.is_some_and(|held| is_about(held))
        || error.source().is_some_and(is_about)
}

#[cfg(not(feature = "rustls-ring"))]
pub(super) fn is_about(error: &(dyn Error + 'static)) -> bool {
    let problem = super::http_client::causes(error);
    ["certificate", "TLS", "tls", "SSL", "ssl", "handshake"].iter().any(|word| problem.contains(word))
}
