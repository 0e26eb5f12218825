//! Every exchange ends: at which limit, and what the error then says.

use super::*;

pub(crate) async fn a_server_that_accepts_and_never_answers_is_given_up_at_the_limit(make: Make) {
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
pub(crate) async fn an_answer_that_drips_for_ever_is_given_up_at_the_limit(make: Make) {
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

pub(crate) async fn an_answer_that_stops_is_given_up_at_the_read_limit_which_is_named(make: Make) {
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
pub(crate) async fn a_host_that_does_not_accept_is_given_up_at_the_limit_for_connections(make: Make) {
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

pub(crate) async fn an_exchange_that_is_dropped_closes_its_connection(make: Make) {
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
