//! The way to a server: loopback, the environment's proxies, and what goes past them.

use super::*;

/// RFC 6761, 6.3. Few resolvers know such names; ours do not ask one.
pub(crate) async fn names_of_localhost_are_this_machine_without_being_looked_up(make: Make) {
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

/// What the child asks for, in this order.
const PROXIED: [&str; 4] = [
    "http://minio.example:9000/a?b",
    "https://s3.example/",
    "http://inside.example/",
    "http://x.localhost:1/",
];

/// The environment is the process's: each transport is asked in a process of its own.
pub(crate) async fn proxies_are_used(module: &str) {
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

pub(crate) async fn proxied_child(make: Make) {
    let client = client(make);
    for url in PROXIED {
        let told = match get(&*client, url, Limits::new(AMPLE)).await {
            Ok(answer) => format!("{} {}", answer.status().as_u16(), String::from_utf8_lossy(answer.body())),
            Err(error) => format!("{:?} {}", error.kind, error.problem),
        };
        println!("told: {told}");
    }
}
