//! What depends on the TLS library of this build: rustls, the system's, or none.

use std::error::Error;

#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
pub(super) use by_system::{with_roots, without_roots};
#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
pub(super) use missing::{with_roots, without_roots};
#[cfg(feature = "rustls-ring")]
pub(super) use own::{with_roots, without_roots};

/// Whether there is one.
pub(super) const HAS_TLS: bool = cfg!(any(feature = "rustls-ring", feature = "native-tls"));

/// By rustls, with a configuration of our own. reqwest would ask for the provider of the whole process, which is the
/// program's to choose: we would depend on it, or choose it for everybody.
#[cfg(feature = "rustls-ring")]
mod own {
    use std::sync::Arc;

    use reqwest::ClientBuilder;
    use rustls::{
        ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, pem::PemObject},
    };
    use rustls_platform_verifier::Verifier;

    use super::super::causes::causes;
    use crate::InvalidInput;

    /// Trust these authorities (PEM), or the system's.
    pub(in crate::runtime) fn with_roots(
        builder: ClientBuilder,
        ca_bundle: Option<&[u8]>,
    ) -> Result<ClientBuilder, InvalidInput> {
        let provider = Arc::new(ring::default_provider());
        let config = config(&provider)?;
        let config = match ca_bundle {
            Some(pem) => config.with_root_certificates(roots(pem)?),
            None => {
                let verifier = Verifier::new(provider).map_err(|error| fault(&error))?;
                config.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        Ok(finished(builder, config.with_no_client_auth()))
    }

    /// For plain HTTP, which needs no certificates: to read the system's takes time.
    pub(in crate::runtime) fn without_roots(builder: ClientBuilder) -> Result<ClientBuilder, InvalidInput> {
        let provider = Arc::new(ring::default_provider());
        let config = config(&provider)?.with_root_certificates(RootCertStore::empty());
        Ok(finished(builder, config.with_no_client_auth()))
    }

    fn config(
        provider: &Arc<CryptoProvider>,
    ) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, InvalidInput> {
        // rustls has nothing older than TLS 1.2.
        ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| fault(&error))
    }

    fn finished(builder: ClientBuilder, mut config: ClientConfig) -> ClientBuilder {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        builder.tls_backend_preconfigured(config)
    }

    fn roots(pem: &[u8]) -> Result<RootCertStore, InvalidInput> {
        let problem = |error: &dyn std::error::Error| {
            InvalidInput::new(
                "CA bundle",
                format!("holds a certificate that cannot be used: {}", causes(error)),
            )
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| problem(&error))?;
            roots.add(certificate).map_err(|error| problem(&error))?;
        }
        if roots.is_empty() {
            return Err(InvalidInput::new("CA bundle", "holds no certificate in PEM"));
        }
        Ok(roots)
    }

    fn fault(error: &dyn std::error::Error) -> InvalidInput {
        InvalidInput::new("TLS", format!("cannot be set up: {}", causes(error)))
    }
}

/// By the system's library.
#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
mod by_system {
    use reqwest::{Certificate, ClientBuilder, tls::Version};

    use super::super::causes::causes;
    use crate::InvalidInput;

    /// Trust these authorities (PEM), or the system's.
    pub(in crate::runtime) fn with_roots(
        builder: ClientBuilder,
        ca_bundle: Option<&[u8]>,
    ) -> Result<ClientBuilder, InvalidInput> {
        let builder = builder.tls_backend_native().tls_version_min(Version::TLS_1_2);
        let Some(pem) = ca_bundle else { return Ok(builder) };
        let certificates = certificates(pem)
            .map_err(|error| InvalidInput::new("CA bundle", format!("is not PEM: {}", causes(&error))))?;
        if certificates.is_empty() {
            return Err(InvalidInput::new("CA bundle", "holds no certificate in PEM"));
        }
        Ok(builder.tls_certs_only(certificates))
    }

    /// For plain HTTP, which needs no certificates: to read the system's takes time.
    pub(in crate::runtime) fn without_roots(builder: ClientBuilder) -> Result<ClientBuilder, InvalidInput> {
        Ok(builder.tls_backend_native().tls_version_min(Version::TLS_1_2).tls_certs_only([]))
    }

    /// The system's library takes one certificate at a time.
    fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, reqwest::Error> {
        const END: &str = "-----END CERTIFICATE-----";
        let text = String::from_utf8_lossy(pem);
        let blocks = text.split_inclusive(END).filter(|block| block.ends_with(END));
        blocks.map(|block| Certificate::from_pem(block.as_bytes())).collect()
    }
}

#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
mod missing {
    use reqwest::ClientBuilder;

    use crate::InvalidInput;

    pub(in crate::runtime) fn with_roots(
        builder: ClientBuilder,
        _ca_bundle: Option<&[u8]>,
    ) -> Result<ClientBuilder, InvalidInput> {
        Ok(builder)
    }

    pub(in crate::runtime) fn without_roots(builder: ClientBuilder) -> Result<ClientBuilder, InvalidInput> {
        Ok(builder)
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
    let problem = super::causes::causes(error);
    ["certificate", "TLS", "tls", "SSL", "ssl", "handshake"].iter().any(|word| problem.contains(word))
}
