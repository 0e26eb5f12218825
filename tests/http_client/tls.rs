//! Who is trusted, and whom a server may trust. Against servers with certificates of our own.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
        server::WebPkiClientVerifier,
    },
};

use super::*;

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn authority() -> Authority {
    let mut parameters = CertificateParams::default();
    // OpenSSL takes a certificate that has its issuer's name for one that has signed itself.
    parameters.distinguished_name.push(DnType::CommonName, "sts3 test authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A server that answers `safe` by TLS, to clients with a certificate of this authority only if there is one.
pub(crate) async fn secure_server(
    authority: &Authority,
    names: &[&str],
    clients: Option<&Authority>,
) -> SocketAddr {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let verifier = match clients {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let provider = Arc::new(ring::default_provider());
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap()
        }
    };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            if matches!(stream.read(&mut [0; 4096]).await, Ok(1..)) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsafe").await;
                let _ = stream.shutdown().await;
            }
        }
    })
    .await
}

pub(crate) async fn tls_trusts_the_given_authority_and_no_other(make: Make) {
    let (ours, theirs) = (authority(), authority());
    let address = secure_server(&ours, &["127.0.0.1", "names.localhost"], None).await;
    let trusting = |authority: &Authority| {
        make(Settings { ca_bundle: Some(authority.pem().into_bytes()), ..Settings::default() })
    };
    let client = trusting(&ours);
    for host in ["127.0.0.1", "names.localhost"] {
        let answer = get(&*client, &format!("https://{host}:{}/", address.port()), Limits::new(AMPLE)).await;
        assert_eq!(answer.unwrap().body(), b"safe", "{host}");
    }
    let others_name = format!("https://other.localhost:{}/", address.port());
    let error = get(&*client, &others_name, Limits::new(AMPLE)).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Tls);
    for client in [trusting(&theirs), make(Settings::default())] {
        let error = get(&*client, &format!("https://{address}/"), Limits::new(AMPLE)).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Tls, "{error}");
    }
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn a_client_certificate_is_shown_to_servers_that_ask_for_one() {
    let authority = authority();
    let address = secure_server(&authority, &["127.0.0.1"], Some(&authority)).await;
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["client".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let builder = || sts3::blocking::HttpClient::builder().ca_bundle(authority.pem().into_bytes());
    let pem = certificate.pem() + &key.serialize_pem();
    let known = builder().client_certificate(pem.into_bytes()).build().unwrap();
    let url = format!("https://{address}/");
    assert_eq!(get(&known, &url, Limits::new(AMPLE)).await.unwrap().body(), b"safe");
    assert!(get(&builder().build().unwrap(), &url, Limits::new(AMPLE)).await.is_err());
    // What cannot be used is said before anything is sent, and shows no key.
    for pem in [key.serialize_pem(), certificate.pem(), String::new()] {
        let error = builder().client_certificate(pem.into_bytes()).build().unwrap_err().to_string();
        assert!(error.contains("client certificate") && !error.contains("BEGIN"), "{error}");
    }
    let settings = builder().client_certificate(key.serialize_pem().into_bytes());
    assert!(!format!("{settings:?}").contains("PRIVATE"));
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn a_bundle_without_certificates_is_refused_when_it_is_set() {
    for bundle in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let built = sts3::blocking::HttpClient::builder().ca_bundle(bundle.as_bytes().to_vec()).build();
        let error = built.unwrap_err().to_string();
        assert!(error.contains("CA bundle"), "{bundle}: {error}");
    }
}

/// Two would be two sets of types and of security fixes.
#[test]
fn one_version_of_rustls_is_in_the_lock_file() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    for name in ["rustls", "rustls-platform-verifier", "ring"] {
        let versions = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert_eq!(versions, 1, "{name}");
    }
    let reqwest = lock.split("[[package]]").find(|package| package.contains("name = \"reqwest\"\n")).unwrap();
    assert!(
        reqwest.contains("\"rustls\",\n"),
        "reqwest takes that one, which has no version beside its name"
    );
}
