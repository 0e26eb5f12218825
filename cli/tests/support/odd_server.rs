//! A server that lists as a test says, and `sts3` called on it.
#![allow(unreachable_pub, reason = "part of a test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{self, Ended};

/// Milliseconds. A server that is close is asked for one page after the other.
pub const FAR: u64 = 20;

/// The status and body for a query, and the number of the request.
pub type Answer = fn(&Query, u64) -> (u16, String);

pub struct Query(pub String);

impl Query {
    pub fn get(&self, name: &str) -> Option<String> {
        let value = self.0.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(value.replace("%2F", "/"))
    }
}

pub async fn start(answer: Answer, latency: u64) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicU64::new(0));
    let count = requests.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answer, latency, count.clone()));
        }
    });
    (url, requests)
}

async fn serve(
    mut stream: TcpStream,
    answer: Answer,
    latency: u64,
    requests: Arc<AtomicU64>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        head.clear();
        let target = text.split(' ').nth(1).unwrap_or_default();
        let query = Query(target.split_once('?').map_or("", |(_, query)| query).to_owned());
        let (status, body) = answer(&query, requests.fetch_add(1, Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(latency)).await;
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await?;
    }
}

pub fn page(numbers: impl Iterator<Item = u64>, next: &str) -> (u16, String) {
    let keys: String =
        numbers.map(|n| format!("<Contents><Key>{}</Key><Size>1</Size></Contents>", key(n))).collect();
    let body = format!(
        "<ListBucketResult><IsTruncated>{}</IsTruncated>{keys}{next}</ListBucketResult>",
        !next.is_empty()
    );
    (200, body)
}

pub fn token(at: impl std::fmt::Display) -> String {
    format!("<NextContinuationToken>{at}</NextContinuationToken>")
}

pub fn key(number: u64) -> String {
    format!("key/{number:06}")
}

pub const KEYS: u64 = 8_000;

/// 8,000 keys in pages of 1,000. A start is honoured as `started` says: the first key, or what is answered instead.
pub fn bucket(query: &Query, started: fn(&str) -> Result<u64, (u16, String)>) -> (u16, String) {
    let start = query.get("start-after").or(query.get("marker"));
    let from = match (query.get("continuation-token"), start) {
        (Some(token), _) => Ok(token.parse().unwrap()),
        (None, Some(start)) => started(&start),
        (None, None) => Ok(0),
    };
    let from = match from {
        Ok(from) => from,
        Err(answer) => return answer,
    };
    let to = (from + 1000).min(KEYS);
    page(from..to, &if to < KEYS { token(to) } else { String::new() })
}

/// The key behind one that exists.
pub fn behind(start: &str) -> Option<u64> {
    let number: u64 = start.strip_prefix("key/").filter(|digits| digits.len() == 6)?.parse().ok()?;
    (number < KEYS).then_some(number + 1)
}

pub async fn sts3(url: &str, arguments: &[&str]) -> Ended {
    let mut command = support::sts3(arguments);
    command.args([
        "--endpoint-url",
        url,
        "--no-sign-request",
        "--region",
        "us-east-1",
        "--max-attempts",
        "1",
    ]);
    support::end(command).await
}
