//! The proxy that a program names for the transport over threads.

use sts3::blocking::HttpClient;

use super::*;

#[tokio::test]
async fn a_proxy_of_the_program_s_own_is_used_but_for_this_machine_and_metadata() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let proxy = answering(heads.clone()).await;
    let server = answering(Arc::default()).await;
    let client =
        HttpClient::builder().proxy(&format!("http://Aladdin:open%20sesame@{proxy}")).build().unwrap();
    let answer = get(&client, "http://bucket.example/by-proxy", Limits::new(AMPLE)).await.unwrap();
    assert_eq!(answer.body(), b"here");
    get(&client, &format!("http://{server}/past"), Limits::new(AMPLE)).await.unwrap();
    get(&client, &format!("http://{server}/past"), Limits::direct(AMPLE, AMPLE)).await.unwrap();
    let heads = heads.lock().unwrap();
    let [head] = &heads[..] else { panic!("{heads:?}") };
    assert!(head.starts_with("GET http://bucket.example/by-proxy HTTP/1.1\r\n"), "{head}");
    // RFC 7617, 2: the example's value.
    assert!(
        head.to_ascii_lowercase().contains("proxy-authorization: basic qwxhzgrpbjpvcgvuihnlc2ftzq==\r\n"),
        "{head}"
    );
}

#[test]
fn what_is_no_proxy_is_refused_where_the_client_is_built_without_its_password() {
    for url in ["", "socks5://user:hush@proxy.example:1080", "http://user:hush@", "http://user:hush@a b"] {
        let error = HttpClient::builder().proxy(url).build().unwrap_err().to_string();
        assert!(error.contains("HttpClientBuilder::proxy") && !error.contains("hush"), "{error}");
    }
    assert!(HttpClient::builder().proxy("nonsense://").no_proxy().build().is_ok());
}

/// Answers every request, and keeps their heads.
async fn answering(heads: Arc<Mutex<Vec<String>>>) -> SocketAddr {
    server(move |mut stream| {
        let heads = heads.clone();
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { return };
                head.push(byte);
            }
            heads.lock().unwrap().push(String::from_utf8(head).unwrap());
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nhere";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await
}
