//! Verdicts on S3 POST forms. The rules are those of AWS's pages sigv4-HTTPPOSTConstructPolicy, sigv4-HTTPPOSTForms and
//! sigv4-post-example; the documented form is `fixtures/sigv4/post-example.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use serde::Deserialize;
use sigv4::{Credentials, Mismatch, ReceivedForm, Scope, Secret, Signer, Timestamp, VerifiedForm, Verifier};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const CREDENTIAL: &str = "AKIDEXAMPLE/20151229/us-east-1/s3/aws4_request";
const TIME: &str = "20151229T000000Z";
/// What the page demands of every policy, botocore's bucket, and a key.
const NEEDED: &str = r#"{"bucket": "b"}, ["starts-with", "$key", "user/"], {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
 {"x-amz-credential": "AKIDEXAMPLE/20151229/us-east-1/s3/aws4_request"}, {"x-amz-date": "20151229T000000Z"}"#;

#[derive(Deserialize)]
struct Example {
    bucket: String,
    fields: Vec<(String, String)>,
}

fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).unwrap()
}

fn verify(
    bucket: &str,
    fields: &[(&str, &str)],
    file: (Option<&str>, u64),
    now: Timestamp,
) -> Result<VerifiedForm, Mismatch> {
    let form = ReceivedForm { bucket, fields, file_name: file.0, file_length: file.1 };
    let verifier = Verifier::new(|_: &str| Some(Secret::new(SECRET))).region("us-east-1").service("s3");
    verifier.verify_post_form(&form, now)
}

/// A form of a policy, signed now.
fn of_policy(document: &str, more: &[(&str, &str)], length: u64) -> Result<VerifiedForm, Mismatch> {
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let policy = base64(document.as_bytes());
    let signature = signer.sign_encoded_policy(&policy, at(TIME)).unwrap();
    let mut fields = vec![
        ("policy", policy.as_str()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", CREDENTIAL),
        ("x-amz-date", TIME),
        ("x-amz-signature", signature.as_str()),
    ];
    if !more.iter().any(|(name, _)| name.eq_ignore_ascii_case("key")) {
        fields.push(("key", "user/a"));
    }
    fields.extend(more);
    verify("b", &fields, (Some("a.txt"), length), at(TIME))
}

fn of_conditions(conditions: &str, more: &[(&str, &str)], length: u64) -> Result<VerifiedForm, Mismatch> {
    let separator = if conditions.is_empty() { "" } else { ", " };
    of_policy(
        &format!(
            r#"{{"expiration": "2015-12-30T12:00:00.000Z", "conditions": [{NEEDED}{separator}{conditions}]}}"#
        ),
        more,
        length,
    )
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        (0..4)
            .map(|at| {
                if at <= group.len() {
                    char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize])
                } else {
                    '='
                }
            })
            .collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[test]
fn the_documentation_s_form_is_accepted_until_its_policy_expires() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sigv4/post-example.json");
    let example: Example = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let fields: Vec<(&str, &str)> =
        example.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // "C:\Program Files\directory1\file.txt is interpreted as file.txt"
    let file = (Some(r"C:\Program Files\directory1\file.txt"), 1_000_000);
    let verified = verify(&example.bucket, &fields, file, at("20151230T120000Z")).unwrap();
    assert_eq!(verified.access_key_id, "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(verified.expiration, at("20151230T120000Z"));
    assert_eq!(verified.field("KEY"), Some("user/user1/file.txt"));
    assert_eq!(verified.field("content-type"), Some("image/jpeg"));
    // "The elements after this will be ignored", says the page's form of what follows the file.
    assert_eq!(verified.field("submit"), None);
    let late = verify(&example.bucket, &fields, file, at("20151230T120001Z")).unwrap_err();
    assert!(matches!(late, Mismatch::Expired { .. }), "{late}");
    let early = verify(&example.bucket, &fields, file, at("20151228T234459Z")).unwrap_err();
    assert!(matches!(early, Mismatch::Clock { .. }), "{early}");
    let elsewhere = verify("other", &fields, file, at(TIME)).unwrap_err();
    assert!(matches!(elsewhere, Mismatch::PolicyCondition { .. }), "{elsewhere}");
}

