//! What an error keeps of what is behind it, and what it says about another attempt.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod played;

use std::{error::Error as _, fmt, sync::Arc};

use sts3::{
    Call, Client, Credentials, CredentialsError, Error, Region, RetryPolicy, Step, TransportError,
    TransportErrorKind,
    providers::{Provider, Refreshing},
    runtime::{BoxFuture, Caller, Limits, Transport},
    s3::ListObjectsV2,
    sts::GetCallerIdentity,
};

/// An error of somebody else's.
#[derive(Debug)]
struct Foreign(u32);

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "foreign {}", self.0)
    }
}

impl std::error::Error for Foreign {}

/// Which of them is behind this one.
fn foreign(error: &Error) -> Option<u32> {
    error.source()?.downcast_ref::<Foreign>().map(|foreign| foreign.0)
}

/// A transport that fails.
struct Failing;

impl Transport for Failing {
    fn send(
        &self,
        _: http::Request<Vec<u8>>,
        _: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async {
            let error = TransportError::new(TransportErrorKind::Connect, "host", "it fails");
            Err(error.caused_by(Foreign(7)).into_final())
        })
    }
}

/// A service's words are outside input: they are one line of a bounded length, whatever they are made of, and nothing in
/// them steers a terminal or turns the line around.
#[test]
fn no_answer_steers_a_terminal_or_floods_it() {
    let endpoint = sts3::Endpoint::new(Region::us_east_1());
    let keys = Credentials::new("AKIDEXAMPLE", "secret");
    let operation = GetCallerIdentity::new();
    let message = |status: u16, body: String| {
        let policy = RetryPolicy::default().with_max_attempts(1);
        let mut call = Call::new(&operation, &endpoint, Some(&keys), policy, 1);
        let now = time::OffsetDateTime::from_unix_timestamp(1_795_521_600).unwrap();
        assert!(matches!(call.step(now), Step::Send(_)));
        call.receive(http::Response::builder().status(status).body(body.into_bytes()).unwrap());
        let Step::Done(Err(error)) = call.step(now) else { panic!("it was taken") };
        error.to_string()
    };
    // ESC as itself where XML 1.0 has no such character, and by a reference; right-to-left override; a line separator.
    for text in ["\u{1b}[2J", "&#27;[2J", "\u{202e}gnp", "&#x2028;", "\r\nsts3: done", &"x".repeat(100_000)] {
        for (status, body) in [
            (403, format!("<Error><Code>{text}</Code></Error>")),
            (403, format!("<Error><Code>X</Code><Message>{text}</Message></Error>")),
            (403, format!("<Error><Code>X</Code><RequestId>{text}</RequestId></Error>")),
            (403, serde_json::json!({ "__type": text, "message": text }).to_string()),
            (403, text.to_owned()),
            (200, format!("<{text}/>")),
            (200, format!("<GetCallerIdentityResponse><{text}></x>")),
            (200, format!("<GetCallerIdentityResponse></{text}>")),
            (200, format!("<GetCallerIdentityResponse>&{text};")),
            (200, format!("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn><{text}>")),
        ] {
            let shown = message(status, body);
            let steers = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}');
            assert!(!shown.contains(steers), "{shown:?}");
            assert!(shown.len() < 5_000, "{}", shown.len());
        }
    }
}

/// What an embedder's transport or provider reports may quote an answer as well.
#[test]
fn no_report_of_an_embedder_steers_a_terminal_or_floods_it() {
    let text = format!("\u{1b}[2J\u{202e}{}", "x".repeat(100_000));
    for error in [
        Error::from(TransportError::new(TransportErrorKind::Interrupted, "host", text.as_str())),
        CredentialsError::unusable("vault", text.as_str()).into(),
        CredentialsError::NotFound { tried: vec![text.clone(), text.clone()] }.into(),
        sts3::ParseError::new("an answer", text.as_str()).into(),
    ] {
        let shown = error.to_string();
        assert!(!shown.contains(['\u{1b}', '\u{202e}']) && shown.len() < 6_000, "{shown:?}");
    }
}

/// A provider that fails.
struct Empty;

impl Provider for Empty {
    fn credentials<'a>(&'a self, _: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            Err(CredentialsError::unusable("vault", "it is sealed").caused_by(Foreign(8)).into())
        })
    }
}

#[tokio::test]
async fn the_source_of_a_failed_call_is_what_the_transport_met() {
    let client =
        Client::builder().region("eu-west-1").credentials(Credentials::new("A", "s")).transport(Failing);
    let error = client.build().unwrap().send(&ListObjectsV2::new("bucket")).await.unwrap_err();
    assert_eq!(foreign(&error), Some(7), "{error:?}");
    // `{:#}` of anyhow and its like print the whole chain: nothing stands in it twice.
    assert_eq!(error.to_string(), "could not connect to host: it fails");
}

#[tokio::test]
async fn whoever_waits_for_credentials_is_told_what_the_provider_met() {
    let shared = Arc::new(Refreshing::new(Empty));
    let client = |shared: Arc<Refreshing>| {
        Client::builder().region("eu-west-1").credentials(shared).transport(Failing).build().unwrap()
    };
    let (first, second) = (client(shared.clone()), client(shared));
    let operation = ListObjectsV2::new("bucket");
    let (first, second) = tokio::join!(first.send(&operation), second.send(&operation));
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert_eq!(foreign(&error), Some(8), "{error:?}");
        assert_eq!(error.to_string(), "vault: it is sealed");
    }
}

#[test]
fn what_a_transport_calls_final_is_not_tried_again() {
    let attempts = |error: &TransportError| {
        let (operation, credentials) = (ListObjectsV2::new("bucket"), Credentials::new("A", "s"));
        let endpoint = sts3::Endpoint::new(Region::new("eu-west-1").unwrap());
        let mut call = Call::new(&operation, &endpoint, Some(&credentials), RetryPolicy::default(), 1);
        loop {
            match call.step(played::NOON) {
                Step::Send(_) => call.fail(error.clone()),
                Step::Done(_) => return call.attempts(),
                _ => {}
            }
        }
    };
    let refused = TransportError::new(TransportErrorKind::Connect, "host", "refused");
    // The default of the SDKs' standard mode: three attempts.
    assert_eq!((attempts(&refused), refused.is_final()), (3, false));
    let unusable = refused.into_final();
    assert_eq!((attempts(&unusable), unusable.is_final()), (1, true));
}

/// The transport that ships with the feature `tokio` is driven by an executor that is not tokio's.
#[test]
fn tokio_s_client_outside_of_tokio_is_an_error_that_says_what_is_missing() {
    struct Nobody;
    impl std::task::Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    let keys = Credentials::new("AKIDEXAMPLE", "secret");
    let client = Client::builder().endpoint_url("http://127.0.0.1:1").credentials(keys).build().unwrap();
    let waker = Arc::new(Nobody).into();
    let mut context = std::task::Context::from_waker(&waker);
    let operation = GetCallerIdentity::new();
    let mut call = std::pin::pin!(client.send(&operation));
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else { panic!("it waits") };
    assert!(error.to_string().contains("no runtime of tokio is here"), "{error}");
}
