//! What goes over the wire, how answers are read, and which failure has which kind.

use super::*;

/// A signature, a length and a checksum are of what was sent.
pub(crate) async fn encoded_bodies_are_neither_asked_for_nor_decoded(make: Make) {
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

pub(crate) async fn each_failure_has_its_kind(make: Make) {
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
    if cfg!(any(feature = "rustls-ring", feature = "native-tls")) {
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
pub(crate) async fn answers_are_read_however_they_are_framed(make: Make) {
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

pub(crate) async fn a_body_is_sent_as_it_is_and_a_redirect_is_an_answer(make: Make) {
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

pub(crate) async fn a_connection_is_used_again_unless_its_other_end_has_closed_it(make: Make) {
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

/// Queries of presigned URLs and of the sign-in hold secrets, and HTTP libraries print URLs.
pub(crate) async fn the_source_of_an_error_is_the_library_s_own_without_the_url(make: Make) {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://{address}/hush?X-Amz-Security-Token=hush");
    let error = get(&*client(make), &url, Limits::new(AMPLE)).await.unwrap_err();
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
