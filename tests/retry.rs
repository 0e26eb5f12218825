//! The rules by which a call is sent again, one by one: no socket, and a clock that the test sets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod played;

use std::time::Duration;

use played::{Play, good, list, play, play_with_seed, refuse};
use sts3::{
    Call, Credentials, Endpoint, Error, Operation, Region, RetryPolicy, Step, TransportError,
    TransportErrorKind,
    call::RetryQuota,
    http,
    iam::CreateUser,
    s3::ListObjectsV2,
    sts::{AssumeRole, GetCallerIdentity, GetSessionToken},
    time::OffsetDateTime,
};

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
        // Nor will a proxy's setting.
        (TransportErrorKind::Proxy, 1),
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

/// Whoever drives a call may err: it is told so by the call's end, whatever it did, and a result that is there stays.
#[test]
fn a_driver_out_of_turn_is_told_so_and_loses_no_result() {
    let endpoint = Endpoint::new(Region::us_east_1());
    let keys = Credentials::new("AKIDEXAMPLE", "secret");
    let operation = ListObjectsV2::new("logs");
    let new = || Call::new(&operation, &endpoint, Some(&keys), RetryPolicy::default(), 1);
    let now = OffsetDateTime::from_unix_timestamp(1_795_521_600).unwrap();
    let answer = |status: u16, body: &str| {
        let old = "Tue, 24 Nov 2020 12:00:00 GMT";
        http::Response::builder().status(status).header("date", old).body(body.into()).unwrap()
    };
    let elsewhere =
        || answer(301, "<Error><Code>PermanentRedirect</Code><Region>eu-central-1</Region></Error>");
    let skewed = || answer(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>");
    let lost = || TransportError::new(TransportErrorKind::Interrupted, "s3.test", "lost");
    let ends = |mut call: Call<'_, ListObjectsV2>| {
        let Step::Done(Err(error)) = call.step(now) else { panic!("the call goes on") };
        assert!(error.to_string().contains("no request under way"), "{error}");
    };

    // An answer and a failure before anything was sent.
    let mut call = new();
    call.receive(answer(503, ""));
    ends(call);
    let mut call = new();
    call.fail(lost());
    ends(call);
    // Several answers to one request: each would be worth another attempt.
    let mut call = new();
    assert!(matches!(call.step(now), Step::Send(_)));
    call.receive(elsewhere());
    call.receive(skewed());
    call.receive(answer(503, ""));
    ends(call);
    // One while it waits for the next attempt.
    let mut call = new();
    assert!(matches!(call.step(now), Step::Send(_)));
    call.receive(answer(503, ""));
    call.fail(lost());
    ends(call);
    // One behind the last: the result stays.
    let mut call = new();
    assert!(matches!(call.step(now), Step::Send(_)));
    call.receive(answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"));
    call.fail(lost());
    assert!(matches!(call.step(now), Step::Done(Ok(_))));
}
