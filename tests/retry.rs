//! The rules by which a call is sent again, one by one: no socket, and a clock that the test sets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::time::Duration;

use sts3::{
    Call, Credentials, Endpoint, Error, Operation, Region, RetryPolicy, Step, TransportError,
    TransportErrorKind,
    call::{MonotonicTime, Now, RetryQuota, UnsignedRequest},
    endpoint::Service,
    iam::CreateUser,
    s3::{HeadBucket, ListObjectsV2},
    sts::{AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity, GetSessionToken},
};
use time::{OffsetDateTime, macros::datetime};

const NOON: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
const GOOD: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

/// What the service does with a request.
#[derive(Clone)]
enum Play {
    Answer(u16, &'static [(&'static str, &'static str)], String),
    Fail(TransportErrorKind),
    /// Nothing for so long, then a failure.
    Hang(Duration),
}

fn refuse(status: u16, code: &str) -> Play {
    Play::Answer(status, &[], format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

fn good() -> Play {
    Play::Answer(200, &[], GOOD.into())
}

/// What came of a call.
struct Ended<T> {
    result: Result<T, Error>,
    sent: Vec<http::Request<Vec<u8>>>,
    waits: Vec<Duration>,
}

impl<T> Ended<T> {
    fn code(&self) -> String {
        let error = self.result.as_ref().err().expect("it succeeded");
        error.as_service_error().map_or_else(|| error.to_string(), |error| error.code.clone())
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Region::new("eu-west-1").unwrap())
}

/// Drive a call; the last play is repeated.
fn play<O: Operation>(
    operation: &O,
    policy: RetryPolicy,
    quota: &RetryQuota,
    plays: &[Play],
) -> Ended<O::Output> {
    play_with_seed(operation, policy, quota, plays, 0x5DEE_CE66_D1CE_4E5B)
}

fn play_with_seed<O: Operation>(
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

fn list(plays: &[Play]) -> Ended<sts3::s3::Page> {
    play(&ListObjectsV2::new("bucket"), RetryPolicy::default(), &RetryQuota::new(), plays)
}

/// Codes and statuses by class, as FEATURES of the SDKs list them (the standard mode of botocore 1.44).
#[test]
fn what_is_sent_again_and_what_is_not() {
    let throttling = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "EC2ThrottledException",
        "SlowDown",
    ];
    let transient = ["RequestTimeout", "RequestTimeoutException", "InternalError", "IDPCommunicationError"];
    let final_ = [
        "AccessDenied",
        "NoSuchBucket",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "MalformedPolicyDocument",
        "ValidationError",
        "InvalidArgument",
        "AllAccessDisabled",
    ];
    for code in throttling {
        let ended = list(&[refuse(400, code), good()]);
        assert_eq!((ended.result.is_ok(), ended.sent.len()), (true, 2), "{code}");
        assert!(ended.waits[0] <= Duration::from_secs(1), "{code}");
    }
    for code in transient {
        let ended = list(&[refuse(400, code), good()]);
        assert_eq!((ended.result.is_ok(), ended.sent.len()), (true, 2), "{code}");
        assert!(ended.waits[0] <= Duration::from_millis(50), "{code}");
    }
    for code in final_ {
        let ended = list(&[refuse(403, code), good()]);
        assert_eq!((ended.code().as_str(), ended.sent.len()), (code, 1));
    }
    for (status, attempts) in [
        (429, 2),
        (500, 2),
        (502, 2),
        (503, 2),
        (504, 2),
        (400, 1),
        (403, 1),
        (404, 1),
        (501, 1),
        (505, 1),
        (304, 1),
    ] {
        assert_eq!(
            list(&[Play::Answer(status, &[], String::new()), good()]).sent.len(),
            attempts,
            "{status}"
        );
    }
    for (kind, attempts) in [
        (TransportErrorKind::Connect, 2),
        (TransportErrorKind::Timeout, 2),
        (TransportErrorKind::Interrupted, 2),
        // A certificate that is not trusted will not be so the next time.
        (TransportErrorKind::Tls, 1),
    ] {
        assert_eq!(list(&[Play::Fail(kind), good()]).sent.len(), attempts, "{kind:?}");
    }
}

#[test]
fn answers_that_are_not_whole_are_asked_for_again() {
    for broken in [
        "<ListBucketResult><IsTruncated>false</IsTruncated>",
        "<ListBucketResult></ListBucketResult>",
        "",
        "<html><body>It works!</body></html>",
        // A refusal under 200.
        "<Error><Code>InternalError</Code><Message>We are sorry</Message></Error>",
    ] {
        let ended = list(&[Play::Answer(200, &[], broken.into()), good()]);
        assert_eq!((ended.result.is_ok(), ended.sent.len()), (true, 2), "{broken}");
        assert_eq!(list(&[Play::Answer(200, &[], broken.into())]).sent.len(), 3, "{broken}");
    }
    let denied = "<Error><Code>AccessDenied</Code></Error>";
    assert_eq!(list(&[Play::Answer(200, &[], denied.into())]).sent.len(), 1);
}

#[test]
fn attempts_are_counted_and_waits_grow_with_full_jitter() {
    for attempts in [1, 2, 7] {
        let policy = RetryPolicy::default().with_max_attempts(attempts);
        let ended =
            play(&ListObjectsV2::new("b-1"), policy, &RetryQuota::new(), &[refuse(500, "InternalError")]);
        assert_eq!((ended.code().as_str(), ended.sent.len()), ("InternalError", attempts as usize));
    }
    // Over many seeds a wait lies anywhere from nothing to base × 2^n, and half of that on average.
    let mut waits = vec![Vec::new(); 6];
    for seed in 1..=400 {
        let policy = RetryPolicy::default().with_max_attempts(7);
        let (operation, quota) = (ListObjectsV2::new("b-1"), RetryQuota::new());
        let ended = play_with_seed(&operation, policy, &quota, &[refuse(503, "SlowDown")], seed);
        for (retry, wait) in ended.waits.iter().enumerate() {
            waits[retry].push(wait.as_secs_f64());
        }
    }
    for (retry, waits) in waits.iter().enumerate() {
        let ceiling = f64::from(1_u32 << retry).min(20.0);
        let mean = waits.iter().sum::<f64>() / waits.len() as f64;
        assert!(waits.iter().all(|wait| *wait <= ceiling), "{retry}");
        assert!((0.4..0.6).contains(&(mean / ceiling)), "{retry}: {mean} of {ceiling}");
        assert!(
            waits.iter().any(|wait| *wait < ceiling / 10.0) && waits.iter().any(|wait| *wait > ceiling * 0.9)
        );
    }
}

#[test]
fn a_servers_own_wish_is_honoured_within_bounds() {
    let slow = |headers| Play::Answer(503, headers, "<Error><Code>SlowDown</Code></Error>".into());
    for (headers, least, most) in [
        (&[("retry-after", "3")][..], 3.0, 3.0),
        (&[("x-amz-retry-after", "1500")], 1.5, 1.5),
        // Milliseconds of the newer header before seconds of the older.
        (&[("x-amz-retry-after", "2000"), ("retry-after", "4")], 2.0, 2.0),
        // No server makes us wait for an hour: at most five seconds more than our own wait.
        (&[("retry-after", "3600")], 5.0, 6.0),
        (&[("retry-after", "Wed, 24 Nov 2026 12:00:10 GMT")], 0.0, 1.0),
        (&[("retry-after", "-1")], 0.0, 1.0),
    ] {
        let wait = list(&[slow(headers), good()]).waits[0].as_secs_f64();
        assert!((least..=most).contains(&wait), "{headers:?}: {wait}");
    }
}

#[test]
fn retries_of_all_calls_together_are_limited_by_a_quota() {
    let quota = RetryQuota::new();
    let operation = ListObjectsV2::new("bucket");
    let fail =
        || play(&operation, RetryPolicy::default(), &quota, &[refuse(500, "InternalError")]).sent.len();
    // Two retries of 14 each a call: after 17 calls 24 tokens are left, then 10, and nothing more.
    let attempts: Vec<usize> = (0..20).map(|_| fail()).collect();
    assert_eq!(attempts[..17], [3; 17]);
    assert_eq!((attempts[17], attempts[18], attempts[19], quota.left()), (2, 1, 1, 10));
    // Throttling costs 5.
    let throttled = play(&operation, RetryPolicy::default(), &quota, &[refuse(503, "SlowDown")]);
    assert_eq!((throttled.sent.len(), quota.left()), (3, 0));
    // A plain success gives back one, a success after a retry what that took.
    for left in 1..=14 {
        play(&operation, RetryPolicy::default(), &quota, &[good()]).result.unwrap();
        assert_eq!(quota.left(), left);
    }
    play(&operation, RetryPolicy::default(), &quota, &[refuse(500, "InternalError"), good()]).result.unwrap();
    assert_eq!(quota.left(), 14);
    for _ in 0..1000 {
        play(&operation, RetryPolicy::default(), &quota, &[good()]).result.unwrap();
    }
    assert_eq!(quota.left(), RetryQuota::CAPACITY);
}

#[test]
fn time_is_limited_for_an_attempt_and_for_all_of_them() {
    let hang = [Play::Hang(Duration::from_secs(3600))];
    let operation = ListObjectsV2::new("bucket");
    let elapsed = |policy: RetryPolicy| {
        let ended = play(&operation, policy.clone(), &RetryQuota::new(), &hang);
        assert!(
            matches!(ended.result, Err(Error::Transport(ref error)) if error.kind == TransportErrorKind::Timeout)
        );
        (ended.sent.len(), ended.waits.iter().sum::<Duration>())
    };
    assert_eq!(elapsed(RetryPolicy::default().with_attempt_timeout(Duration::from_secs(10))).0, 3);
    // 25 seconds: two attempts of 10, and a third that is given the rest.
    let limited = RetryPolicy::default()
        .with_max_attempts(9)
        .with_attempt_timeout(Duration::from_secs(10))
        .with_total_timeout(Duration::from_secs(25));
    assert_eq!(elapsed(limited).0, 3);
    // No wait that would end behind the limit is begun: the error is told at once.
    let policy = RetryPolicy::default().with_max_attempts(9).with_total_timeout(Duration::from_secs(2));
    let slow = Play::Answer(503, &[("retry-after", "4")], "<Error><Code>SlowDown</Code></Error>".into());
    let ended = play(&operation, policy, &RetryQuota::new(), &[slow]);
    assert_eq!((ended.code().as_str(), ended.sent.len(), ended.waits.len()), ("SlowDown", 1, 0));
}

/// The time that a request was signed for.
fn signed_at(request: &http::Request<Vec<u8>>) -> &str {
    request.headers()["x-amz-date"].to_str().unwrap()
}

#[test]
fn a_clock_is_corrected_once_and_not_by_an_answer_from_a_cache() {
    let skewed =
        |headers| Play::Answer(403, headers, "<Error><Code>RequestTimeTooSkewed</Code></Error>".into());
    let one_hour = &[("date", "Tue, 24 Nov 2026 13:00:00 GMT")][..];
    let ended = list(&[skewed(one_hour), good()]);
    assert!(ended.result.is_ok() && ended.waits.is_empty());
    assert_eq!(
        (signed_at(&ended.sent[0]), signed_at(&ended.sent[1])),
        ("20261124T120000Z", "20261124T130000Z")
    );
    // Refused again: it was not the clock.
    assert_eq!(list(&[skewed(one_hour)]).sent.len(), 2);
    for (headers, why) in [
        (&[("date", "Tue, 24 Nov 2026 13:00:00 GMT"), ("age", "3600")][..], "a cached answer"),
        (&[("date", "Tue, 24 Nov 2026 12:03:00 GMT")], "three minutes do not explain it"),
        (&[("date", "yesterday")], "no date"),
        (&[], "none"),
    ] {
        assert_eq!(list(&[skewed(headers), good()]).sent.len(), 1, "{why}");
    }
    // Another refusal says nothing about the clock.
    let denied = Play::Answer(403, one_hour, "<Error><Code>AccessDenied</Code></Error>".into());
    assert_eq!(list(&[denied, good()]).sent.len(), 1);
}

#[test]
fn a_bucket_is_followed_to_its_region_once_and_never_to_another_host() {
    let to = |region: &str| {
        let region = format!("<Error><Code>PermanentRedirect</Code><Region>{region}</Region></Error>");
        Play::Answer(301, &[("location", "https://evil.example/")], region)
    };
    let ended = list(&[to("eu-central-1"), good()]);
    assert!(ended.result.is_ok() && ended.waits.is_empty());
    let hosts: Vec<_> = ended.sent.iter().map(|request| request.uri().host().unwrap()).collect();
    assert_eq!(hosts, ["bucket.s3.eu-west-1.amazonaws.com", "bucket.s3.eu-central-1.amazonaws.com"]);
    let authorization = ended.sent[1].headers()["authorization"].to_str().unwrap();
    assert!(authorization.contains("/20261124/eu-central-1/s3/aws4_request"), "{authorization}");
    // There and back again is a loop.
    let ended = list(&[to("eu-central-1"), to("eu-west-1"), good()]);
    assert_eq!((ended.code().as_str(), ended.sent.len()), ("PermanentRedirect", 2));
    // Only a region's name is taken, and only from those that are one.
    for name in ["evil.example", "eu-central-1.evil.example/", "", "eu-west-1"] {
        assert_eq!(list(&[to(name), good()]).sent.len(), 1, "{name}");
    }
    let bare = Play::Answer(307, &[("location", "https://evil.example/")], String::new());
    assert_eq!(list(&[bare, good()]).sent.len(), 1);
    // HEAD has no body: the header says it.
    let head = Play::Answer(301, &[("x-amz-bucket-region", "eu-central-1")], String::new());
    let found = Play::Answer(200, &[("x-amz-bucket-region", "eu-central-1")], String::new());
    let ended = play(&HeadBucket::new("bucket"), RetryPolicy::default(), &RetryQuota::new(), &[head, found]);
    assert_eq!(ended.sent[1].uri().host(), Some("bucket.s3.eu-central-1.amazonaws.com"));
}

#[test]
fn what_must_not_happen_twice_is_not_repeated_after_an_answer() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/reader";
    let device = "arn:aws:iam::123456789012:mfa/me";
    let code = AssumeRole::new(ROLE, "me").mfa(device, "123456");
    let run = |first: Play| {
        play(
            &code,
            RetryPolicy::default(),
            &RetryQuota::new(),
            &[first, Play::Answer(200, &[], "<x/>".into())],
        )
    };
    assert_eq!(run(refuse(500, "InternalFailure")).sent.len(), 1);
    // Nobody has seen the code if nobody was reached.
    assert_eq!(run(Play::Fail(TransportErrorKind::Connect)).sent.len(), 2);
    let identity = play(
        &GetCallerIdentity::new(),
        RetryPolicy::default(),
        &RetryQuota::new(),
        &[refuse(500, "InternalFailure")],
    );
    assert_eq!(identity.sent.len(), 3);
}

#[test]
fn throttling_is_left_to_a_caller_who_wants_to_narrow() {
    let policy = RetryPolicy::default().without_throttling_retries();
    let operation = ListObjectsV2::new("bucket");
    let ended = play(&operation, policy.clone(), &RetryQuota::new(), &[refuse(503, "SlowDown"), good()]);
    assert_eq!((ended.code().as_str(), ended.sent.len()), ("SlowDown", 1));
    let ended = play(&operation, policy, &RetryQuota::new(), &[refuse(500, "InternalError"), good()]);
    assert_eq!(ended.sent.len(), 2);
}

/// Long-lived keys are for TLS and for this machine; temporary ones go where they are sent.
#[test]
fn long_lived_keys_do_not_go_over_plain_http_to_another_machine() {
    let operation = ListObjectsV2::new("bucket");
    let long_lived = Credentials::new("AKIDEXAMPLE", "secret");
    let temporary = Credentials::new("ASIDEXAMPLE", "secret").with_session_token("token");
    let sent = |url: &str, credentials: Option<&Credentials>, allow: bool| {
        let endpoint = endpoint().with_url(url.parse().unwrap()).with_plain_http(allow);
        let mut call = Call::new(&operation, &endpoint, credentials, RetryPolicy::default(), 1);
        match call.step(NOON) {
            Step::Send(_) => Ok(()),
            Step::Done(Err(error)) => Err(error.to_string()),
            other => panic!("{other:?}"),
        }
    };
    for url in
        ["http://minio:9000", "http://10.0.0.1", "http://localhost.example", "http://127.0.0.1.example"]
    {
        let refused = sent(url, Some(&long_lived), false).unwrap_err();
        assert!(refused.contains("--allow-http") && refused.contains(url), "{refused}");
        assert_eq!(sent(url, Some(&long_lived), true), Ok(()));
        assert_eq!(sent(url, Some(&temporary), false), Ok(()));
        assert_eq!(sent(url, None, false), Ok(()));
    }
    for url in [
        "https://minio:9000",
        "http://localhost:9000",
        "http://127.8.9.1",
        "http://[::1]:1",
        "http://s3.localhost",
    ] {
        assert_eq!(sent(url, Some(&long_lived), false), Ok(()), "{url}");
    }
}

/// Whether the service has done it, nobody knows: IAM would say `EntityAlreadyExists`, STS that the code was used.
#[test]
fn what_must_not_happen_twice_is_not_repeated_after_a_lost_answer() {
    fn attempts<O: Operation>(operation: &O, kind: TransportErrorKind) -> usize {
        play(operation, RetryPolicy::default(), &RetryQuota::new(), &[Play::Fail(kind)]).sent.len()
    }
    let device = "arn:aws:iam::123456789012:mfa/me";
    let role = AssumeRole::new("arn:aws:iam::123456789012:role/reader", "me").mfa(device, "123456");
    let session = GetSessionToken::new().mfa(device, "123456");
    let user = CreateUser::new("alice");
    for (kind, expected) in [
        (TransportErrorKind::Timeout, 1),
        (TransportErrorKind::Interrupted, 1),
        (TransportErrorKind::TooLarge, 1),
        (TransportErrorKind::NotHttp, 1),
        // Nothing was sent.
        (TransportErrorKind::Connect, 3),
        (TransportErrorKind::Tls, 1),
    ] {
        let seen = [attempts(&role, kind), attempts(&session, kind), attempts(&user, kind)];
        assert_eq!(seen, [expected; 3], "{kind:?}");
    }
    assert_eq!(attempts(&GetSessionToken::new(), TransportErrorKind::Interrupted), 3);
    // A signature that was refused for its time or region has done nothing yet.
    let skewed = Play::Answer(
        403,
        &[("date", "Tue, 24 Nov 2026 14:00:00 GMT")],
        "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>".into(),
    );
    assert_eq!(play(&role, RetryPolicy::default(), &RetryQuota::new(), &[skewed]).sent.len(), 2);
}

#[test]
fn a_clock_is_corrected_by_every_form_of_date_and_by_the_body_as_a_last_source() {
    let signed = |headers, body: &str| {
        let ended = list(&[Play::Answer(403, headers, body.into()), good()]);
        ended.sent.get(1).map(|request| signed_at(request).to_owned())
    };
    let bare = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    // RFC 9110, 5.6.7: recipients read all three; UTC is a common slip.
    for date in [
        &[("date", "Tue, 24 Nov 2026 14:00:00 GMT")][..],
        &[("date", "Tue, 24 Nov 2026 14:00:00 UTC")],
        &[("date", "Tuesday, 24-Nov-26 14:00:00 GMT")],
        &[("date", "Tue Nov 24 14:00:00 2026")],
    ] {
        assert_eq!(signed(date, bare).as_deref(), Some("20261124T140000Z"), "{date:?}");
    }
    // As S3 writes it.
    let told = "<Error><Code>RequestTimeTooSkewed</Code><RequestTime>20261124T120000Z</RequestTime>\
        <ServerTime>2026-11-24T15:00:00Z</ServerTime></Error>";
    assert_eq!(signed(&[], told).as_deref(), Some("20261124T150000Z"));
    assert_eq!(signed(&[("date", "soon")], told).as_deref(), Some("20261124T150000Z"));
    // The header comes first, and a cached answer says nothing at all.
    let both = signed(&[("date", "Tue, 24 Nov 2026 14:00:00 GMT")], told);
    assert_eq!(both.as_deref(), Some("20261124T140000Z"));
    assert_eq!(signed(&[("age", "60")], told), None);
    // As STS writes it: the last time is its own.
    let sts = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: 20261124T120000Z is now \
        earlier than 20261124T154500Z (20261124T160000Z - 15 min.)</Message></Error></ErrorResponse>";
    assert_eq!(signed(&[], sts).as_deref(), Some("20261124T160000Z"));
}

/// No signature is refused, so nothing but the date tells it; the session's end is by that clock.
#[test]
fn an_unsigned_call_that_succeeds_tells_the_clock_as_well() {
    let operation =
        AssumeRoleWithWebIdentity::new("arn:aws:iam::123456789012:role/reader", "me", "token".to_owned());
    let answer = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
        <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
        <Expiration>2026-11-24T11:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:\
        assumed-role/reader/me</Arn><AssumedRoleId>AROAEXAMPLE:me</AssumedRoleId></AssumedRoleUser>\
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    let offset = |date: &'static str| {
        let endpoint = endpoint();
        let mut call = Call::new(&operation, &endpoint, None, RetryPolicy::default(), 1);
        assert!(matches!(call.step(NOON), Step::Send(_)));
        let response =
            http::Response::builder().header("date", date).body(answer.as_bytes().to_vec()).unwrap();
        call.receive(response);
        let Step::Done(Ok(_)) = call.step(NOON) else { panic!("refused") };
        (call.clock_offset(), call.learned_clock_offset().is_some())
    };
    assert_eq!(offset("Tue, 24 Nov 2026 10:00:00 GMT"), (-7200, true));
    assert_eq!(offset("Tue, 24 Nov 2026 12:00:02 GMT"), (0, false));
}

/// GetObject, as an embedder would write it: the body is somebody's data.
struct Object {
    has_xml_answer: bool,
}

impl Operation for Object {
    type Output = Vec<u8>;
    const NAME: &'static str = "GetObject";
    const SERVICE: Service = Service::S3;

