//! Servers that mean harm, or are broken as if they did: bounded memory, bounded time, a clear error, and
//! nothing of theirs steers a terminal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::time::{Duration, Instant};

use support::Ended;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a server does once it has read a request's head.
#[derive(Clone)]
enum Harm {
    /// These bytes, and the end.
    Bytes(Vec<u8>),
    /// These bytes, then others again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, then one of the others every 50 ms.
    Drip(Vec<u8>, u8),
}

async fn start(harm: Harm) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, harm.clone()));
        }
    });
    url
}

async fn serve(mut stream: TcpStream, harm: Harm) -> std::io::Result<()> {
    let mut head = vec![0; 16_384];
    let _ = stream.read(&mut head).await?;
    match harm {
        Harm::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Harm::Endless(first, rest) => {
            stream.write_all(&first).await?;
            // Two gigabytes at most: an endless test helps nobody.
            for _ in 0..(2_usize << 30) / rest.len() {
                stream.write_all(&rest).await?;
            }
            Ok(())
        }
        Harm::Drip(first, byte) => {
            stream.write_all(&first).await?;
            for _ in 0..2_000 {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        }
    }
}

/// An answer with this status, these header lines and this body.
fn answer(status: &str, headers: &str, body: &[u8]) -> Harm {
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    Harm::Bytes([head.as_bytes(), body].concat())
}

fn page(body: &str) -> Harm {
    answer("200 OK", "content-type: application/xml\r\n", body.as_bytes())
}

/// `sts3 ls -r` with half a gigabyte of address space, one attempt, and two seconds for it.
async fn list(harm: Harm) -> (Ended, Duration) {
    list_with("", harm).await
}

/// The same with one more option.
async fn list_with(option: &str, harm: Harm) -> (Ended, Duration) {
    let url = start(harm).await;
    let program = env!("CARGO_BIN_EXE_sts3");
    let limited = format!(
        "ulimit -v 524288; exec {program} ls -r s3://bucket --endpoint-url {url} --max-attempts 1 --attempt-timeout 2s \
         {option}"
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &limited]).env_clear().env("HOME", "nowhere");
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    let began = Instant::now();
    (support::end(command).await, began.elapsed())
}

