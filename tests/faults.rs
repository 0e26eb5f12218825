//! Bad days: what a listing makes of them. Every key is still listed, and none twice; the table at the end
//! says what it cost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sts3::{
    Client, ClientBuilder, Concurrency, Error, providers::AssumeRoleProvider, runtime::HttpClient,
    s3::ListObjectsV2,
};
use sts3_sandbox::{BucketSpec, Distribution, Sandbox, SandboxBuilder, SyntheticKeys};
use support::{READER, client, outcomes, start, user};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const PAGE: u32 = 100;

/// One line of the table.
struct Row {
    fault: &'static str,
    expected: usize,
    listed: usize,
    requests: u64,
    pages: u64,
    time: Duration,
}

fn bucket(pages: u64) -> (BucketSpec, Vec<String>) {
    let count = pages * u64::from(PAGE);
    let keys = SyntheticKeys::new(Distribution::Numeric, count);
    let keys = (0..count).map(|rank| keys.key(rank).unwrap()).collect();
    (BucketSpec::synthetic("numbers", Distribution::Numeric, count), keys)
}

/// List the bucket of a sandbox with a fault, with one request after the other or with many at once.
async fn row(
    fault: &'static str,
    pages: u64,
    concurrency: usize,
    sandbox: SandboxBuilder,
    configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Row {
    let (spec, expected) = bucket(pages);
    let sandbox = start(sandbox.bucket(spec)).await;
    let client = configure(client(&sandbox).credentials(user())).build().unwrap();
    let began = Instant::now();
    let listing = client.list_objects_v2("numbers").max_keys(PAGE);
    let listed = keys(listing.parallel(Concurrency::Requests(concurrency))).await;
    let listed = listed.unwrap_or_else(|error| panic!("{fault}: {error}"));
    assert!(listed == expected, "{fault}: {} of {} keys", listed.len(), expected.len());
    let (listed, expected) = (listed.len(), expected.len());
    let requests = sandbox.count("ListObjectsV2") + sandbox.count("unanswered");
    Row { fault, expected, listed, requests, pages, time: began.elapsed() }
}

async fn keys(mut pages: sts3::ParallelPages) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await? {
        keys.extend(page.keys().map(str::to_owned));
    }
    Ok(keys)
}

fn impatient(builder: ClientBuilder) -> ClientBuilder {
    let http = HttpClient::builder().read_timeout(Duration::from_millis(400)).build().unwrap();
    builder.max_attempts(6).transport(http)
}

fn more_attempts(builder: ClientBuilder) -> ClientBuilder {
    builder.max_attempts(6)
}

