//! What a program may change of reqwest, and what it may not.

use std::sync::atomic::{AtomicU64, Ordering};

use sts3::runtime::{HttpClient, reqwest};

use super::*;

/// Answers each request of a connection by its path, and counts connections.
async fn counting(connections: Arc<AtomicU64>, heads: Arc<Mutex<Vec<String>>>) -> SocketAddr {
    server(move |mut stream| {
        connections.fetch_add(1, Ordering::SeqCst);
        let heads = heads.clone();
        async move {
            loop {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    head.push(byte);
                }
                let head = String::from_utf8(head).unwrap();
                let answer = if head.starts_with("GET /moved") {
                    "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
                } else {
                    "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere"
                };
                heads.lock().unwrap().push(head);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    })
    .await
}

#[tokio::test]
async fn our_rules_hold_whatever_is_configured() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let address = counting(Arc::default(), heads.clone()).await;
    let client = HttpClient::builder()
        .configure(|builder| {
            let encodings = http::HeaderValue::from_static("gzip");
            builder
                .redirect(reqwest::redirect::Policy::limited(10))
                .default_headers(http::HeaderMap::from_iter([(http::header::ACCEPT_ENCODING, encodings)]))
                .connection_verbose(true)
                .referer(true)
        })
        .build()
        .unwrap();
    let answer = get(&client, &format!("http://{address}/moved"), Limits::new(AMPLE)).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (302, &"/elsewhere".parse().unwrap())
    );
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1, "nothing was followed: {heads:?}");
    assert!(
        heads[0].contains("accept-encoding: identity\r\n") && heads[0].contains(" HTTP/1.1\r\n"),
        "{heads:?}"
    );
}

#[tokio::test]
async fn the_pool_can_be_configured() {
    for (idle, expected) in [(None, 1), (Some(0), 3)] {
        let connections = Arc::new(AtomicU64::new(0));
        let address = counting(connections.clone(), Arc::default()).await;
        let mut builder = HttpClient::builder();
        if let Some(idle) = idle {
            builder = builder.configure(move |builder| builder.pool_max_idle_per_host(idle));
        }
        let client = builder.build().unwrap();
        for _ in 0..3 {
            get(&client, &format!("http://{address}/"), Limits::new(AMPLE)).await.unwrap();
            // The connection goes back into the pool.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(connections.load(Ordering::SeqCst), expected, "{idle:?}");
    }
}

#[tokio::test]
async fn names_can_be_resolved_by_the_program_but_not_those_of_this_machine() {
    let here = counting(Arc::default(), Arc::default()).await;
    let elsewhere: SocketAddr = ([127, 0, 0, 2], here.port()).into();
    let client = HttpClient::builder()
        .configure(move |builder| {
            builder.no_proxy().resolve("bucket.example", here).resolve("localhost", elsewhere)
        })
        .build()
        .unwrap();
    for host in ["bucket.example", "x.localhost"] {
        let url = format!("http://{host}:{}/", here.port());
        assert_eq!(get(&client, &url, Limits::new(AMPLE)).await.unwrap().body(), b"here", "{host}");
    }
}

#[tokio::test]
async fn a_proxy_can_be_configured_and_loopback_and_metadata_go_past_it() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let proxy = counting(Arc::default(), heads.clone()).await;
    let server = counting(Arc::default(), Arc::default()).await;
    let url = format!("http://{proxy}");
    let client = HttpClient::builder()
        .configure(move |builder| {
            builder.no_proxy().proxy(reqwest::Proxy::all(&url).unwrap()).resolve("metadata.example", server)
        })
        .build()
        .unwrap();
    get(&client, "http://bucket.example/by-proxy", Limits::new(AMPLE)).await.unwrap();
    get(&client, &format!("http://{server}/past"), Limits::new(AMPLE)).await.unwrap();
    let direct = Limits::direct(AMPLE, AMPLE);
    get(&client, &format!("http://metadata.example:{}/past", server.port()), direct).await.unwrap();
    let heads = heads.lock().unwrap();
    assert!(
        heads.len() == 1 && heads[0].starts_with("GET http://bucket.example/by-proxy HTTP/1.1"),
        "{heads:?}"
    );
}