/// "In Signature Version 4, the signing key is valid for up to seven days. Therefore, the signatures are also valid for
/// up to seven days" (bucket-policy-s3-sigv4-conditions).
#[test]
fn a_form_lives_no_longer_than_its_signature() {
    let document = format!(r#"{{"expiration": "2016-12-30T12:00:00Z", "conditions": [{NEEDED}]}}"#);
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    let policy = base64(document.as_bytes());
    let signature = signer.sign_encoded_policy(&policy, at(TIME)).unwrap();
    let fields = [
        ("key", "user/a"),
        ("policy", policy.as_str()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", CREDENTIAL),
        ("x-amz-date", TIME),
        ("x-amz-signature", signature.as_str()),
    ];
    verify("b", &fields, (None, 1), at("20160105T000000Z")).unwrap();
    assert!(matches!(verify("b", &fields, (None, 1), at("20160105T000001Z")), Err(Mismatch::Expired { .. })));
    assert!(matches!(verify("b", &[("key", "user/a")], (None, 1), at(TIME)), Err(Mismatch::NotSigned)));
}

#[test]
fn every_condition_is_held_to_the_form() {
    let image = r#"["starts-with", "$Content-Type", "image/"]"#;
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);
    let cases: &[Case] = &[
        // "The form field value must match the value specified", in either spelling.
        (r#"{"acl": "public-read"}"#, &[("acl", "public-read")], true),
        (r#"{"acl": "public-read"}"#, &[("acl", "private")], false),
        (r#"["eq", "$acl", "public-read"]"#, &[("acl", "public-read")], true),
        (r#"["eq", "$acl", "public-read"]"#, &[("acl", "public-read-write")], false),
        (r#"["eq", "$acl", "public-read"]"#, &[("acl", "Public-Read")], false),
        // "The value must start with the specified value"; an empty one allows any.
        (r#"["starts-with", "$x-amz-meta-tag", "a"]"#, &[("x-amz-meta-tag", "ab")], true),
        (r#"["starts-with", "$x-amz-meta-tag", "a"]"#, &[("x-amz-meta-tag", "ba")], false),
        (
            r#"["starts-with", "$success_action_redirect", ""]"#,
            &[("success_action_redirect", "http://h/")],
            true,
        ),
        // A condition on a field that is not there.
        (r#"{"acl": "private"}"#, &[], false),
        (r#"["starts-with", "$acl", ""]"#, &[], false),
        // "values for a starts-with condition that include commas are interpreted as lists": Content-Type only.
        (image, &[("Content-Type", "image/jpg,image/png,image/gif")], true),
        (image, &[("Content-Type", "image/jpg,text/plain")], false),
        (r#"["starts-with", "$Cache-Control", "a"]"#, &[("Cache-Control", "a,b")], true),
        // "The post parameters are case insensitive"; their values are not.
        (r#"{"X-AMZ-Meta-A": "v"}"#, &[("x-amz-meta-a", "v")], true),
        (r#"{"x-amz-meta-a": "v"}"#, &[("X-Amz-Meta-A", "v")], true),
        // Several conditions on one field must all hold.
        (r#"["starts-with", "$acl", "p"], {"acl": "private"}"#, &[("acl", "private")], true),
        (r#"["starts-with", "$acl", "p"], {"acl": "private"}"#, &[("acl", "public-read")], false),
        // "Ninja,Stallman": several fields of one name.
        (
            r#"{"x-amz-meta-tag": "Ninja,Stallman"}"#,
            &[("x-amz-meta-tag", "Ninja"), ("x-amz-meta-tag", "Stallman")],
            true,
        ),
        (
            r#"{"x-amz-meta-tag": "Ninja"}"#,
            &[("x-amz-meta-tag", "Ninja"), ("x-amz-meta-tag", "Stallman")],
            false,
        ),
        // "All variables within the form are expanded prior to validating the POST policy."
        (r#"{"x-amz-meta-name": "a.txt"}"#, &[("x-amz-meta-name", "${filename}")], true),
        (r#"{"x-amz-meta-name": "${filename}"}"#, &[("x-amz-meta-name", "${filename}")], false),
        // "Character Escaping".
        (
            r#"{"x-amz-meta-a": "\$1 \\ \b\f\n\r\t\v \u00fc \ud83e\udd80"}"#,
            &[("x-amz-meta-a", "$1 \\ \u{8}\u{c}\n\r\t\u{b} ü 🦀")],
            true,
        ),
    ];
    for (conditions, fields, holds) in cases {
        match of_conditions(conditions, fields, 1) {
            Ok(_) => assert!(holds, "{conditions} with {fields:?} was accepted"),
            Err(mismatch) => {
                let refused = matches!(mismatch, Mismatch::PolicyCondition { .. });
                assert!(!holds && refused, "{conditions} with {fields:?}: {mismatch}");
            }
        }
    }
}

/// "This example allows a file size from 1 to 10 MiB".
#[test]
fn the_file_s_size_is_within_the_range() {
    let range = r#"["content-length-range", 1048576, 10485760]"#;
    for (length, fits) in [(1_048_575, false), (1_048_576, true), (10_485_760, true), (10_485_761, false)] {
        match of_conditions(range, &[], length) {
            Ok(_) => assert!(fits, "{length}"),
            Err(mismatch) => {
                assert!(!fits && matches!(mismatch, Mismatch::FileSize { .. }), "{length}: {mismatch}")
            }
        }
    }
}

/// "Each form field that you specify in a form (except x-amz-signature, file, policy, and field names that have an
/// x-ignore- prefix) must appear in the list of conditions."
#[test]
fn every_field_is_covered_by_a_condition() {
    for name in [
        "acl",
        "Content-Type",
        "x-amz-meta-a",
        "success_action_redirect",
        "Filename",
        "x-amz-security-token",
        "Content-MD5",
    ] {
        let mismatch = of_conditions("", &[(name, "x")], 1).unwrap_err();
        assert!(
            matches!(&mismatch, Mismatch::ExtraField { name: found } if *found == name.to_lowercase()),
            "{mismatch}"
        );
    }
    let verified =
        of_conditions("", &[("x-ignore-a", "x"), ("File", "data"), ("acl", "private")], 1).unwrap();
    assert_eq!(verified.field("x-ignore-a"), None);
    assert_eq!(verified.field("acl"), None);
    let names: Vec<&str> = verified.fields().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["bucket", "key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"]
    );
    let needed = NEEDED.replace(r#"{"bucket": "b"}, "#, "");
    let document = format!(r#"{{"expiration": "2015-12-30T12:00:00Z", "conditions": [{needed}]}}"#);
    assert!(matches!(of_policy(&document, &[], 1), Err(Mismatch::ExtraField { name }) if name == "bucket"));
}

#[test]
fn a_form_says_each_thing_once() {
    for (name, value) in [
        ("key", "user/b"),
        ("Policy", "x"),
        ("x-amz-signature", "x"),
        ("X-Amz-Date", TIME),
        ("x-amz-credential", CREDENTIAL),
    ] {
        let mismatch = of_conditions("", &[("key", "user/a"), (name, value)], 1).unwrap_err();
        assert!(matches!(mismatch, Mismatch::Repeated { .. }), "{name}: {mismatch}");
    }
    // "You cannot upload more than one file at a time."
    let mismatch = of_conditions("", &[("file", ""), ("file", "")], 1).unwrap_err();
    assert!(matches!(mismatch, Mismatch::Repeated { .. }), "{mismatch}");
    // AWS's SDK for JavaScript names the bucket in the form as well.
    of_conditions("", &[("bucket", "b")], 1).unwrap();
    let mismatch = of_conditions("", &[("bucket", "c")], 1).unwrap_err();
    assert!(matches!(mismatch, Mismatch::Malformed { part: "bucket", .. }), "{mismatch}");
    // "The form data and boundaries (excluding the contents of the file) cannot exceed 20KB."
    let long = "x".repeat(20_480);
    let mismatch = of_conditions("", &[("x-ignore-a", &long)], 1).unwrap_err();
    assert!(matches!(mismatch, Mismatch::TooLarge { .. }), "{mismatch}");
    of_conditions("", &[("file", &long)], 1).unwrap();
    // An expansion does not make it larger, either.
    let variables = "${filename}".repeat(500);
    let name = "n".repeat(1000);
    let fields = [("key", variables.as_str())];
    let mismatch = verify("b", &fields, (Some(&name), 1), at(TIME)).unwrap_err();
    assert!(matches!(mismatch, Mismatch::TooLarge { .. }), "{mismatch}");
}

#[test]
fn what_is_not_a_policy_is_refused() {
    let good = r#""expiration": "2015-12-30T12:00:00.000Z""#;
    // The page's own example has a comma behind the last condition.
    of_policy(&format!(r#"{{{good}, "conditions": [{NEEDED},]}}"#), &[], 1).unwrap();
    of_policy(&format!(r#"{{ "conditions": [{NEEDED}], {good} }}"#), &[], 1).unwrap();
    let conditions = |text: &str| format!(r#"{{{good}, "conditions": [{NEEDED}, {text}]}}"#);
    let expiration = |text: &str| format!(r#"{{"expiration": {text}, "conditions": [{NEEDED}]}}"#);
    let documents = [
        String::new(),
        "{}".into(),
        "[]".into(),
        "null".into(),
        format!("{{{good}}}"),
        format!(r#"{{"conditions": [{NEEDED}]}}"#),
        format!(r#"{{{good}, "conditions": [{NEEDED}]"#),
        format!(r#"{{{good}, "conditions": [{NEEDED}]}} x"#),
        format!(r#"{{{good}, {good}, "conditions": [{NEEDED}]}}"#),
        format!(r#"{{{good}, "conditions": [{NEEDED}], "conditions": []}}"#),
        format!(r#"{{{good}, "CONDITIONS": [{NEEDED}]}}"#),
        format!(r#"{{{good}, "Statement": "x", "conditions": [{NEEDED}]}}"#),
        format!(r#"{{{good}, "conditions": {NEEDED}}}"#),
        expiration(r#""2015-12-30 12:00:00Z""#),
        expiration(r#""2015-12-30T12:00:00""#),
        expiration(r#""2015-12-30T12:00:00+00:00""#),
        expiration(r#""2015-12-30T12:00:00.0Z""#),
        expiration(r#""20151230T120000Z""#),
        expiration(r#""2015-13-30T12:00:00Z""#),
        expiration(r#""2015-1-230T12:00:00Z""#),
        expiration("1451476800"),
        conditions("{}"),
        conditions("[]"),
        conditions(r#"{"a": "b", "c": "d"}"#),
        conditions(r#"{"a": 1}"#),
        conditions(r#"{"a": null}"#),
        conditions(r#"["eq", "a", "b"]"#),
        conditions(r#"["eq", "$a"]"#),
        conditions(r#"["eq", "$a", "b", "c"]"#),
        conditions(r#"["EQ", "$a", "b"]"#),
        conditions(r#"["ends-with", "$a", "b"]"#),
        conditions(r#"["content-length-range", 0]"#),
        conditions(r#"["content-length-range", -1, 0]"#),
        conditions(r#"["content-length-range", 0, 512.0]"#),
        conditions(r#"["content-length-range", 0, 99999999999999999999]"#),
        conditions(r#""a""#),
        conditions(r#"{"a": "\x"}"#),
        conditions(r#"{"a": "\ud800"}"#),
        conditions("{\"a\": \"\n\"}"),
        // "This condition supports exact matching": the table's fields of which it says no more.
        conditions(r#"["starts-with", "$bucket", "b"]"#),
        conditions(r#"["starts-with", "$x-amz-credential", ""]"#),
        conditions(r#"["starts-with", "$x-amz-server-side-encryption", ""]"#),
        conditions(r#"["starts-with", "$success_action_status", "2"]"#),
    ];
    for document in documents {
        let mismatch = of_policy(&document, &[], 1).unwrap_err();
        // An empty field counts as missing.
        assert!(matches!(mismatch, Mismatch::Malformed { part: "policy", .. }), "{document}: {mismatch}");
    }
}

#[test]
fn messages_show_no_token_and_no_control_character() {
    let mismatch = of_conditions(r#"{"acl": "\u001b[31m"}"#, &[("acl", "private")], 1).unwrap_err();
    assert_eq!(
        mismatch.to_string(),
        r#"the form breaks the policy's condition ["eq", "$acl", "\u001b[31m"]"#
    );
    let mismatch = of_conditions("", &[("x\u{1b}[31m", "1")], 1).unwrap_err();
    assert!(mismatch.to_string().bytes().all(|byte| matches!(byte, b' '..=b'~')), "{mismatch}");
    let mismatch =
        of_conditions(r#"{"x-amz-security-token": "hush"}"#, &[("x-amz-security-token", "other")], 1)
            .unwrap_err();
    assert!(!format!("{mismatch} {mismatch:?}").contains("hush"), "{mismatch}");
    let verified =
        of_conditions(r#"{"x-amz-security-token": "hush"}"#, &[("x-amz-security-token", "hush")], 1).unwrap();
    assert_eq!(verified.session_token, Some(Secret::new("hush")));
    assert!(!format!("{verified:?}").contains("hush"));
}
