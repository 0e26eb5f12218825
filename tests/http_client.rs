//! The transport over reqwest against servers that the test plays on loopback: limits, and what goes over the wire.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use sts3::{
    TransportError, TransportErrorKind,
    runtime::{HttpClient, Limits, Transport},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const AMPLE: Duration = Duration::from_secs(60);

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
    client: &HttpClient,
    url: &str,
    limits: Limits,
) -> Result<http::Response<Vec<u8>>, TransportError> {
    client.send(http::Request::get(url).body(Vec::new()).unwrap(), limits).await
}

fn client() -> HttpClient {
    HttpClient::builder().build().unwrap()
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_is_given_up_at_the_limit() {
    let address = server(|stream| async move {
        tokio::time::sleep(AMPLE).await;
        drop(stream);
    })
    .await;
    let error = get(&client(), &format!("http://{address}/"), Limits::new(Duration::from_millis(150))).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind, error.problem.as_str()),
        (TransportErrorKind::Timeout, "no whole answer within 150ms")
    );
    assert_eq!(error.host, address.to_string());
}

/// Each byte comes before the next read times out; the whole never does.
#[tokio::test]
async fn an_answer_that_drips_for_ever_is_given_up_at_the_limit() {
    let address = server(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let error = get(&client(), &format!("http://{address}/"), Limits::new(Duration::from_millis(300))).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind, error.problem.as_str()),
        (TransportErrorKind::Timeout, "no whole answer within 300ms")
    );
}

#[tokio::test]
async fn an_answer_that_stops_is_given_up_at_the_read_limit_which_is_named() {
    let address = server(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx").await.unwrap();
        tokio::time::sleep(AMPLE).await;
    })
    .await;
    let client = HttpClient::builder().read_timeout(Duration::from_millis(150)).build().unwrap();
    let error = get(&client, &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap_err();
    assert_eq!((error.kind, error.problem.as_str()), (TransportErrorKind::Timeout, "nothing came for 150ms"));
}

/// Where the queue of connections is full, Linux does not answer: as a host behind a silent firewall.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_does_not_accept_is_given_up_at_the_limit_for_connections() {
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
        let error = get(&client(), &url, limits).await.unwrap_err();
        assert_eq!(
            (error.kind, error.problem.as_str()),
            (TransportErrorKind::Connect, "no connection within 150ms")
        );
        assert!(!error.may_have_been_sent());
    }
    // The transport's own limit holds as well, where it is shorter.
    let hasty = HttpClient::builder().connect_timeout(Duration::from_millis(100)).build().unwrap();
    let mut limits = Limits::new(AMPLE);
    limits.connect = Some(AMPLE);
    let error = get(&hasty, &url, limits).await.unwrap_err();
    assert_eq!(error.problem, "no connection within 100ms");
}

#[tokio::test]
async fn an_exchange_that_is_dropped_closes_its_connection() {
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
    let (client, url) = (client(), format!("http://{address}/"));
    tokio::select! {
        answer = get(&client, &url, Limits::new(AMPLE)) => panic!("{answer:?}"),
        begun = begun => begun.unwrap(),
    }
    assert!(over.await.unwrap());
}

/// A signature, a length and a checksum are of what was sent.
#[tokio::test]
async fn encoded_bodies_are_neither_asked_for_nor_decoded() {
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
    let answer = get(&client(), &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap();
    assert_eq!(answer.body(), GZIP);
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.headers()["content-length"], GZIP.len().to_string());
    let head = heads.lock().unwrap()[0].to_ascii_lowercase();
    assert!(head.contains("\r\naccept-encoding: identity\r\n"), "{head}");
}

/// RFC 6761, 6.3. Few resolvers know such names; ours do not ask one.
#[tokio::test]
async fn names_of_localhost_are_this_machine_without_being_looked_up() {
    let address = server(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    })
    .await;
    let client = client();
    for host in ["localhost", "LOCALHOST", "bucket.s3.localhost", "no-such-name.localhost"] {
        for limits in [Limits::new(AMPLE), Limits::direct(AMPLE, AMPLE)] {
            let answer = get(&client, &format!("http://{host}:{}/", address.port()), limits).await;
            assert_eq!(answer.unwrap().status(), 200, "{host}");
        }
    }
}

/// Queries of presigned URLs and of the sign-in hold secrets, and HTTP libraries print URLs.
#[tokio::test]
async fn the_source_of_an_error_is_the_library_s_own_without_the_url() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://{address}/hush?X-Amz-Security-Token=hush");
    let error = get(&client(), &url, Limits::new(AMPLE)).await.unwrap_err();
    assert_eq!((error.kind, error.is_final()), (TransportErrorKind::Connect, false));
    let mut shown = format!("{error} {error:?}");
    let (mut source, mut innermost) = (std::error::Error::source(&error), None);
    while let Some(error) = source {
        shown += &format!("{error} {error:?}");
        innermost = error.downcast_ref::<std::io::Error>();
        source = error.source();
    }
    assert_eq!(innermost.unwrap().kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(!shown.contains("hush"), "{shown}");
}
