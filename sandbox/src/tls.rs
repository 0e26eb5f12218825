//! HTTPS: an authority and a certificate that are made at start. Both keys are made and forgotten in this process.

use std::{
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// What the server shows, and whom clients must trust for it.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    /// PEM.
    pub(crate) ca_certificate: String,
}

/// Longer than any sandbox runs, shorter than what clients refuse as too long (825 days on Apple's systems).
const LIFETIME: Duration = Duration::from_secs(365 * 86_400);
/// Clocks of clients may be behind.
const BACKDATED: Duration = Duration::from_secs(86_400);

impl Identity {
    /// For `localhost`, this machine's addresses, and these buckets' names below `localhost`.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub(crate) fn generate<'a>(buckets: impl Iterator<Item = &'a str>) -> io::Result<Self> {
        let authority = CertifiedIssuer::self_signed(authority(), KeyPair::generate().map_err(failed)?);
        let authority = authority.map_err(failed)?;
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = server(buckets)?.signed_by(&key, &authority).map_err(failed)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // A configuration of its own: the process-wide provider is the program's to choose.
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(failed)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_certificate: authority.pem() })
    }
}

fn authority() -> CertificateParams {
    let mut parameters = dated(CertificateParams::default());
    parameters.distinguished_name.push(DnType::CommonName, "sts3 sandbox authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

fn server<'a>(buckets: impl Iterator<Item = &'a str>) -> io::Result<CertificateParams> {
    let mut names: Vec<String> = ["127.0.0.1", "::1", "localhost", "*.localhost"].map(Into::into).into();
    // OpenSSL takes no wildcard directly below a top-level name.
    names.extend(buckets.filter(|name| is_host_label(name)).map(|name| format!("{name}.localhost")));
    let mut parameters = dated(CertificateParams::new(names).map_err(failed)?);
    parameters.distinguished_name.push(DnType::CommonName, "sts3 sandbox");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // RFC 5280, 4.2.1.1: it must be there; OpenSSL's strict mode, which Python 3.13 turns on, asks for it.
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}

fn dated(mut parameters: CertificateParams) -> CertificateParams {
    let now = SystemTime::now();
    parameters.not_before = (now - BACKDATED).into();
    parameters.not_after = (now + LIFETIME).into();
    parameters
}

fn is_host_label(name: &str) -> bool {
    name.len() <= 63 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}
