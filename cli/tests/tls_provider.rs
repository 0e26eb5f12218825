//! TLS settings are the transport's own: rustls' process-wide provider is the program's to choose. (One test, in a process
//! of its own: it changes what belongs to the whole process.)

#![cfg(feature = "rustls-ring")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rcgen::{CertificateParams, KeyPair};
use sts3::runtime::{HttpClient, Limits, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::{CryptoProvider, ring},
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// A server with a certificate of its own, and that in PEM.
async fn server() -> (SocketAddr, String) {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], der)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.read(&mut [0; 16_384]).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nsafe";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (address, certificate.pem())
}

#[tokio::test]
async fn the_process_wide_provider_is_neither_installed_nor_used() {
    let (address, pem) = server().await;
    let call = || async {
        let client = HttpClient::builder().ca_bundle(pem.clone().into_bytes()).build().unwrap();
        let request = http::Request::get(format!("https://{address}/")).body(Vec::new()).unwrap();
        client.send(request, Limits::new(Duration::from_secs(60))).await
    };
    assert_eq!(call().await.unwrap().body(), b"safe");
    // Nor by clients that trust the system's certificates, or none: refused, but tried.
    for url in [format!("https://{address}/"), format!("http://{address}/")] {
        let request = http::Request::get(url).body(Vec::new()).unwrap();
        let client = HttpClient::builder().build().unwrap();
        assert!(client.send(request, Limits::new(Duration::from_secs(60))).await.is_err());
    }
    assert!(CryptoProvider::get_default().is_none(), "a provider was installed");

    // The program has chosen one with which no connection can be made.
    let useless =
        CryptoProvider { cipher_suites: Vec::new(), kx_groups: Vec::new(), ..ring::default_provider() };
    useless.install_default().unwrap();
    assert_eq!(call().await.unwrap().body(), b"safe");
}