    fn request(&self) -> Result<UnsignedRequest, Error> {
        ListObjectsV2::new("bucket").request()
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Vec<u8>, Error> {
        Ok(response.into_body())
    }

    fn has_xml_answer(&self) -> bool {
        self.has_xml_answer
    }
}

#[test]
fn an_error_document_under_200_is_a_refusal_only_where_the_answer_is_the_services_own_xml() {
    let body = "<Error><Code>AccessDenied</Code></Error>";
    let get = |has_xml_answer| {
        let plays = [Play::Answer(200, &[], body.into())];
        play(&Object { has_xml_answer }, RetryPolicy::default(), &RetryQuota::new(), &plays)
    };
    assert_eq!(get(false).result.unwrap(), body.as_bytes());
    assert_eq!(get(true).code(), "AccessDenied");
    // With an error status it is a refusal for both.
    let refused = play(
        &Object { has_xml_answer: false },
        RetryPolicy::default(),
        &RetryQuota::new(),
        &[refuse(403, "AccessDenied")],
    );
    assert_eq!(refused.code(), "AccessDenied");
}

#[test]
fn a_wall_clock_that_jumps_a_day_neither_ends_a_call_nor_keeps_it_going() {
    let at = |wall: OffsetDateTime, seconds: u64| Now {
        wall,
        monotonic: MonotonicTime::since_origin(Duration::from_secs(seconds)),
    };
    let (operation, endpoint) = (ListObjectsV2::new("bucket"), endpoint());
    let credentials = Credentials::new("AKIDEXAMPLE", "secret");
    let day = Duration::from_secs(86_400);
    for jumped in [NOON + day, NOON - day] {
        let policy = RetryPolicy::default().with_max_attempts(9).with_total_timeout(Duration::from_secs(60));
        let mut call = Call::new(&operation, &endpoint, Some(&credentials), policy, 1);
        assert!(matches!(call.step(at(NOON, 1000)), Step::Send(_)));
        // Somebody sets the clock while the request is under way.
        assert_eq!(call.attempt_limit(at(jumped, 1010)), Duration::from_secs(50));
        call.fail(TransportError::new(TransportErrorKind::Timeout, "host", "nothing came"));
        assert!(matches!(call.step(at(jumped, 1010)), Step::Wait(_)), "{jumped}");
        let Step::Send(request) = call.step(at(jumped, 1011)) else { panic!("{jumped}") };
        // The wall clock is for the signature.
        assert!(signed_at(&request).starts_with(&jumped.date().to_string().replace('-', "")));
        call.fail(TransportError::new(TransportErrorKind::Timeout, "host", "nothing came"));
        // And the minute ends when a minute has gone by.
        assert!(matches!(call.step(at(jumped, 1061)), Step::Done(Err(_))), "{jumped}");
    }
}

#[test]
fn a_region_that_was_learned_earlier_is_learned_anew_when_the_bucket_has_moved() {
    let (operation, endpoint) = (ListObjectsV2::new("bucket"), endpoint());
    let credentials = Credentials::new("AKIDEXAMPLE", "secret");
    let learned = Region::new("eu-central-1").unwrap();
    let mut call = Call::new(&operation, &endpoint, Some(&credentials), RetryPolicy::default(), 1)
        .with_region(Some(learned));
    let host = |step: Step<sts3::s3::Page>| match step {
        Step::Send(request) => request.uri().host().unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(host(call.step(NOON)), "bucket.s3.eu-central-1.amazonaws.com");
    assert_eq!(call.redirected_region(), None);
    let moved = "<Error><Code>PermanentRedirect</Code><Region>ap-south-1</Region></Error>";
    let moved = |region: &str| {
        let body = moved.replace("ap-south-1", region).into_bytes();
        http::Response::builder().status(301).body(body).unwrap()
    };
    call.receive(moved("ap-south-1"));
    assert_eq!(host(call.step(NOON)), "bucket.s3.ap-south-1.amazonaws.com");
    assert_eq!(call.redirected_region().unwrap().as_str(), "ap-south-1");
    // botocore follows once per call, too.
    call.receive(moved("eu-north-1"));
    assert!(matches!(call.step(NOON), Step::Done(Err(_))));
}

#[test]
fn calls_with_different_seeds_wait_for_different_times() {
    let waits = |seed| {
        let (operation, quota) = (ListObjectsV2::new("bucket"), RetryQuota::new());
        let plays = [refuse(503, "SlowDown"), good()];
        play_with_seed(&operation, RetryPolicy::default(), &quota, &plays, seed).waits[0]
    };
    // Neighbouring seeds as well: whoever drives a call may simply count.
    let different: std::collections::BTreeSet<_> = (0..100).map(waits).collect();
    assert_eq!(different.len(), 100);
    assert_eq!(waits(7), waits(7));
}

/// A proxy that compresses, though nobody asked it to.
#[test]
fn an_answer_that_cannot_be_read_names_its_encoding() {
    let gzip = &[("content-encoding", "gzip")][..];
    for status in [200, 403] {
        let ended = list(&[Play::Answer(status, gzip, "\u{1f}\u{8b}\u{8}".into())]);
        let said = ended.result.unwrap_err().to_string();
        assert!(said.contains("is encoded as gzip, which was not asked for"), "{status}: {said}");
    }
    // Whoever names an encoding and sends plain XML is understood.
    assert!(list(&[Play::Answer(200, gzip, GOOD.into())]).result.is_ok());
}