fn as_it_is(builder: ClientBuilder) -> ClientBuilder {
    builder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_day_costs_time_and_requests_but_no_key() {
    let sandbox = Sandbox::builder;
    let ms = Duration::from_millis;
    let role = |builder: ClientBuilder| {
        builder.credentials(AssumeRoleProvider::new(READER, "faults").source(user()))
    };
    let rows = vec![
        row("nothing", 200, 1, sandbox(), as_it_is).await,
        row("5 % 500s", 200, 1, sandbox().error_rate(0.05), more_attempts).await,
        row("5 % truncated bodies", 200, 1, sandbox().truncate_rate(0.05), more_attempts).await,
        row(
            "both, 8 requests at once",
            200,
            8,
            sandbox().error_rate(0.05).truncate_rate(0.05).latency(ms(5)),
            more_attempts,
        )
        .await,
        row(
            "503 SlowDown at 20 requests a second",
            60,
            8,
            sandbox().slowdown_rps(20).latency(ms(20)),
            as_it_is,
        )
        .await,
        row("2 % connection resets", 200, 1, sandbox().reset_rate(0.02), more_attempts).await,
        row("2 % stalls for ever", 200, 4, sandbox().stall_rate(0.02).latency(ms(2)), impatient).await,
        row("clock an hour ahead", 20, 1, sandbox().clock_skew(3600), as_it_is).await,
        row("clock an hour behind", 20, 1, sandbox().clock_skew(-3600), as_it_is).await,
        row(
            "credentials that live 2 s",
            200,
            1,
            sandbox().session_lifetime(Duration::from_secs(2)).latency(ms(25)),
            role,
        )
        .await,
        row("300 ms latency", 60, 24, sandbox().latency(ms(300)), as_it_is).await,
        idle_connections_are_closed().await,
        wrong_region().await,
        redirect_loop().await,
        redirect_to_another_host().await,
    ];
    println!("| fault | keys | listed | pages | requests | time |\n| --- | --- | --- | --- | --- | --- |");
    for Row { fault, expected, listed, requests, pages, time } in &rows {
        println!("| {fault} | {expected} | {listed} | {pages} | {requests} | {:.1} s |", time.as_secs_f64());
    }
    // Each fault must have happened, or the line says nothing.
    for row in &rows {
        let is_free =
            ["nothing", "300 ms latency", "credentials that live 2 s", CLOSED, LURED].contains(&row.fault);
        assert!(is_free || row.requests > row.pages, "{}: {} requests", row.fault, row.requests);
        assert!(row.requests <= row.pages * 2, "{}: {} requests", row.fault, row.requests);
    }
}

const CLOSED: &str = "a proxy closes idle connections";

/// A proxy in between, which closes connections that have been idle for a moment, as load balancers do.
async fn idle_connections_are_closed() -> Row {
    const IDLE: Duration = Duration::from_millis(30);
    let pages = 20;
    let (spec, expected) = bucket(pages);
    let sandbox = start(Sandbox::builder().bucket(spec)).await;
    let server = sandbox.url().strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicU64::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move {
                let (mut up, mut down) = ([0; 16_384], [0; 16_384]);
                loop {
                    tokio::select! {
                        read = client.read(&mut up) => match read {
                            Ok(count @ 1..) => server.write_all(&up[..count]).await.unwrap(),
                            _ => return,
                        },
                        read = server.read(&mut down) => match read {
                            Ok(count @ 1..) => if client.write_all(&down[..count]).await.is_err() { return },
                            _ => return,
                        },
                        () = tokio::time::sleep(IDLE) => return,
                    }
                }
            });
        }
    });
    let client = client(&sandbox).endpoint_url(proxy).credentials(user()).build().unwrap();
    let began = Instant::now();
    let mut listed = Vec::new();
    let mut walked = client.pages(ListObjectsV2::new("numbers").max_keys(PAGE));
    while let Some(page) = walked.next().await.unwrap() {
        listed.extend(page.keys().map(str::to_owned));
        // About as long as the proxy waits: some requests meet a connection that is just being closed.
        tokio::time::sleep(IDLE).await;
    }
    assert!(listed == expected);
    let connections = connections.load(Ordering::Relaxed);
    assert!(connections > pages / 2, "the proxy closed nothing: {connections} connections");
    Row {
        fault: CLOSED,
        expected: expected.len(),
        listed: listed.len(),
        requests: sandbox.count("ListObjectsV2"),
        pages,
        time: began.elapsed(),
    }
}

