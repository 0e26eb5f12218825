//! What an answer teaches a call: another region, another clock, whose document it is; and where keys may not go. No
//! socket, and a clock that the test sets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod played;

use std::time::Duration;

use played::{GOOD, NOON, Play, endpoint, good, list, play, refuse};
use sts3::{
    Call, Credentials, Error, Operation, Region, RetryPolicy, Step, TransportError, TransportErrorKind,
    call::{MonotonicTime, Now, RetryQuota, UnsignedRequest},
    endpoint::Service,
    s3::{HeadBucket, ListObjectsV2},
    sts::AssumeRoleWithWebIdentity,
};
use time::OffsetDateTime;

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

    fn name(&self) -> &str {
        "GetObject"
    }

    fn service(&self) -> Service {
        Service::S3
    }

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
