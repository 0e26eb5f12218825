//! Verdicts on requests that botocore and awscrt make (`fixtures/sigv4/received.json`), as they are and spoiled.
//!
//! The verdicts come from AWS's pages; where these are silent, a form is refused that neither of the two sends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use sts3_sigv4::{Credentials, Mismatch, Request, Scope, Secret, Signer, Timestamp};
use support::{SECRET, Sent, all, named, sent_of, signed_by};

const SIGNED: &str = "ListObjectsV2";
const PRESIGNED: &str = "presigned GetObject with a token";

fn is_malformed(mismatch: &Mismatch, expected: &str) -> bool {
    matches!(mismatch, Mismatch::Malformed { part, .. } if *part == expected)
}

#[test]
fn what_botocore_and_awscrt_send_is_verified() {
    let mut verified = 0;
    let is_judged_apart = |name: &str| name.contains("RFC 1123") || name.contains("S3 without expiration");
    for sent in all().iter().filter(|sent| !is_judged_apart(&sent.name)) {
        let name = format!("{}: {}", sent.source, sent.name);
        let found = sent.verify().unwrap_or_else(|mismatch| panic!("{name}: {mismatch}"));
        let token =
            sent.header("x-amz-security-token").is_some() || sent.query.contains("X-Amz-Security-Token");
        assert_eq!(found.session_token, token.then(|| Secret::new("token/+=")), "{name}");
        assert_eq!(found.presigned, sent.name.starts_with("presigned"), "{name}");
        assert_eq!(found.scope, Scope::new("us-east-1", sent.service.as_str()), "{name}");
        verified += 1;
    }
    assert_eq!(verified, 27);
}

/// "You do not normalize URI paths for requests to Amazon S3" (sig-v4-header-based-auth); for other services "Normalize
/// URI paths according to RFC 3986" (reference_sigv-create-signed-request).
#[test]
fn the_path_that_was_signed_is_handed_out() {
    assert_eq!(named("GET with two parameters").path, "/a/../b");
    assert_eq!(named("GET with two parameters").verify().unwrap().path, "/b");
    assert_eq!(named("GetObject with a range").verify().unwrap().path, "/bucket/a%20b/%C3%BC.txt");
    // The same signature under another spelling leads to the same path.
    let moved = Sent { path: "/x/../b".into(), ..named("GET with two parameters") };
    assert_eq!(moved.verify().unwrap().path, "/b");
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let request = Request::new("GET", "/bucket/a/../b").headers(&[("host", "h")]);
    let sent = signed_by(&signer, &request, "s3");
    assert_eq!(sent.verify().unwrap().path, "/bucket/a/../b");
}

#[test]
fn headers_that_are_not_signed_are_told_apart() {
    let verified = named("GetObject with a range").verify().unwrap();
    assert!(verified.is_signed("Range") && verified.is_signed("host") && verified.is_signed("x-amz-date"));
    assert!(!verified.is_signed("amz-sdk-request") && !verified.is_signed("rang"));
}

/// "If you are using the Date header for signing, then it must be in the ISO 8601 basic YYYYMMDD'T'HHMMSS'Z' format. If
/// Date is specified but is not in ISO 8601 basic format, then you must also include the x-amz-date header. […] when
/// x-amz-date is present, it always overrides the value of the Date header" (RESTCommonRequestHeaders).
#[test]
fn a_date_header_is_taken_where_aws_takes_it() {
    named("Date in ISO 8601 basic form").verify().unwrap();
    let refused = named("Date in the form of RFC 1123").verify().unwrap_err();
    assert!(is_malformed(&refused, "Date header"), "{refused}");
    let twice = named("Date in ISO 8601 basic form").with("date", "20150830T123600Z").verify().unwrap_err();
    assert!(matches!(twice, Mismatch::Repeated { .. }), "{twice}");
    // Beside X-Amz-Date, a Date may be anything: here it is not signed, either.
    for date in ["Sun, 30 Aug 2015 12:36:00 GMT", "20200101T000000Z", "yesterday"] {
        named(SIGNED).with("date", date).verify().unwrap();
    }
    let none = named(SIGNED).without("x-amz-date").verify().unwrap_err();
    assert!(is_malformed(&none, "X-Amz-Date header"), "{none}");
}

