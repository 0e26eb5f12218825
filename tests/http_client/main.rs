//! The transports that ship, over reqwest and over threads, against servers that the test plays on loopback: limits,
//! kinds of failure, and what goes over the wire. Every test runs with both.

#![cfg(any(feature = "tokio", feature = "blocking"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod answers;
#[cfg(feature = "tokio")]
mod configure;
mod hostile;
mod limits;
#[cfg(feature = "blocking")]
mod own_proxy;
mod routes;
#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
mod tls;

use std::{
    future::Future,
    net::SocketAddr,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
use self::tls::tls_trusts_the_given_authority_and_no_other;
use self::{answers::*, hostile::*, limits::*, routes::*};
use sts3::{
    TransportError, TransportErrorKind,
    runtime::{Limits, MAX_BODY, Transport},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const AMPLE: Duration = Duration::from_secs(60);

/// What of a transport's settings the tests change.
#[derive(Clone, Default)]
struct Settings {
    connect: Option<Duration>,
    read: Option<Duration>,
    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    ca_bundle: Option<Vec<u8>>,
}

type Make = fn(Settings) -> Box<dyn Transport>;

/// Each test once for each transport.
macro_rules! tests {
    ($($(#[$attribute:meta])* $name:ident;)*) => {
        #[cfg(feature = "tokio")]
        mod over_reqwest {
            const NAME: &str = "over_reqwest";
            tests!(@module sts3::runtime::HttpClient; $($(#[$attribute])* $name;)*);
        }

        #[cfg(feature = "blocking")]
        mod over_threads {
            const NAME: &str = "over_threads";
            tests!(@module sts3::blocking::HttpClient; $($(#[$attribute])* $name;)*);
        }
    };
    (@module $client:ty; $($(#[$attribute:meta])* $name:ident;)*) => {
        use super::{Settings, Transport};

        fn make(settings: Settings) -> Box<dyn Transport> {
            let mut builder = <$client>::builder();
            if let Some(limit) = settings.connect {
                builder = builder.connect_timeout(limit);
            }
            if let Some(limit) = settings.read {
                builder = builder.read_timeout(limit);
            }
            #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
            if let Some(pem) = settings.ca_bundle {
                builder = builder.ca_bundle(pem);
            }
            Box::new(builder.build().unwrap())
        }

        $(
            $(#[$attribute])*
            #[tokio::test]
            async fn $name() {
                super::$name(make).await;
            }
        )*

        #[tokio::test]
        async fn proxies_of_the_environment_are_used_but_for_no_proxy_and_loopback() {
            super::proxies_are_used(NAME).await;
        }

        #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
        #[tokio::test]
        async fn a_proxy_cannot_answer_for_the_server_behind_tls() {
            super::a_proxy_cannot_answer(NAME).await;
        }

        /// Run by the test above in a process of its own.
        #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
        #[tokio::test]
        #[ignore = "a part of another test"]
        async fn forging_child() {
            super::forging_child(make).await;
        }

        /// Run by a test above in a process of its own, whose environment names a proxy.
        #[tokio::test]
        #[ignore = "a part of another test"]
        async fn proxied_child() {
            super::proxied_child(make).await;
        }
    };
}

tests! {
    a_server_that_accepts_and_never_answers_is_given_up_at_the_limit;
    an_answer_that_drips_for_ever_is_given_up_at_the_limit;
    an_answer_that_stops_is_given_up_at_the_read_limit_which_is_named;
    #[cfg(target_os = "linux")]
    a_host_that_does_not_accept_is_given_up_at_the_limit_for_connections;
    an_exchange_that_is_dropped_closes_its_connection;
    encoded_bodies_are_neither_asked_for_nor_decoded;
    names_of_localhost_are_this_machine_without_being_looked_up;
    each_failure_has_its_kind;
    the_source_of_an_error_is_the_library_s_own_without_the_url;
    answers_are_read_however_they_are_framed;
    a_body_is_sent_as_it_is_and_a_redirect_is_an_answer;
    a_connection_is_used_again_unless_its_other_end_has_closed_it;
    what_follows_an_answer_is_no_answer_to_the_next_request;
    an_answer_that_comes_before_the_request_was_sent_is_the_answer;
    an_answer_that_is_announced_as_too_large_is_given_up_at_once;
    a_request_is_sent_once_where_its_connection_ends_without_an_answer;
    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    tls_trusts_the_given_authority_and_no_other;
}

/// A server that does this with each connection.
async fn server<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn get(
    client: &dyn Transport,
    url: &str,
    limits: Limits,
) -> Result<http::Response<Vec<u8>>, TransportError> {
    client.send(http::Request::get(url).body(Vec::new()).unwrap(), limits).await
}

fn client(make: Make) -> Box<dyn Transport> {
    make(Settings::default())
}

/// A server that reads a request's head, sends this and closes.
async fn saying(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = Arc::new(answer.into());
    server(move |mut stream| {
        let answer = answer.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
            // Bytes that nobody has read would turn the end into a reset.
            let _ = stream.read(&mut [0; 1024]).await;
        }
    })
    .await
}
