//! No runtime, no HTTP library: a `Call` is asked what to send, and told what came back. (The library without
//! its default features; here over a plain `TcpStream`, so for servers without TLS.)
//!
//! ```sh
//! cargo run --example sans_io -- demo
//! ```

use std::{
    env,
    error::Error,
    hash::{BuildHasher, Hasher, RandomState},
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use sts3::{Call, Credentials, Endpoint, Region, RetryPolicy, Step, s3::ListObjectsV2, s3::Paged};
use time::OffsetDateTime;

/// A number that no other call has, from the keys of the standard library's hash tables.
fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn main() -> Result<(), Box<dyn Error>> {
    let bucket = env::args().nth(1).ok_or("usage: sans_io BUCKET")?;
    let endpoint =
        Endpoint::new(Region::new(env::var("AWS_REGION")?)?).with_url(env::var("AWS_ENDPOINT_URL")?.parse()?);
    let credentials =
        Credentials::new(env::var("AWS_ACCESS_KEY_ID")?, env::var("AWS_SECRET_ACCESS_KEY")?.as_str());
    let (mut next, mut keys) = (Some(ListObjectsV2::new(bucket)), 0);
    while let Some(operation) = next {
        let mut call = Call::new(&operation, &endpoint, Some(&credentials), RetryPolicy::default(), seed());
        let page = loop {
            match call.step(OffsetDateTime::now_utc()) {
                Step::Send(request) => call.receive(send(request)?),
                Step::Wait(delay) => thread::sleep(delay),
                Step::Done(result) => break result?,
            }
        };
        keys += page.objects().len();
        next = operation.next(&page)?;
    }
    println!("{keys} keys");
    Ok(())
}

/// The least that is HTTP: one connection for each request, a body of known length.
fn send(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Box<dyn Error>> {
    let host = request.uri().authority().ok_or("a request without a host")?.as_str();
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    write!(stream, "{} {target} HTTP/1.1\r\nconnection: close\r\n", request.method())?;
    for (name, value) in request.headers() {
        write!(stream, "{name}: {}\r\n", value.to_str()?)?;
    }
    write!(stream, "content-length: {}\r\n\r\n", request.body().len())?;
    stream.write_all(request.body())?;

    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let status: u16 = line.split(' ').nth(1).ok_or("no status")?.parse()?;
    let mut response = http::Response::builder().status(status);
    loop {
        line.clear();
        answer.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        response = response.header(name, value.trim());
    }
    let mut body = Vec::new();
    answer.read_to_end(&mut body)?;
    Ok(response.body(body)?)
}
