//! The configuration of rustls that both runtimes use: a provider of our own (never the process's, which is the
//! program's to choose), TLS 1.2 or later, and who is trusted.

use std::{error::Error, sync::Arc};

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore,
    client::WantsClientCert,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use super::causes::causes;
use crate::InvalidInput;

/// Whose certificates are accepted.
#[derive(Clone, Copy)]
pub(super) enum Trust<'a> {
    /// Those of the system's authorities.
    System,
    /// Those of these authorities (PEM), and no others.
    Bundle(&'a [u8]),
    /// None: for clients of plain HTTP. To read the system's takes time.
    #[cfg(feature = "tokio")]
    Nobody,
}

/// A configuration that trusts these authorities, and shows this certificate (PEM: the chain, and its private key) to
/// servers that ask for one.
///
/// # Errors
/// Certificates or key cannot be used.
pub(super) fn client_config(
    trust: Trust<'_>,
    certificate: Option<&[u8]>,
) -> Result<ClientConfig, InvalidInput> {
    let provider = Arc::new(ring::default_provider());
    // rustls has nothing older than TLS 1.2.
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| setup_fault(&error))?;
    let config = match trust {
        Trust::Bundle(pem) => config.with_root_certificates(roots(pem)?),
        Trust::System => {
            let verifier = Verifier::new(provider).map_err(|error| setup_fault(&error))?;
            config.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        #[cfg(feature = "tokio")]
        Trust::Nobody => config.with_root_certificates(RootCertStore::empty()),
    };
    let mut config = match certificate {
        Some(pem) => with_certificate(config, pem)?,
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn with_certificate(
    config: ConfigBuilder<ClientConfig, WantsClientCert>,
    pem: &[u8],
) -> Result<ClientConfig, InvalidInput> {
    let fault = |problem: String| InvalidInput::new("client certificate", problem);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|error| fault(format!("cannot be read: {}", causes(&error))))?;
    if chain.is_empty() {
        return Err(fault("holds no certificate in PEM".into()));
    }
    let key = PrivateKeyDer::from_pem_slice(pem)
        .map_err(|_| fault("holds no private key in PEM (PKCS #8, PKCS #1 or SEC 1)".into()))?;
    config
        .with_client_auth_cert(chain, key)
        .map_err(|error| fault(format!("cannot be used: {}", causes(&error))))
}

fn roots(pem: &[u8]) -> Result<RootCertStore, InvalidInput> {
    let problem = |error: &dyn Error| {
        InvalidInput::new("CA bundle", format!("holds a certificate that cannot be used: {}", causes(error)))
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

fn setup_fault(error: &dyn Error) -> InvalidInput {
    InvalidInput::new("TLS", format!("cannot be set up: {}", causes(error)))
}

/// Whether one of an error's causes is the TLS library's own.
pub(super) fn is_about(error: &(dyn Error + 'static)) -> bool {
    // An I/O error may hold another error, which is not among its sources.
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || held.is_some_and(|held| is_about(held))
        || error.source().is_some_and(is_about)
}