/// Nothing but text reaches the terminal, in few lines, and no trace of a panic.
fn assert_clean(name: &str, ended: &Ended, took: Duration) {
    let shown = format!("{}{}", ended.stdout, ended.stderr);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{name}: {shown:?}");
    assert!(!shown.contains("panicked") && ended.code != Some(101), "{name}: {shown}");
    assert!(ended.stderr.lines().count() <= 3 && ended.stderr.len() < 5_000, "{name}: {}", ended.stderr);
    // A guard against hangs, not a promise of speed: builds for tests read a flood of interim answers slowly.
    assert!(took < Duration::from_secs(60), "{name}: {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_cannot_be_read_are_errors_in_bounded_memory_and_time() {
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let big = b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n".to_vec();
    let chunk = [b"10000\r\n".as_slice(), &vec![b'<'; 0x10000], b"\r\n"].concat();
    let open = b"HTTP/1.1 200 OK\r\n".to_vec();
    let many_headers: String = (0..100_000).map(|number| format!("x-{number}: y\r\n")).collect();
    let entities: String =
        (1..=20).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY e0 \"boom\">{entities}]><ListBucketResult><Name>&e20;</Name></ListBucketResult>"
    );
    let deep = format!("<ListBucketResult>{}", "<a>".repeat(100_000));
    let attributes: String = (0..200_000).map(|number| format!(" a{number}=\"b\"")).collect();
    let key = |key: &str| {
        format!(
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>{key}</Key><Size>1</Size></Contents></ListBucketResult>"
        )
    };
    let mut not_utf8 = key("abc").into_bytes();
    let at = not_utf8.windows(3).position(|part| part == b"abc").unwrap();
    not_utf8[at] = 0xFF;
    let token = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken></ListBucketResult>";
    let cases = [
        ("a gigabyte", Harm::Endless(big.clone(), vec![0; 65_536]), "larger than 67108864 bytes"),
        ("endless chunks", Harm::Endless(chunked.clone(), chunk), "larger than 67108864 bytes"),
        ("100,000 headers", answer("200 OK", &many_headers, b""), "message head is too large"),
        ("endless headers", Harm::Endless(open.clone(), b"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".to_vec()), "could not"),
        ("one endless header", Harm::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'y'; 65_536]), "could not"),
        ("interim answers without end", Harm::Endless(b"".to_vec(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()), "within 2s"),
        ("slow head", Harm::Drip(open, b'x'), "within 2s"),
        ("slow body", Harm::Drip(big, b'<'), "within 2s"),
        ("HTTP/0.9", Harm::Bytes(key("abc").into_bytes()), "could not"),
        ("not HTTP", Harm::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), "could not"),
        ("nothing", Harm::Bytes(Vec::new()), "lost the connection"),
        ("a length below zero", Harm::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_vec()), "could not"),
        ("two lengths", Harm::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n<>".to_vec()), "could not"),
        ("less than announced", Harm::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<ListBucketResult>".to_vec()), "lost the connection"),
        ("chunks that stop", Harm::Bytes([&chunked[..], b"5\r\n<List"].concat()), "lost the connection"),
        ("chunks of no size", Harm::Bytes([&chunked[..], b"zz\r\n<List\r\n"].concat()), "lost the connection"),
        ("an empty body", page(""), "could not read ListBucketResult"),
        ("entities that grow", page(&bomb), "could not read ListBucketResult"),
        ("an external entity", page("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><ListBucketResult><Name>&x;</Name></ListBucketResult>"), "could not read"),
        ("a hundred thousand levels", page(&deep), "deeper than 32"),
        ("200,000 attributes", page(&format!("<ListBucketResult{attributes}></ListBucketResult>")), "no IsTruncated"),
        ("no UTF-8", answer("200 OK", "", &not_utf8), "invalid UTF-8 at byte"),
        ("a NUL by reference", page(&key("a&#0;b")), "could not read ListBucketResult"),
        ("HTML", answer("200 OK", "content-type: text/html\r\n", b"<html><body><h1>Welcome!</h1></body></html>"), "the root element is `html`"),
        ("JSON", page("{\"error\": \"not found\"}"), "could not read"),
        ("a size below zero", page(&key("a").replace("<Size>1", "<Size>-1")), "is not a size in bytes"),
        ("a size beyond 64 bits", page(&key("a").replace("<Size>1", "<Size>99999999999999999999999")), "is not a size in bytes"),
        ("the same token for ever", page(token), "the token that was just used"),
        ("truncated without a token", page("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"), "no NextContinuationToken"),
        ("a refusal with escapes", answer("403 Forbidden", "x-amz-request-id: \u{9b}31mred\r\n", "<Error><Code>\u{1b}]0;x\u{7}Bad</Code><Message>\u{1b}[2J&#x9b;1m\u{202e}moc.live</Message></Error>".as_bytes()), "was refused"),
        ("a refusal of a megabyte", answer("403 Forbidden", "", format!("<Error><Code>X</Code><Message>{}</Message></Error>", "no ".repeat(400_000)).as_bytes()), "was refused"),
        ("a refusal that is HTML", answer("502 Bad Gateway", "content-type: text/html\r\n", b"<html>bad gateway</html>"), "502"),
        ("a redirect to itself", answer("301 Moved Permanently", "location: /\r\n", b""), "301"),
        ("a status beyond", Harm::Bytes(b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n".to_vec()), "999"),
    ];
    println!("| answer | said | time |\n| --- | --- | --- |");
    for (name, harm, expected) in cases {
        let (ended, took) = list(harm).await;
        let first = ended.stderr.lines().next().unwrap_or_default();
        println!("| {name} | {first:.150} | {:.1} s |", took.as_secs_f64());
        assert!(matches!(ended.code, Some(1 | 3)), "{name}: {:?} {}", ended.code, ended.stderr);
        assert!(ended.stderr.contains(expected), "{name}: no `{expected}` in: {}", ended.stderr);
        assert_clean(name, &ended, took);
    }
}

/// 400,000 parameters and headers in 20 MB are no request that was ever sent: neither with nor without `-v` are they
/// compared.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_says_it_saw_a_request_of_20_mb_is_told_at_once() {
    let value = "v".repeat(42);
    let query: Vec<String> = (0..200_000).map(|at| format!("p{at}={value}")).collect();
    let headers: String = (0..200_000).map(|at| format!("h{at}:{value}\n")).collect();
    let body = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>GET\n/\n{}\n{headers}\nhost\nUNSIGNED-PAYLOAD\
         </CanonicalRequest></Error>",
        query.join("&amp;")
    );
    assert!(body.len() > 19_000_000);
    for (option, said) in [("", "-v shows which part differs"), ("-v", "larger than the head of any request")]
    {
        let (ended, took) = list_with(option, answer("403 Forbidden", "", body.as_bytes())).await;
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(said), "{option}: {}", ended.stderr);
        assert!(ended.stderr.len() < 5_000 && took < Duration::from_secs(10), "{option}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_steer_terminals_are_shown_and_handed_on_as_they_are() {
    let keys = [
        "\u{1b}[31mred",
        "bell\u{7}",
        "tab\there",
        "line\nbreak",
        "\u{9b}2J",
        "\u{202e}exe.txt",
        "nul-free\u{1}",
    ];
    let contents: String = keys
        .iter()
        .map(|key| {
            let escaped: String = key
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("%{:02X}", c as u32) })
                .collect();
            // encoding-type=url is how S3 sends them: XML 1.0 has no such characters.
            let encoded = if key.is_ascii() {
                escaped
            } else {
                key.bytes().map(|byte| format!("%{byte:02X}")).collect()
            };
            format!("<Contents><Key>{encoded}</Key><Size>1</Size></Contents>")
        })
        .collect();
    let body = format!(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    );
    let (ended, took) = list(page(&body)).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_clean("keys", &ended, took);
    assert_eq!(ended.stdout.lines().count(), keys.len(), "{}", ended.stdout);
    assert!(!ended.stdout.contains('\u{202e}'), "{}", ended.stdout);
}
