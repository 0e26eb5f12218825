//! Any sequence of answers ends a call: with what was asked for or with an error that can be shown, in a
//! bounded number of steps, and never with a request to another host.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3::{
    Call, Credentials, Endpoint, Operation, Region, RetryPolicy, Step,
    iam::{GetRole, GetUser},
    s3::{HeadBucket, ListBuckets, ListObjectVersions, ListObjects, ListObjectsV2},
    sts::{AssumeRole, GetCallerIdentity, GetSessionToken},
};
use time::OffsetDateTime;

#[derive(Arbitrary, Debug)]
struct Answer<'a> {
    status: u16,
    headers: Vec<(u8, &'a str)>,
    body: &'a [u8],
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    operation: u8,
    answers: Vec<Answer<'a>>,
}

/// Those that mean something to us.
const HEADERS: [&str; 10] = [
    "date", "age", "retry-after", "x-amz-retry-after", "x-amz-bucket-region", "location", "content-type",
    "x-amz-request-id", "x-amzn-errortype", "x-amz-request-charged",
];

fuzz_target!(|input: Input<'_>| {
    const ROLE: &str = "arn:aws:iam::123456789012:role/reader";
    match input.operation % 10 {
        0 => run(&AssumeRole::new(ROLE, "fuzz"), &input.answers),
        1 => run(&GetSessionToken::new(), &input.answers),
        2 => run(&GetCallerIdentity::new(), &input.answers),
        3 => run(&GetRole::new("reader"), &input.answers),
        4 => run(&GetUser::new(), &input.answers),
        5 => run(&ListBuckets::new(), &input.answers),
        6 => run(&ListObjects::new("bucket"), &input.answers),
        7 => run(&ListObjectsV2::new("bucket"), &input.answers),
        8 => run(&ListObjectVersions::new("bucket"), &input.answers),
        _ => run(&HeadBucket::new("bucket"), &input.answers),
    }
});

fn run<O: Operation>(operation: &O, answers: &[Answer<'_>]) {
    let endpoint = Endpoint::new(Region::us_east_1()).with_url("http://127.0.0.1:9".parse().expect("a URL"));
    let credentials = Credentials::new("AKIDEXAMPLE", "the-secret-key").with_session_token("the-session-token");
    let mut call = Call::new(operation, &endpoint, Some(&credentials), RetryPolicy::default(), 7);
    let mut now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000);
    let mut answers = answers.iter().cycle().take(64);
    for _ in 0..64 {
        match call.step(now) {
            Step::Send(request) => {
                assert_eq!(request.uri().authority().map(|host| host.as_str()), Some("127.0.0.1:9"));
                let Some(answer) = answers.next() else { return };
                let status = 100 + answer.status % 500;
                let mut response = http::Response::builder().status(status);
                for (name, value) in &answer.headers {
                    response = response.header(HEADERS[usize::from(*name) % HEADERS.len()], *value);
                }
                let Ok(response) = response.body(answer.body.to_vec()) else { return };
                call.receive(response);
            }
            Step::Wait(delay) => {
                assert!(delay.as_secs() <= 20, "{delay:?}");
                now += delay;
            }
            Step::Done(Ok(_)) => return,
            Step::Done(Err(error)) => {
                let shown = format!("{error} {error:?} {:?}", error.remedy());
                assert!(!shown.contains("the-secret-key") && !shown.contains("the-session-token"), "{shown}");
                return;
            }
        }
    }
    panic!("a call of more than 64 steps");
}
