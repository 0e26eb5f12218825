//! A reader's pause is no time-out of the transport over reqwest either. The server has a thread of its own, whose time
//! goes on as usual; the client's clock jumps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use sts3::{
    Client, Concurrency, TransportErrorKind, http,
    runtime::{Event, HttpClient, Limits, Transport},
};

/// A server that answers each request with what this makes of its head.
fn server(answer: impl Fn(&str) -> Vec<u8> + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (answer, stream) = (answer.clone(), stream.unwrap());
            std::thread::spawn(move || serve(stream, answer));
        }
    });
    address
}

fn serve(mut stream: TcpStream, answer: impl Fn(&str) -> Vec<u8>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
        if head.ends_with(b"\r\n\r\n") {
            let bytes = answer(&String::from_utf8_lossy(&head));
            if stream.write_all(&bytes).is_err() {
                return;
            }
            head.clear();
        }
    }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend(body);
    answer
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The clock of the client and of its timers goes on by a minute while nobody polls.
async fn pause_for_a_minute() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn an_answer_that_waits_for_its_reader_does_not_time_out() {
    // More than the sockets hold: the server cannot write the rest before the reader goes on.
    let address = server(|_| ok(&vec![b'x'; 16 * 1024 * 1024]));
    let client = HttpClient::builder().read_timeout(Duration::from_secs(30)).build().unwrap();
    let request = http::Request::get(format!("http://{address}/")).body(Vec::new()).unwrap();
    let mut answer = client.send(request, Limits::new(Duration::from_secs(40)));
    for _ in 0..5 {
        let flag = Arc::new(Flag::default());
        let polled = answer.as_mut().poll(&mut Context::from_waker(&Waker::from(flag.clone())));
        assert!(polled.is_pending());
        while !flag.0.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        pause_for_a_minute().await;
    }
    assert_eq!(answer.await.unwrap().body().len(), 16 * 1024 * 1024);
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up_although_the_reader_paused() {
    let address = server(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec());
    let client = HttpClient::builder().read_timeout(Duration::from_millis(300)).build().unwrap();
    let request = http::Request::get(format!("http://{address}/")).body(Vec::new()).unwrap();
    let mut answer = client.send(request, Limits::new(Duration::from_secs(40)));
    let polled =
        std::future::poll_fn(|context| Poll::Ready(answer.as_mut().poll(context).is_pending())).await;
    assert!(polled);
    pause_for_a_minute().await;
    let error = answer.await.unwrap_err();
    assert_eq!((error.kind, error.problem.as_str()), (TransportErrorKind::Timeout, "nothing came for 300ms"));
}

#[tokio::test]
async fn a_listing_whose_reader_pauses_for_a_minute_between_pages_sends_no_request_again() {
    const PAGES: usize = 30;
    let (served, sent) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let counter = served.clone();
    let address = server(move |head| {
        counter.fetch_add(1, Ordering::SeqCst);
        let from = head.split_once("continuation-token=").or_else(|| head.split_once("start-after=key%2F"));
        let from = from.map_or(0, |(_, rest)| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<usize>().unwrap() + usize::from(head.contains("start-after"))
        });
        let to = (from + 20).min(20 * PAGES);
        let contents: String =
            (from..to).map(|n| format!("<Contents><Key>key/{n:05}</Key><Size>1</Size></Contents>")).collect();
        let is_truncated = to < 20 * PAGES;
        let token = if is_truncated {
            format!("<NextContinuationToken>{to}</NextContinuationToken>")
        } else {
            String::new()
        };
        let body = format!(
            "<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>{token}{contents}</ListBucketResult>"
        );
        ok(body.as_bytes())
    });
    for width in [1, 8] {
        let failures = Arc::new(AtomicU64::new(0));
        let (counter, sent_counter) = (failures.clone(), sent.clone());
        let client = Client::builder()
            .region("us-east-1")
            .endpoint_url(format!("http://{address}"))
            .anonymous()
            .max_attempts(1)
            .attempt_timeout(Duration::from_secs(30))
            .total_timeout(Duration::from_secs(40))
            .observer(move |event: &Event<'_>| {
                counter.fetch_add(u64::from(matches!(event, Event::Unanswered { .. })), Ordering::Relaxed);
                sent_counter.fetch_add(u64::from(matches!(event, Event::Sent { .. })), Ordering::SeqCst);
            })
            .build()
            .unwrap();
        let mut pages = client.list_objects_v2("bucket").max_keys(20).parallel(Concurrency::Requests(width));
        let mut keys = 0;
        while let Some(page) = pages.next().await.unwrap() {
            keys += page.keys().len();
            // What was asked for ahead arrives, as far as it needs nobody who polls.
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_millis(5)).await;
                if served.load(Ordering::SeqCst) == sent.load(Ordering::SeqCst) {
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            pause_for_a_minute().await;
        }
        assert_eq!((keys, failures.load(Ordering::Relaxed)), (20 * PAGES, 0), "{width}");
    }
}
