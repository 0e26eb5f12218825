//! Proxies of the environment: never for this machine, named when they are dead, an error when they are none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use support::{Ended, end, sandbox, sts3};
use tokio::{io::AsyncWriteExt, net::TcpListener};

/// A proxy that refuses everything, and how many connections it has seen.
async fn proxy() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicU64::new(0));
    let counted = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    (url, seen)
}

/// List a bucket of an endpoint with these variables.
async fn list(url: &str, variables: &[(&str, &str)]) -> Ended {
    let mut command =
        sts3(&["ls", "s3://demo", "--endpoint-url", url, "--max-attempts", "1", "--allow-http"]);
    command
        .env("AWS_ACCESS_KEY_ID", sts3_sandbox::ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", sts3_sandbox::SECRET_ACCESS_KEY)
        .envs(variables.iter().copied());
    end(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_this_machine_go_to_no_proxy_whatever_name_it_has() {
    let (sandbox, (proxy, seen)) = (sandbox().await, proxy().await);
    let port = sandbox.url().rsplit_once(':').unwrap().1.to_owned();
    // The sandbox takes `s3` for a bucket's name: that is an answer of it as well.
    for (host, code) in [("127.0.0.1", 0), ("localhost", 0), ("s3.localhost", 1)] {
        for variable in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
            let ended = list(&format!("http://{host}:{port}"), &[(variable, &proxy)]).await;
            assert_eq!(ended.code, Some(code), "{host} with {variable}: {}", ended.stderr);
        }
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0, "a request of this machine went to a proxy");
    // Others do.
    let ended = list("http://minio.example:9000", &[("http_proxy", &proxy)]).await;
    assert_ne!(ended.code, Some(0));
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_proxy_is_named_with_its_variable_and_without_its_password() {
    let dead = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    for (variable, url) in [
        ("http_proxy", "http://minio.example:9000"),
        ("HTTPS_PROXY", "https://s3.example"),
        ("ALL_PROXY", "https://s3.example"),
    ] {
        let ended = list(url, &[(variable, &format!("http://user:hush@{dead}"))]).await;
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        let named = format!("by the proxy http://{dead} of {variable}");
        assert!(ended.stderr.contains(&named) && !ended.stderr.contains("hush"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_is_named() {
    let (proxy, _) = proxy().await;
    let ended = list("https://s3.example", &[("https_proxy", &proxy)]).await;
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("the proxy {proxy} of https_proxy")), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_proxy_setting_is_an_error_that_names_the_variable() {
    let (sandbox, url) = (sandbox().await, "https://s3.example");
    for value in ["nonsense://", "socks5://127.0.0.1:1080", "http://"] {
        let ended = list(url, &[("HTTPS_PROXY", value)]).await;
        assert_eq!(ended.code, Some(3), "{value}: {}", ended.stderr);
        assert!(ended.stderr.contains("s3.example: HTTPS_PROXY is `"), "{}", ended.stderr);
        // Requests that go by no proxy need none.
        for variable in ["HTTPS_PROXY", "ALL_PROXY", "http_proxy"] {
            assert_eq!(list(&sandbox.url(), &[(variable, value)]).await.code, Some(0), "{variable}={value}");
        }
    }
}
