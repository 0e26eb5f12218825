//! Another crate of the same program has switched reqwest's decompression on, for every client in it. Those of sts3 must
//! give bodies as they came all the same.

use std::{error::Error, time::Duration};

use sts3::runtime::{HttpClient, Limits, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// What `gzip` makes of `hello`.
const GZIP: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 16_384]).await;
            let head = format!("content-encoding: gzip\r\ncontent-length: {}\r\nconnection: close", GZIP.len());
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes()).await;
            let _ = stream.write_all(GZIP).await;
        }
    });
    // The feature is on: otherwise this shows nothing.
    let decoded = reqwest::get(&url).await?.bytes().await?;
    assert_eq!(decoded, "hello".as_bytes());

    let request = http::Request::get(&url).body(Vec::new())?;
    let answer = HttpClient::builder().build()?.send(request, Limits::new(Duration::from_secs(10))).await?;
    assert_eq!(answer.body(), GZIP);
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    println!("bodies stay as they came");
    Ok(())
}
