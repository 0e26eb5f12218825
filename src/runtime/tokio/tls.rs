//! What depends on the TLS library of this build: rustls, the system's, or none.

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
    use reqwest::ClientBuilder;

    use crate::{
        InvalidInput,
        runtime::tls::{Trust, client_config},
    };

    /// Trust these authorities (PEM), or the system's.
    pub(in crate::runtime) fn with_roots(
        builder: ClientBuilder,
        ca_bundle: Option<&[u8]>,
    ) -> Result<ClientBuilder, InvalidInput> {
        let trust = ca_bundle.map_or(Trust::System, Trust::Bundle);
        Ok(builder.tls_backend_preconfigured(client_config(trust, None)?))
    }

    /// For plain HTTP, which needs no certificates: to read the system's takes time.
    pub(in crate::runtime) fn without_roots(builder: ClientBuilder) -> Result<ClientBuilder, InvalidInput> {
        Ok(builder.tls_backend_preconfigured(client_config(Trust::Nobody, None)?))
    }
}

/// By the system's library.
#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
mod by_system {
    use reqwest::{Certificate, ClientBuilder, tls::Version};

    use crate::{InvalidInput, runtime::causes::causes};

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
pub(super) use crate::runtime::tls::is_about;

#[cfg(not(feature = "rustls-ring"))]
pub(super) fn is_about(error: &(dyn std::error::Error + 'static)) -> bool {
    let problem = crate::runtime::causes::causes(error);
    ["certificate", "TLS", "tls", "SSL", "ssl", "handshake"].iter().any(|word| problem.contains(word))
}
