//! The transports that ship, over reqwest and over threads, against servers that the test plays on loopback: limits,
//! kinds of failure, and what goes over the wire. Every test runs with both.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    future::Future,
    net::SocketAddr,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use sts3::{
    TransportError, TransportErrorKind,
    runtime::{Limits, MAX_BODY, Transport},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const AMPLE: Duration = Duration::from_secs(60);

/// What of a transport's settings the tests change.
#[derive(Clone, Default)]
struct Settings {
    connect: Option<Duration>,
    read: Option<Duration>,
    #[cfg(feature = "rustls-ring")]
    ca_bundle: Option<Vec<u8>>,
}

type Make = fn(Settings) -> Box<dyn Transport>;

/// Each test once for each transport.
macro_rules! tests {
    ($($(#[$attribute:meta])* $name:ident;)*) => {
        #[cfg(feature = "tokio")]
        mod over_reqwest {
            const NAME: &str = "over_reqwest";
            tests!(@module sts3::runtime::HttpClient; $($(#[$attribute])* $name;)*);
        }

        #[cfg(feature = "blocking")]
        mod over_threads {
            const NAME: &str = "over_threads";
            tests!(@module sts3::blocking::HttpClient; $($(#[$attribute])* $name;)*);
        }
    };
    (@module $client:ty; $($(#[$attribute:meta])* $name:ident;)*) => {
        use super::{Settings, Transport};

        fn make(settings: Settings) -> Box<dyn Transport> {
            let mut builder = <$client>::builder();
            if let Some(limit) = settings.connect {
                builder = builder.connect_timeout(limit);
            }
            if let Some(limit) = settings.read {
                builder = builder.read_timeout(limit);
            }
            #[cfg(feature = "rustls-ring")]
            if let Some(pem) = settings.ca_bundle {
                builder = builder.ca_bundle(pem);
            }
            Box::new(builder.build().unwrap())
        }

        $(
            $(#[$attribute])*
            #[tokio::test]
            async fn $name() {
                super::$name(make).await;
            }
        )*

        #[tokio::test]
        async fn proxies_of_the_environment_are_used_but_for_no_proxy_and_loopback() {
            super::proxies_are_used(NAME).await;
        }

        /// Run by the test above in a process of its own, whose environment names a proxy.
        #[tokio::test]
        #[ignore = "a part of another test"]
        async fn proxied_child() {
            super::proxied_child(make).await;
        }
    };
}

tests! {
    a_server_that_accepts_and_never_answers_is_given_up_at_the_limit;
    an_answer_that_drips_for_ever_is_given_up_at_the_limit;
    an_answer_that_stops_is_given_up_at_the_read_limit_which_is_named;
    #[cfg(target_os = "linux")]
    a_host_that_does_not_accept_is_given_up_at_the_limit_for_connections;
    an_exchange_that_is_dropped_closes_its_connection;
    encoded_bodies_are_neither_asked_for_nor_decoded;
    names_of_localhost_are_this_machine_without_being_looked_up;
    each_failure_has_its_kind;
    answers_are_read_however_they_are_framed;
    a_body_is_sent_as_it_is_and_a_redirect_is_an_answer;
    a_connection_is_used_again_unless_its_other_end_has_closed_it;
    #[cfg(feature = "rustls-ring")]
    tls_trusts_the_given_authority_and_no_other;
}

/// A server that does this with each connection.
async fn server<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn get(
    client: &dyn Transport,
    url: &str,
    limits: Limits,
) -> Result<http::Response<Vec<u8>>, TransportError> {
    client.send(http::Request::get(url).body(Vec::new()).unwrap(), limits).await
}

fn client(make: Make) -> Box<dyn Transport> {
    make(Settings::default())
}

/// A server that reads a request's head, sends this and closes.
async fn saying(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = Arc::new(answer.into());
    server(move |mut stream| {
        let answer = answer.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
            // Bytes that nobody has read would turn the end into a reset.
            let _ = stream.read(&mut [0; 1024]).await;
        }
    })
    .await
}

async fn a_server_that_accepts_and_never_answers_is_given_up_at_the_limit(make: Make) {
    let address = server(|stream| async move {
        tokio::time::sleep(AMPLE).await;
        drop(stream);
    })
    .await;
    let error =
        get(&*client(make), &format!("http://{address}/"), Limits::new(Duration::from_millis(150))).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind, error.problem.as_str()),
        (TransportErrorKind::Timeout, "no whole answer within 150ms")
    );
    assert_eq!(error.host, address.to_string());
}

/// Each byte comes before the next read times out; the whole never does.
async fn an_answer_that_drips_for_ever_is_given_up_at_the_limit(make: Make) {
    let address = server(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let error =
        get(&*client(make), &format!("http://{address}/"), Limits::new(Duration::from_millis(300))).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind, error.problem.as_str()),
        (TransportErrorKind::Timeout, "no whole answer within 300ms")
    );
}

async fn an_answer_that_stops_is_given_up_at_the_read_limit_which_is_named(make: Make) {
    let address = server(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx").await.unwrap();
        tokio::time::sleep(AMPLE).await;
    })
    .await;
    let client = make(Settings { read: Some(Duration::from_millis(150)), ..Settings::default() });
    let error = get(&*client, &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap_err();
    assert_eq!((error.kind, error.problem.as_str()), (TransportErrorKind::Timeout, "nothing came for 150ms"));
}

/// Where the queue of connections is full, Linux does not answer: as a host behind a silent firewall.
#[cfg(target_os = "linux")]
async fn a_host_that_does_not_accept_is_given_up_at_the_limit_for_connections(make: Make) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    loop {
        let connect = TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(200), connect).await {
            Ok(stream) => waiting.push(stream.unwrap()),
            Err(_) => break,
        }
    }
    let connect = Some(Duration::from_millis(150));
    let url = format!("http://{address}/");
    for direct in [false, true] {
        let mut limits = Limits::new(AMPLE);
        (limits.connect, limits.direct) = (connect, direct);
        let error = get(&*client(make), &url, limits).await.unwrap_err();
        assert_eq!(
            (error.kind, error.problem.as_str()),
            (TransportErrorKind::Connect, "no connection within 150ms")
        );
        assert!(!error.may_have_been_sent());
    }
    // The transport's own limit holds as well, where it is shorter.
    let hasty = make(Settings { connect: Some(Duration::from_millis(100)), ..Settings::default() });
    let mut limits = Limits::new(AMPLE);
    limits.connect = Some(AMPLE);
    let error = get(&*hasty, &url, limits).await.unwrap_err();
    assert_eq!(error.problem, "no connection within 100ms");
}

async fn an_exchange_that_is_dropped_closes_its_connection(make: Make) {
    let (began, begun) = tokio::sync::oneshot::channel();
    let (ended, over) = tokio::sync::oneshot::channel();
    let once = Arc::new(Mutex::new(Some((began, ended))));
    let address = server(move |mut stream| {
        let signals = once.lock().unwrap().take();
        async move {
            let Some((began, ended)) = signals else { return };
            read_head(&mut stream).await;
            began.send(()).unwrap();
            let read = stream.read(&mut [0]).await;
            ended.send(matches!(read, Ok(0) | Err(_))).unwrap();
        }
    })
    .await;
    let (client, url) = (client(make), format!("http://{address}/"));
    tokio::select! {
        answer = get(&*client, &url, Limits::new(AMPLE)) => panic!("{answer:?}"),
        begun = begun => begun.unwrap(),
    }
    assert!(over.await.unwrap());
}

/// A signature, a length and a checksum are of what was sent.
async fn encoded_bodies_are_neither_asked_for_nor_decoded(make: Make) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    // What `gzip` makes of `hello`.
    const GZIP: &[u8] =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00";
    let address = server(move |mut stream| {
        let seen = seen.clone();
        async move {
            let head = read_head(&mut stream).await;
            seen.lock().unwrap().push(head);
            let head =
                format!("content-encoding: gzip\r\ncontent-length: {}\r\nconnection: close", GZIP.len());
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes()).await.unwrap();
            stream.write_all(GZIP).await.unwrap();
        }
    })
    .await;
    let answer = get(&*client(make), &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap();
    assert_eq!(answer.body(), GZIP);
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.headers()["content-length"], GZIP.len().to_string());
    let head = heads.lock().unwrap()[0].to_ascii_lowercase();
    assert!(head.contains("\r\naccept-encoding: identity\r\n"), "{head}");
}

/// RFC 6761, 6.3. Few resolvers know such names; ours do not ask one.
async fn names_of_localhost_are_this_machine_without_being_looked_up(make: Make) {
    let address = server(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    })
    .await;
    let client = client(make);
    for host in ["localhost", "LOCALHOST", "bucket.s3.localhost", "no-such-name.localhost"] {
        for limits in [Limits::new(AMPLE), Limits::direct(AMPLE, AMPLE)] {
            let answer = get(&*client, &format!("http://{host}:{}/", address.port()), limits).await;
            assert_eq!(answer.unwrap().status(), 200, "{host}");
        }
    }
}

async fn each_failure_has_its_kind(make: Make) {
    use TransportErrorKind::{Connect, Interrupted, NotHttp, Tls, TooLarge};
    let client = client(make);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    // It does not wait for the end of a head, which TLS has none of.
    let plain = server(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let ssh = saying("SSH-2.0-OpenSSH_9.2p1\r\n").await;
    let endless_head = saying(format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(1 << 20))).await;
    let cut = saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx").await;
    let cut_chunks = saying("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nxxxxx\r\n").await;
    let silent = saying("").await;
    let large = server(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        let chunk = [b"100000\r\n".to_vec(), vec![b'x'; 1 << 20], b"\r\n".to_vec()].concat();
        while stream.write_all(&chunk).await.is_ok() {}
    })
    .await;
    let mut cases = vec![
        (format!("http://{nobody}/"), Connect, "refused"),
        // RFC 6761, 6.4: no such name ever exists.
        ("http://no-such-host.invalid/".to_owned(), Connect, ""),
        (format!("http://{ssh}/"), NotHttp, ""),
        (format!("http://{endless_head}/"), NotHttp, ""),
        (format!("http://{cut}/"), Interrupted, ""),
        (format!("http://{cut_chunks}/"), Interrupted, ""),
        (format!("http://{silent}/"), Interrupted, ""),
        (format!("http://{large}/"), TooLarge, "67108864 bytes"),
    ];
    if cfg!(feature = "rustls-ring") {
        cases.push((format!("https://{plain}/"), Tls, ""));
    }
    assert_eq!(MAX_BODY, 67_108_864);
    for (url, kind, words) in cases {
        let error = get(&*client, &url, Limits::new(AMPLE)).await.unwrap_err();
        assert_eq!(error.kind, kind, "{url}: {error}");
        assert!(error.problem.contains(words) && !error.problem.is_empty(), "{error}");
        assert!(url.contains(&error.host) && !error.host.is_empty(), "{error}");
        let is_sent = !matches!(kind, Connect | Tls);
        assert_eq!(error.may_have_been_sent(), is_sent, "{error}");
    }
}

/// RFC 9112, 6 and 7.
async fn answers_are_read_however_they_are_framed(make: Make) {
    let client = client(make);
    for (answer, status, body) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200, "hi"),
        ("HTTP/1.1 200 OK\r\n\r\nhi", 200, "hi"),
        ("HTTP/1.0 200 OK\r\n\r\nhi", 200, "hi"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nh\r\n1;a=b\r\ni\r\n0\r\n\r\n", 200, "hi"),
        (
            "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
            200,
            "hi",
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", 304, ""),
        ("HTTP/1.1 503 Slow Down\r\ncontent-length: 4\r\n\r\nslow", 503, "slow"),
    ] {
        let address = saying(answer).await;
        let answered = get(&*client, &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap();
        assert_eq!((answered.status().as_u16(), &answered.body()[..]), (status, body.as_bytes()), "{answer}");
    }
    let address = saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").await;
    let head = http::Request::head(format!("http://{address}/")).body(Vec::new()).unwrap();
    assert!(client.send(head, Limits::new(AMPLE)).await.unwrap().body().is_empty());
}

async fn a_body_is_sent_as_it_is_and_a_redirect_is_an_answer(make: Make) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    let address = server(move |mut stream| {
        let kept = kept.clone();
        async move {
            let head = read_head(&mut stream).await.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut body).await.unwrap();
            kept.lock().unwrap().push((head, body));
            let head = "location: /elsewhere\r\ncontent-length: 0\r\nconnection: close";
            let _ = stream
                .write_all(format!("HTTP/1.1 307 Temporary Redirect\r\n{head}\r\n\r\n").as_bytes())
                .await;
        }
    })
    .await;
    let client = client(make);
    let long = vec![b'y'; 300_000];
    for (method, body) in [
        ("POST", b"Action=GetUser".to_vec()),
        ("POST", Vec::new()),
        ("PUT", long.clone()),
        ("GET", Vec::new()),
    ] {
        let request =
            http::Request::builder().method(method).uri(format!("http://{address}/a%2Fb//../c?x=%20&y"));
        let request = request.header("x-amz-date", "20260101T000000Z").body(body).unwrap();
        let answer = client.send(request, Limits::new(AMPLE)).await;
        // A library that cannot send such a path says so; none may change it.
        if let Ok(answer) = answer {
            assert_eq!(
                (answer.status().as_u16(), answer.headers()["location"].as_bytes()),
                (307, &b"/elsewhere"[..])
            );
        }
        let request = http::Request::builder().method(method).uri(format!("http://{address}/a%2Fb?x=%20&y"));
        let request =
            request.body(long.get(..if method == "GET" { 0 } else { 7 }).unwrap().to_vec()).unwrap();
        assert_eq!(client.send(request, Limits::new(AMPLE)).await.unwrap().status(), 307);
    }
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    for (head, body) in &seen {
        let line = head.lines().next().unwrap();
        assert!(
            [" /a%2fb//../c?x=%20&y http/1.1", " /a%2fb?x=%20&y http/1.1"]
                .iter()
                .any(|end| line.ends_with(end)),
            "{line}"
        );
        assert!(
            head.contains(&format!("\r\nhost: {address}\r\n")) && head.contains("\r\nuser-agent: sts3/"),
            "{head}"
        );
        assert_eq!(head.contains("content-length: "), !line.starts_with("get "), "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        assert!([0, 7, 14, 300_000].contains(&body.len()));
    }
    assert!(seen.len() >= 4 && !seen.iter().any(|(head, _)| head.contains("/elsewhere")));
}

async fn a_connection_is_used_again_unless_its_other_end_has_closed_it(make: Make) {
    // Each connection answers three requests, the last without saying that it closes.
    let connections = Arc::new(Mutex::new(0));
    let counted = connections.clone();
    let (closed, mut closes) = tokio::sync::mpsc::unbounded_channel();
    let address = server(move |mut stream| {
        let closed = closed.clone();
        *counted.lock().unwrap() += 1;
        async move {
            for _ in 0..3 {
                read_head(&mut stream).await;
                let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
                stream.write_all(chunked.as_bytes()).await.unwrap();
            }
            drop(stream);
            closed.send(()).unwrap();
        }
    })
    .await;
    let (client, url) = (client(make), format!("http://{address}/"));
    for number in 1..=7 {
        let answer = get(&*client, &url, Limits::new(AMPLE)).await.unwrap();
        assert_eq!(answer.body(), b"hi");
        if number % 3 == 0 {
            closes.recv().await.unwrap();
            // Its end has to arrive.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert_eq!(*connections.lock().unwrap(), 3);
}

#[cfg(feature = "rustls-ring")]
async fn tls_trusts_the_given_authority_and_no_other(make: Make) {
    let (ours, theirs) = (tls::authority(), tls::authority());
    let address = tls::server(&ours, &["127.0.0.1", "names.localhost"]).await;
    let trusting = |authority: &tls::Authority| {
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

/// A server with a certificate of our own.
#[cfg(feature = "rustls-ring")]
mod tls {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{
            ServerConfig,
            crypto::ring,
            pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
        },
    };

    use super::*;

    pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

    pub(crate) fn authority() -> Authority {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
    }

    pub(crate) async fn server(authority: &Authority, names: &[&str]) -> SocketAddr {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, authority).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        super::server(move |stream| {
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
}

/// What the child asks for, in this order.
const PROXIED: [&str; 4] = [
    "http://minio.example:9000/a?b",
    "https://s3.example/",
    "http://inside.example/",
    "http://x.localhost:1/",
];

/// The environment is the process's: each transport is asked in a process of its own.
async fn proxies_are_used(module: &str) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    let proxy = server(move |mut stream| {
        let seen = seen.clone();
        async move {
            let head = read_head(&mut stream).await.to_ascii_lowercase();
            let answer = if head.starts_with("connect ") {
                "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
            } else {
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nproxy"
            };
            seen.lock().unwrap().push(head);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::proxied_child"), "--ignored", "--nocapture"])
        .env("HTTP_PROXY", format!("http://Aladdin:open%20sesame@{proxy}"))
        .env("https_proxy", proxy.to_string())
        .env("NO_PROXY", ".invalid, inside.example")
        .env_remove("REQUEST_METHOD")
        .env_remove("http_proxy")
        .env_remove("HTTPS_PROXY")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let told: Vec<_> =
        stdout.lines().filter_map(|line| line.split_once("told: ").map(|(_, told)| told)).collect();
    assert_eq!(told[0], "200 proxy");
    let refused = format!("Connect by the proxy http://{proxy} of https_proxy: ");
    assert!(told[1].starts_with(&refused), "{}", told[1]);
    // What goes past the proxy names none: one host does not exist, the other does not listen.
    assert!(told[2].starts_with("Connect ") && !told[2].contains("proxy"), "{}", told[2]);
    assert!(told[3].starts_with("Connect ") && !told[3].contains("proxy"), "{}", told[3]);
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 2, "{heads:?}");
    // RFC 9112, 3.2.2, and RFC 7617, 2.
    assert!(heads[0].starts_with("get http://minio.example:9000/a?b http/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].contains("\r\nhost: minio.example:9000\r\n"), "{}", heads[0]);
    let authorization = "\r\nproxy-authorization: basic qwxhzgrpbjpvcgvuihnlc2ftzq==\r\n";
    assert!(heads[0].contains(authorization), "{}", heads[0]);
    assert!(heads[1].starts_with("connect s3.example:443 http/1.1\r\n"), "{}", heads[1]);
    assert!(!heads[1].contains("proxy-authorization"), "{}", heads[1]);
}

async fn proxied_child(make: Make) {
    let client = client(make);
    for url in PROXIED {
        let told = match get(&*client, url, Limits::new(AMPLE)).await {
            Ok(answer) => format!("{} {}", answer.status().as_u16(), String::from_utf8_lossy(answer.body())),
            Err(error) => format!("{:?} {}", error.kind, error.problem),
        };
        println!("told: {told}");
    }
}