#[test]
fn what_is_there_twice_is_refused() {
    let doubled = |name: &str| {
        let sent = named(SIGNED);
        let value = sent.header(name).unwrap().to_owned();
        (format!("header {name}"), sent.with(&name.to_uppercase(), &value))
    };
    let mut cases: Vec<(String, Sent)> =
        ["authorization", "host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"]
            .map(doubled)
            .into();
    let sent = named(SIGNED);
    cases.push(("another Authorization".into(), sent.clone().with("authorization", "Bearer x")));
    let authorization = sent.header("authorization").unwrap().to_owned();
    for field in authorization.split_once(' ').unwrap().1.split(", ") {
        cases.push((
            format!("at the end {field}"),
            sent.clone().edit("authorization", &authorization, &format!("{authorization}, {field}")),
        ));
        cases.push((
            format!("beside itself {field}"),
            sent.clone().edit("authorization", field, &format!("{field}, {field}")),
        ));
    }
    let presigned = named(PRESIGNED);
    for parameter in presigned.query.split('&').map(str::to_owned) {
        let query = format!("{}&{parameter}", presigned.query);
        cases.push((format!("behind {parameter}"), Sent { query, ..presigned.clone() }));
        let (name, _) = parameter.split_once('=').unwrap();
        let query = format!("{name}=other&{}", presigned.query);
        cases.push((format!("before {parameter}"), Sent { query, ..presigned.clone() }));
        // The name in another spelling is the same name.
        let query = format!("{}&{}", presigned.query, parameter.replacen("X-", "X%2D", 1));
        cases.push((format!("escaped {parameter}"), Sent { query, ..presigned.clone() }));
    }
    cases.push(("two hosts in a presigned request".into(), presigned.clone().with("host", "other")));
    cases.push(("token in both places".into(), presigned.clone().with("x-amz-security-token", "token/+=")));
    let query = format!("{}&X-Amz-Security-Token=token%2F%2B%3D", sent.query);
    cases.push(("token in both places of a signed header".into(), Sent { query, ..sent.clone() }));
    for (name, sent) in cases {
        let mismatch = sent.verify().unwrap_err();
        assert!(matches!(mismatch, Mismatch::Repeated { .. }), "{name}: {mismatch}");
    }
    let both = Sent { query: named("presigned GetObject").query, ..sent };
    assert!(matches!(both.verify(), Err(Mismatch::SignedTwice)));
}

#[test]
fn an_authorization_header_has_one_form() {
    let authorization = named(SIGNED).header("authorization").unwrap().to_owned();
    let signature = authorization.rsplit('=').next().unwrap().to_owned();
    let edit = |from: &str, to: &str| named(SIGNED).edit("authorization", from, to);
    // "SignedHeaders and Signature are separated by a comma": the pages' examples have blanks behind it or none.
    edit(", SignedHeaders", ",SignedHeaders").verify().unwrap();
    edit(", Signature", ",Signature").verify().unwrap();
    let (credential, rest) = authorization.split_once(' ').unwrap().1.split_once(", ").unwrap();
    for (name, sent) in [
        ("upper-case signature", edit(&signature, &signature.to_uppercase())),
        ("63 digits", edit(&signature, &signature[1..])),
        ("65 digits", edit(&signature, &format!("0{signature}"))),
        ("no signature", edit(&signature, "")),
        ("0x", edit(&signature, &format!("0x{}", &signature[2..]))),
        ("a field more", edit(&signature, &format!("{signature}, Extra=1"))),
        ("a comma at the end", edit(&signature, &format!("{signature},"))),
        ("no comma", edit(", Signature", " Signature")),
        ("another order", edit(&format!("{credential}, {rest}"), &format!("{rest}, {credential}"))),
        ("lower-case field", edit("Credential=", "credential=")),
        ("two blanks", edit("SHA256 ", "SHA256  ")),
        ("a comma behind the algorithm", edit("SHA256 ", "SHA256, ")),
        ("blank before the equals sign", edit("Credential=", "Credential =")),
        ("date of seven digits", edit("/20150830/", "/2015083/")),
        ("date with letters", edit("/20150830/", "/2015083O/")),
        ("no region", edit("/us-east-1/", "//")),
        ("service in capitals", edit("/s3/", "/S3/")),
        ("terminator in capitals", edit("/aws4_request", "/AWS4_REQUEST")),
        ("five parts", edit("/s3/", "/s3/x/")),
        ("no key", edit("AKIDEXAMPLE/", "/")),
        ("a key with a blank", edit("AKIDEXAMPLE/", "AKID EXAMPLE/")),
    ] {
        let mismatch = sent.verify().unwrap_err();
        let refused = matches!(mismatch, Mismatch::Malformed { .. } | Mismatch::UnsupportedAlgorithm { .. });
        assert!(refused, "{name}: {mismatch}");
    }
}

