//! Calls without a socket: the test plays the service and sets the clock.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::time::Duration;

use sts3::{
    Call, Credentials, Endpoint, Error, Operation, Region, RetryPolicy, Step, TransportError,
    TransportErrorKind, call::RetryQuota, s3::ListObjectsV2,
};
use time::{OffsetDateTime, macros::datetime};

pub const NOON: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
pub const GOOD: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

/// What the service does with a request.
#[derive(Clone)]
pub enum Play {
    Answer(u16, &'static [(&'static str, &'static str)], String),
    Fail(TransportErrorKind),
    /// Nothing for so long, then a failure.
    Hang(Duration),
}

pub fn refuse(status: u16, code: &str) -> Play {
    Play::Answer(status, &[], format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

pub fn good() -> Play {
    Play::Answer(200, &[], GOOD.into())
}

/// What came of a call.
pub struct Ended<T> {
    pub result: Result<T, Error>,
    pub sent: Vec<http::Request<Vec<u8>>>,
    pub waits: Vec<Duration>,
}

impl<T> Ended<T> {
    pub fn code(&self) -> String {
        let error = self.result.as_ref().err().expect("it succeeded");
        error.as_service_error().map_or_else(|| error.to_string(), |error| error.code.clone())
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::new(Region::new("eu-west-1").unwrap())
}

/// Drive a call; the last play is repeated.
pub fn play<O: Operation>(
    operation: &O,
    policy: RetryPolicy,
    quota: &RetryQuota,
    plays: &[Play],
) -> Ended<O::Output> {
    play_with_seed(operation, policy, quota, plays, 0x5DEE_CE66_D1CE_4E5B)
}

pub fn play_with_seed<O: Operation>(
    operation: &O,
    policy: RetryPolicy,
    quota: &RetryQuota,
    plays: &[Play],
    seed: u64,
) -> Ended<O::Output> {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret");
    let endpoint = endpoint();
    let mut call = Call::new(operation, &endpoint, Some(&credentials), policy, seed).with_quota(quota);
    let (mut now, mut sent, mut waits) = (NOON, Vec::new(), Vec::new());
    loop {
        assert!(sent.len() < 200, "it does not end");
        match call.step(now) {
            Step::Send(request) => {
                let play = plays.get(sent.len()).or(plays.last()).unwrap();
                sent.push(request);
                match play {
                    Play::Answer(status, headers, body) => {
                        let mut response = http::Response::builder().status(*status);
                        for (name, value) in *headers {
                            response = response.header(*name, *value);
                        }
                        call.receive(response.body(body.clone().into_bytes()).unwrap());
                    }
                    Play::Fail(kind) => call.fail(TransportError::new(*kind, "host", "gone")),
                    Play::Hang(time) => {
                        now += (*time).min(call.attempt_limit(now));
                        call.fail(TransportError::new(TransportErrorKind::Timeout, "host", "nothing came"));
                    }
                }
            }
            Step::Wait(delay) => {
                now += delay;
                waits.push(delay);
            }
            Step::Done(result) => return Ended { result, sent, waits },
        }
    }
}

pub fn list(plays: &[Play]) -> Ended<sts3::s3::Page> {
    play(&ListObjectsV2::new("bucket"), RetryPolicy::default(), &RetryQuota::new(), plays)
}