async fn count(client: &Client, bucket: &str) -> Result<usize, Error> {
    let mut pages = client.pages(ListObjectsV2::new(bucket).max_keys(PAGE));
    let mut keys = 0;
    while let Some(page) = pages.next().await? {
        keys += page.objects().len();
    }
    Ok(keys)
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_corrected_once() {
    for skew in [3600, -3600] {
        let sandbox = start(Sandbox::builder().bucket(bucket(10).0).clock_skew(skew)).await;
        let role = AssumeRoleProvider::new(READER, "test").source(user());
        let client = client(&sandbox).credentials(role).build().unwrap();
        assert_eq!(count(&client, "numbers").await.unwrap(), 1_000, "{skew}");
        // One refusal at STS and one at S3, then the offset is known.
        assert_eq!(
            outcomes(&sandbox, "AssumeRole"),
            [("OK".to_owned(), 1), ("SignatureDoesNotMatch".to_owned(), 1)].into()
        );
        assert_eq!(
            outcomes(&sandbox, "ListObjectsV2"),
            [("OK".to_owned(), 10), ("RequestTimeTooSkewed".to_owned(), 1)].into()
        );
    }
}

#[tokio::test]
async fn throttling_slows_a_listing_down_but_does_not_shorten_it() {
    let sandbox = start(Sandbox::builder().bucket(bucket(10).0).slowdown_rps(6)).await;
    let client = client(&sandbox).credentials(user()).max_attempts(10).build().unwrap();
    assert_eq!(count(&client, "numbers").await.unwrap(), 1_000);
    assert!(outcomes(&sandbox, "ListObjectsV2")["SlowDown"] > 0, "{:?}", sandbox.counts());
}

#[tokio::test]
async fn attempts_end() {
    let sandbox = start(Sandbox::builder().bucket(bucket(1).0).error_rate(1.0)).await;
    let client = client(&sandbox).credentials(user()).max_attempts(3).build().unwrap();
    let error = count(&client, "numbers").await.unwrap_err();
    assert_eq!(error.as_service_error().unwrap().code, "InternalError");
    assert_eq!(sandbox.count("ListObjectsV2"), 3);
}

/// A bucket elsewhere costs one request for all of a listing.
async fn wrong_region() -> Row {
    let (spec, expected) = bucket(20);
    let sandbox = start(Sandbox::builder().bucket(spec.region("eu-central-1"))).await;
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let began = Instant::now();
    let listed = count(&client, "numbers").await.unwrap();
    assert_eq!(listed, expected.len());
    let requests = sandbox.count("ListObjectsV2");
    assert_eq!((outcomes(&sandbox, "ListObjectsV2")["OK"], requests), (20, 21), "{:?}", sandbox.counts());
    Row {
        fault: "a wrong region",
        expected: expected.len(),
        listed,
        requests,
        pages: 20,
        time: began.elapsed(),
    }
}

/// A server that answers every request alike, and how often it was asked.
async fn always(answer: impl Fn(u64) -> String + Send + Sync + 'static) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicU64::new(0));
    let counted = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut part = [0; 4096];
                match stream.read(&mut part).await {
                    Ok(count @ 1..) => head.extend_from_slice(&part[..count]),
                    _ => break,
                }
            }
            let number = counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(answer(number).as_bytes()).await;
        }
    });
    (url, requests)
}

fn redirect(code: &str, location: &str, region: &str) -> String {
    let body =
        format!("<Error><Code>{code}</Code><Message>over there</Message><Region>{region}</Region></Error>");
    format!(
        "HTTP/1.1 301 Moved Permanently\r\nlocation: {location}\r\nx-amz-bucket-region: {region}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Ends after the second request.
async fn redirect_loop() -> Row {
    let regions = ["eu-central-1", "us-east-1"];
    let (url, requests) =
        always(move |number| redirect("PermanentRedirect", "/", regions[number as usize % 2])).await;
    let began = Instant::now();
    let client = Client::builder().region("us-east-1").endpoint_url(url).credentials(user()).build().unwrap();
    let error = client.list_objects_v2("bucket").send().await.unwrap_err();
    assert_eq!(error.as_service_error().unwrap().code, "PermanentRedirect");
    let requests = requests.load(Ordering::Relaxed);
    assert_eq!(requests, 2);
    Row {
        fault: "a redirect loop (an error)",
        expected: 0,
        listed: 0,
        requests,
        pages: 1,
        time: began.elapsed(),
    }
}

const LURED: &str = "a redirect to another host (an error)";

/// Neither `Location` nor `<Endpoint>` takes credentials anywhere.
async fn redirect_to_another_host() -> Row {
    let (evil, lured) =
        always(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()).await;
    let (began, mut sent) = (Instant::now(), 0);
    for code in ["PermanentRedirect", "TemporaryRedirect", "Found"] {
        let target = format!("{evil}/bucket");
        let (url, requests) = always(move |_| redirect(code, &target, "us-east-1")).await;
        let client =
            Client::builder().region("us-east-1").endpoint_url(url).credentials(user()).build().unwrap();
        let error = client.list_objects_v2("bucket").send().await.unwrap_err();
        assert_eq!(error.as_service_error().unwrap().code, code);
        assert_eq!(requests.load(Ordering::Relaxed), 1, "{code}");
        sent += 1;
    }
    assert_eq!(lured.load(Ordering::Relaxed), 0, "a redirect was followed to another host");
    Row { fault: LURED, expected: 0, listed: 0, requests: sent, pages: 3, time: began.elapsed() }
}
