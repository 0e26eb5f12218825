//! What a call tells `tracing`.

#![cfg(feature = "tracing")]
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    io,
    sync::{Arc, Mutex},
};

use sts3::providers::AssumeRoleProvider;
use sts3_sandbox::Sandbox;
use support::{READER, client, start, user};
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn calls_are_spans_retries_are_events_and_secrets_are_neither() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(written.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // Half of the answers are refusals that are worth another try.
    let sandbox = start(Sandbox::builder().error_rate(0.5)).await;
    let role = AssumeRoleProvider::new(READER, "traced").source(user());
    let client = client(&sandbox).credentials(role).max_attempts(20).build().unwrap();
    for _ in 0..10 {
        client.list_buckets().await.unwrap();
    }
    let secret = client.credentials().await.unwrap().unwrap();
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    for expected in [
        "aws_call{operation=\"AssumeRole\" region=us-east-1",
        "aws_call{operation=\"ListBuckets\"",
        "retrying attempts=1 delay=",
        "attempts=1}: sts3: done",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let (key, token) = (secret.secret_access_key().expose(), secret.session_token().unwrap().expose());
    for hidden in [sts3_sandbox::SECRET_ACCESS_KEY, key, token] {
        assert!(!text.contains(hidden), "{text}");
    }
}

#[tokio::test]
async fn a_refresh_that_fails_is_an_event_with_the_services_code() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(written.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let sandbox = start(Sandbox::builder()).await;
    let role = AssumeRoleProvider::new("arn:aws:iam::123456789012:role/nobody-s", "traced").source(user());
    let client = client(&sandbox).credentials(role).build().unwrap();
    client.list_buckets().await.unwrap_err();
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("WARN") && text.contains("sts3: credentials were not renewed"), "{text}");
    assert!(text.contains("code=\"AccessDenied\""), "{text}");
    assert!(!text.contains(sts3_sandbox::SECRET_ACCESS_KEY), "{text}");
}