/// S3's page has it in each signed query; the common parameters of STS, SQS and others do not have it, and awscrt leaves it
/// out unless it is told a time. So nothing but the clock's tolerance of 15 minutes limits such a query.
#[test]
fn a_query_signed_without_expiration_lives_as_long_as_a_signed_header_and_not_at_all_for_s3() {
    let at = |time: &str| Sent { time: time.into(), ..named("presigned GET without expiration") }.verify();
    for time in ["20150830T122100Z", "20150830T123600Z", "20150830T125100Z"] {
        assert!(at(time).unwrap().presigned, "{time}");
    }
    for time in ["20150830T122059Z", "20150830T125101Z"] {
        let mismatch = at(time).unwrap_err();
        assert!(matches!(mismatch, Mismatch::Clock { .. }), "{time}: {mismatch}");
    }
    let mismatch = named("presigned GET of S3 without expiration").verify().unwrap_err();
    assert!(is_malformed(&mismatch, "X-Amz-Expires"), "{mismatch}");
    // What is there has to be a number, here as well.
    let sent = named("presigned GET").edit_query("X-Amz-Expires=600", "X-Amz-Expires=");
    let mismatch = sent.verify().unwrap_err();
    assert!(is_malformed(&mismatch, "X-Amz-Expires"), "{mismatch}");
}

/// The token of an API that has nothing to do with AWS, sent to a verifier by mistake.
#[test]
fn an_authorization_that_is_no_signature_is_not_shown() {
    for value in ["sk-live-hush", "Bearer sk-live-hush", "hush", "AWS4-HMAC-SHA256"] {
        let mismatch = sent_of("s3", &[("host", "h"), ("authorization", value)]).verify().unwrap_err();
        assert!(
            matches!(mismatch, Mismatch::Malformed { .. } | Mismatch::UnsupportedAlgorithm { .. }),
            "{mismatch}"
        );
        assert!(!format!("{mismatch} {mismatch:?}").contains("hush"), "{mismatch}");
    }
}

/// A line break would move what follows to another line of the canonical request: these three have the text of the one that
/// was signed.
#[test]
fn a_request_line_has_no_control_characters() {
    let sent = named("GetObject with a range");
    let path = sent.path.clone();
    for (part, sent) in [
        ("method", Sent { method: format!("GET\n{path}\n"), path: String::new(), ..sent.clone() }),
        ("path", Sent { path: format!("{path}\n"), ..sent.clone() }),
        ("query", Sent { query: "\r\n".into(), ..sent }),
    ] {
        let mismatch = sent.verify().unwrap_err();
        assert!(is_malformed(&mismatch, part), "{mismatch}");
    }
}

/// White space is folded in what is signed, so each of these has the signature of the one without it.
#[test]
fn a_header_that_is_read_has_no_white_space_to_fold() {
    for (name, from, to) in [
        ("x-amz-security-token", "token/+=", "token/+=\r"),
        ("x-amz-security-token", "token/+=", "\ntoken/+="),
        ("x-amz-date", "20150830T123600Z", "20150830T123600Z\r\n"),
        ("host", "s3.amazonaws.com", "s3.amazonaws.com\x0b"),
        ("authorization", ", Signature", ",  Signature"),
    ] {
        let mismatch = named(SIGNED).edit(name, from, to).verify().unwrap_err();
        assert!(matches!(mismatch, Mismatch::Malformed { .. }), "{name}: {mismatch}");
    }
    // RFC 9110, 5.5: white space around a value is not part of it.
    let token = named(SIGNED)
        .edit("x-amz-security-token", "token/+=", " \ttoken/+= ")
        .verify()
        .unwrap()
        .session_token;
    assert_eq!(token, Some(Secret::new("token/+=")));
}

