//! TLS: who is trusted, and that nothing is said to anybody else. Against a server with real certificates on
//! loopback.

#![cfg(any(feature = "rustls-ring", feature = "native-tls"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use support::Ended;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
        version::{TLS12, TLS13},
    },
};

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A certificate authority, and the file with its certificate.
fn authority(name: &str) -> (Authority, PathBuf) {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, format!("sts3 test authority {name}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let path = std::env::temp_dir().join(format!("sts3-tls-{name}-{}.pem", std::process::id()));
    std::fs::write(&path, authority.pem()).unwrap();
    (authority, path)
}

/// How a server shows itself.
struct Server {
    host: &'static str,
    last_year: Option<i32>,
    version: &'static tokio_rustls::rustls::SupportedProtocolVersion,
}

impl Default for Server {
    fn default() -> Self {
        Self { host: "127.0.0.1", last_year: None, version: &TLS13 }
    }
}

/// How many requests came through.
type Requests = Arc<AtomicU64>;

async fn start(authority: &Authority, server: Server) -> (SocketAddr, Requests) {
    let mut parameters = CertificateParams::new(vec![server.host.to_owned()]).unwrap();
    if let Some(year) = server.last_year {
        parameters.not_before = date_time_ymd(year - 1, 1, 1);
        parameters.not_after = date_time_ymd(year, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[server.version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Requests::default();
    let counted = requests.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, counted) = (acceptor.clone(), counted.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream, &counted).await;
                }
            });
        }
    });
    (address, requests)
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, requests: &AtomicU64) {
    let mut part = [0; 16_384];
    if !matches!(stream.read(&mut part).await, Ok(1..)) {
        return;
    }
    requests.fetch_add(1, Ordering::Relaxed);
    let page = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>safe</Key><Size>1</Size></Contents></ListBucketResult>";
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", page.len());
    let _ = stream.write_all(format!("{head}{page}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// List with these options and variables.
async fn list(address: SocketAddr, host: &str, options: &[&str], variables: &[(&str, &str)]) -> Ended {
    let url = format!("https://{host}:{}", address.port());
    let mut command = support::sts3(&["ls", "-r", "s3://bucket", "--endpoint-url", &url]);
    command.args(options).env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.envs(variables.iter().copied());
    support::end(command).await
}

/// What rustls says, and what OpenSSL says.
fn assert_refused(ended: &Ended, requests: &AtomicU64, words: [&str; 2]) {
    let word = words[usize::from(cfg!(feature = "native-tls"))];
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(
        ended.stderr.contains(word) && ended.stderr.contains("hint:"),
        "no `{word}` in: {}",
        ended.stderr
    );
    assert_eq!(requests.load(Ordering::Relaxed), 0, "a request was sent to a server that is not trusted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_authority_is_accepted_and_everybody_else_is_refused() {
    let (right, bundle) = authority("right");
    let (_, other_bundle) = authority("other");
    let (bundle, other_bundle) = (bundle.to_str().unwrap(), other_bundle.to_str().unwrap());

    for version in [&TLS13, &TLS12] {
        let (address, requests) = start(&right, Server { version, ..Server::default() }).await;
        let ended = list(address, "127.0.0.1", &["--ca-bundle", bundle], &[]).await;
        assert_eq!((ended.code, ended.stdout.ends_with(" safe\n")), (Some(0), true), "{}", ended.stderr);
        let ended = list(address, "127.0.0.1", &[], &[("AWS_CA_BUNDLE", bundle)]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(requests.load(Ordering::Relaxed), 2);
    }

    let (address, requests) = start(&right, Server::default()).await;
    // Signed by nobody whom the system knows, or by another authority than the one that was named.
    assert_refused(
        &list(address, "127.0.0.1", &[], &[]).await,
        &requests,
        ["UnknownIssuer", "certificate verify failed"],
    );
    assert_refused(
        &list(address, "127.0.0.1", &["--ca-bundle", other_bundle], &[]).await,
        &requests,
        ["UnknownIssuer", "certificate verify failed"],
    );
    // Valid, but for another name.
    let (address, requests) = start(&right, Server { host: "other.example", ..Server::default() }).await;
    let wrong = list(address, "127.0.0.1", &["--ca-bundle", bundle], &[]).await;
    assert_refused(&wrong, &requests, ["not valid for", "certificate verify failed"]);
    let (address, requests) = start(&right, Server { host: "127.0.0.1", ..Server::default() }).await;
    let wrong = list(address, "localhost", &["--ca-bundle", bundle], &[]).await;
    assert_refused(&wrong, &requests, ["not valid for", "certificate verify failed"]);
    // Over since 2020.
    let (address, requests) = start(&right, Server { last_year: Some(2020), ..Server::default() }).await;
    assert_refused(
        &list(address, "127.0.0.1", &["--ca-bundle", bundle], &[]).await,
        &requests,
        ["expired", "certificate verify failed"],
    );
}

/// A server that knows nothing newer than TLS 1.1 chooses it.
#[tokio::test(flavor = "multi_thread")]
async fn tls_1_1_is_refused() {
    let (_, bundle) = authority("old");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let said = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello).await;
        // ServerHello (RFC 4346): version 3.2, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no
        // compression.
        let mut message = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
        message.extend([7; 32]);
        message.extend([0, 0, 0x2F, 0]);
        stream.write_all(&message).await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        rest
    });
    let ended =
        list(address, "127.0.0.1", &["--ca-bundle", bundle.to_str().unwrap(), "--max-attempts", "1"], &[])
            .await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("TLS"), "{}", ended.stderr);
    // An alert (record type 21) and nothing else.
    let rest = said.await.unwrap();
    assert!(rest.is_empty() || rest[0] == 21, "{rest:?}");
}

/// A server that speaks no TLS at all.
#[tokio::test(flavor = "multi_thread")]
async fn plain_http_behind_an_https_url_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let ended = list(address, "127.0.0.1", &["--max-attempts", "1"], &[]).await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("could not agree on TLS with"), "{}", ended.stderr);
    // No certificate is to blame.
    assert!(ended.stderr.contains("write http://") && !ended.stderr.contains("CA"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_is_none_is_a_usage_error() {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("sts3-tls-bad-{}.pem", std::process::id()));
    for content in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, content).unwrap();
        let ended =
            list("127.0.0.1:9".parse().unwrap(), "127.0.0.1", &["--ca-bundle", path.to_str().unwrap()], &[])
                .await;
        assert_eq!(ended.code, Some(2), "{content:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("CA bundle"), "{}", ended.stderr);
    }
}
