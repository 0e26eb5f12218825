//! Requests to the sandbox's S3 as they go over the wire, signed with its long-lived keys.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use sts3::sigv4::{Payload, Request, Scope, Signer, Timestamp};
use sts3_sandbox::Sandbox;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::user;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// One signed request over a connection of its own, and the answer as it comes.
pub async fn send(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let host = sandbox.url().replace("http://", "");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let headers = [&[("host", host.as_str())], headers].concat();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request::new(method, path).query(query).headers(&headers);
    let user = user();
    let signer = Signer::new(user.keys(), Scope::new("us-east-1", "s3"));
    let now = Timestamp::from_unix_seconds(now.as_secs());
    let signed = signer.sign(&request.payload(Payload::Bytes(body.as_bytes())), now).unwrap();
    let mut head =
        format!("{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in &headers {
        head += &format!("{name}: {value}\r\n");
    }
    for (name, value) in signed.headers() {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(&host).await.unwrap();
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    Answer {
        status,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}
