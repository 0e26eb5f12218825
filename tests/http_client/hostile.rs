//! Servers and proxies that mean no good, or are broken.

use super::*;

/// Any number of informational answers may come before the one that counts (RFC 9110, 15.2), but not without end: who
/// sends them would keep both sides busy until the limit. (hyper takes them until then.)
#[cfg(feature = "blocking")]
#[tokio::test]
async fn informational_answers_have_the_limit_of_a_head_all_together() {
    for interim in ["HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"] {
        let many = interim.repeat(2000);
        let address = server(move |mut stream| {
            let many = many.clone();
            async move {
                read_head(&mut stream).await;
                while stream.write_all(many.as_bytes()).await.is_ok() {}
            }
        })
        .await;
        let client = sts3::blocking::HttpClient::builder().build().unwrap();
        let error = get(&client, &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::NotHttp, "{error}");
    }
    let some =
        "HTTP/1.1 102 Processing\r\n\r\n".repeat(200) + "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
    let address = saying(some).await;
    let client = sts3::blocking::HttpClient::builder().build().unwrap();
    let answer = get(&client, &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap();
    assert_eq!(answer.body(), b"hi");
}

/// RFC 9112, 9.2 and 11.2: what comes without a request, at once or later, is not the answer to the next one.
pub(crate) async fn what_follows_an_answer_is_no_answer_to_the_next_request(make: Make) {
    const FORGED: &str = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
    let (chunked, pause) =
        ("transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", Duration::from_millis(100));
    for framed in ["content-length: 1\r\n\r\nx", chunked] {
        for is_late in [false, true] {
            let address = server(move |mut stream| async move {
                read_head(&mut stream).await;
                let answer = format!("HTTP/1.1 200 OK\r\n{framed}");
                if is_late {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    tokio::time::sleep(pause / 2).await;
                    let _ = stream.write_all(FORGED.as_bytes()).await;
                } else {
                    stream.write_all((answer + FORGED).as_bytes()).await.unwrap();
                }
                let _ = stream.read(&mut [0; 1024]).await;
            })
            .await;
            let (client, url) = (client(make), format!("http://{address}/"));
            for _ in 0..3 {
                let answer = get(&*client, &url, Limits::new(AMPLE)).await.unwrap();
                assert_eq!(answer.body(), b"x", "{framed} {is_late}");
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// RFC 9112, 9.3: a server that refuses a request need not read all of it.
pub(crate) async fn an_answer_that_comes_before_the_request_was_sent_is_the_answer(make: Make) {
    let address = server(|mut stream| async move {
        read_head(&mut stream).await;
        let answer = "HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig";
        stream.write_all(answer.as_bytes()).await.unwrap();
        // With the rest unread it closes: our next bytes are answered by a reset.
        tokio::time::sleep(Duration::from_millis(300)).await;
    })
    .await;
    let body = vec![b'x'; 16 << 20];
    let request = http::Request::post(format!("http://{address}/")).body(body).unwrap();
    let answer = client(make).send(request, Limits::new(AMPLE)).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (413, &b"big"[..]));
}

pub(crate) async fn an_answer_that_is_announced_as_too_large_is_given_up_at_once(make: Make) {
    for length in ["67108865", "18446744073709551615"] {
        // It does send a part, as reqwest's caller sees a length only when that is too much.
        let address = server(move |mut stream| async move {
            read_head(&mut stream).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let part = vec![b'x'; 1 << 20];
            while stream.write_all(&part).await.is_ok() {}
        })
        .await;
        let error = get(&*client(make), &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap_err();
        let kinds = [TransportErrorKind::TooLarge, TransportErrorKind::NotHttp];
        assert!(kinds.contains(&error.kind), "{length}: {error}");
    }
}

/// A one-time code, or a user to be made, is not for the transport to send again.
pub(crate) async fn a_request_is_sent_once_where_its_connection_ends_without_an_answer(make: Make) {
    let heads = Arc::new(Mutex::new(0));
    let counted = heads.clone();
    let address = server(move |mut stream| {
        let counted = counted.clone();
        async move {
            read_head(&mut stream).await;
            *counted.lock().unwrap() += 1;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            // The second request is read and not answered.
            read_head(&mut stream).await;
            *counted.lock().unwrap() += 1;
        }
    })
    .await;
    let (client, url) = (client(make), format!("http://{address}/"));
    assert_eq!(get(&*client, &url, Limits::new(AMPLE)).await.unwrap().status(), 200);
    let request = http::Request::post(&url).body(Vec::new()).unwrap();
    let error = client.send(request, Limits::new(AMPLE)).await.unwrap_err();
    assert_eq!((error.kind, *heads.lock().unwrap()), (TransportErrorKind::Interrupted, 2), "{error}");
    assert!(error.may_have_been_sent());
}

/// What a proxy sends behind its answer to CONNECT, without TLS, is not what the server says by TLS.
#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
pub(crate) async fn a_proxy_cannot_answer(module: &str) {
    let authority = tls::authority();
    let behind = tls::secure_server(&authority, &["s3.example"], None).await;
    let connects = Arc::new(Mutex::new(0));
    let counted = connections(&connects);
    let proxy = server(move |mut stream| {
        let number = counted();
        async move {
            read_head(&mut stream).await;
            let forged = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
            // First it behaves, after a word in between.
            let answer = match number {
                1 => "HTTP/1.1 200 Connection established\r\n\r\n".to_owned(),
                _ => format!("HTTP/1.1 200 Connection established\r\n\r\n{forged}"),
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
            let Ok(mut server) = TcpStream::connect(behind).await else { return };
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        }
    })
    .await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", &format!("{module}::forging_child"), "--ignored", "--nocapture"])
        .env("https_proxy", proxy.to_string())
        .env("STS3_TEST_AUTHORITY", authority.pem());
    for name in ["REQUEST_METHOD", "HTTPS_PROXY", "NO_PROXY", "no_proxy"] {
        child.env_remove(name);
    }
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{errors}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(*connects.lock().unwrap(), 2);
}

#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
fn connections(count: &Arc<Mutex<u32>>) -> impl Fn() -> u32 + Send + Sync + use<> {
    let count = count.clone();
    move || {
        let mut count = count.lock().unwrap();
        *count += 1;
        *count
    }
}

#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
pub(crate) async fn forging_child(make: Make) {
    let bundle = std::env::var("STS3_TEST_AUTHORITY").unwrap().into_bytes();
    let client = make(Settings { ca_bundle: Some(bundle), ..Settings::default() });
    let answer = get(&*client, "https://s3.example/", Limits::new(AMPLE)).await.unwrap();
    assert_eq!(answer.body(), b"safe");
    let answer = get(&*client, "https://s3.example/", Limits::new(AMPLE)).await;
    assert!(answer.as_ref().map_or(true, |answer| answer.body() == b"safe"), "{answer:?}");
}