/// "an alphabetically sorted, semicolon-separated list of lowercase request header names" (sig-v4-header-based-auth).
#[test]
fn signed_headers_ascend_in_lower_case_each_once() {
    let edit = |from: &str, to: &str| named(SIGNED).edit("authorization", from, to);
    for (name, sent) in [
        ("twice", edit("host;", "host;host;")),
        ("order", edit("host;x-amz-content-sha256", "x-amz-content-sha256;host")),
        ("capitals", edit("=host;", "=Host;")),
        ("an empty name", edit("host;", "host;;")),
        ("a separator at the end", edit("x-amz-security-token,", "x-amz-security-token;,")),
        ("a blank", edit("host;", "host; ")),
    ] {
        let mismatch = sent.verify().unwrap_err();
        assert!(is_malformed(&mismatch, "SignedHeaders"), "{name}: {mismatch}");
    }
    let mismatch = edit("host;", "").verify().unwrap_err();
    assert!(matches!(mismatch, Mismatch::HeaderNotSigned { ref name } if name == "host"), "{mismatch}");
}

/// "The minimum value you can set is 1, and the maximum is 604800"; slashes "should be encoded as %2F"
/// (sigv4-query-string-auth). botocore and awscrt escape everything that SigV4 escapes, in capitals.
#[test]
fn presigned_parameters_have_one_form() {
    let edit = |from: &str, to: &str| named(PRESIGNED).edit_query(from, to);
    let signature = named(PRESIGNED).query.rsplit('=').next().unwrap().to_owned();
    for (part, sent) in [
        ("X-Amz-Expires", edit("604800", "+60")),
        ("X-Amz-Expires", edit("604800", "%2B60")),
        ("X-Amz-Expires", edit("604800", "0")),
        ("X-Amz-Expires", edit("604800", "-7")),
        ("X-Amz-Expires", edit("604800", "604801")),
        ("X-Amz-Expires", edit("604800", "060")),
        ("X-Amz-Expires", edit("604800", "60.0")),
        ("X-Amz-Expires", edit("604800", "6%30")),
        ("X-Amz-Expires", edit("604800", "18446744073709551676")),
        ("X-Amz-Expires", edit("604800", "")),
        ("X-Amz-Expires", edit("&X-Amz-Expires=604800", "")),
        ("X-Amz-Date", edit("T123600Z", "T123600")),
        ("X-Amz-Date", edit("X-Amz-Date=20150830T123600Z", "X-Amz-Date=2015-08-30T12%3A36%3A00Z")),
        ("X-Amz-Date", edit("&X-Amz-Date=20150830T123600Z", "")),
        ("X-Amz-Credential", edit("%2F", "/")),
        ("X-Amz-Credential", edit("%2F", "%2f")),
        ("Signature", edit(&signature, &signature.to_uppercase())),
        ("Signature", edit(&signature, &signature[2..])),
        ("X-Amz-Security-Token", edit("token%2F%2B%3D", "token/%2B%3D")),
        ("X-Amz-Security-Token", edit("token%2F%2B%3D", "token%2F+%3D")),
        ("X-Amz-Algorithm", edit("X-Amz-Algorithm=AWS4-HMAC-SHA256&", "")),
        ("X-Amz-Algorithm", edit("X-Amz-Algorithm", "X%2dAmz-Algorithm")),
        ("X-Amz-Algorithm", edit("X-Amz-Algorithm", "x-amz-algorithm")),
        ("SignedHeaders", edit("SignedHeaders=host", "SignedHeaders=Host")),
        (
            "x-amz-security-token header",
            edit("&X-Amz-Security-Token=token%2F%2B%3D", "").with("x-amz-security-token", "t"),
        ),
    ] {
        let query = sent.query.clone();
        let mismatch = sent.verify().unwrap_err();
        assert!(is_malformed(&mismatch, part), "{query}: {mismatch}");
    }
}

/// "If you add a signed header that is also a signed query parameter, and they differ in value, you will receive an
/// InvalidRequest error as the input is conflicting" (sigv4-query-string-auth).
#[test]
fn a_header_may_not_contradict_the_query() {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let time = Timestamp::parse("20150830T123600Z").unwrap();
    for (header, accepted) in [("requester", true), ("other", false)] {
        let headers = [("host", "h"), ("x-amz-request-payer", header)];
        let request = Request::new("GET", "/").query("x-amz-request-payer=requester").headers(&headers);
        let presigned = signer.presign(&request, std::time::Duration::from_secs(60), time).unwrap();
        let sent = Sent { query: presigned.query().into(), ..sent_of("s3", &headers) };
        assert_eq!(sent.verify().is_ok(), accepted, "{header}");
    }
}
