//! Verdicts on S3 POST forms. The rules are those of AWS's pages sigv4-HTTPPOSTConstructPolicy, sigv4-HTTPPOSTForms and
//! sigv4-post-example; the documented form is `fixtures/sigv4/post-example.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use serde::Deserialize;
use sts3_sigv4::{Credentials, Mismatch, Scope, Secret, Signer};
use support::forms::{CREDENTIAL, NEEDED, SECRET, TIME, at, base64, of_conditions, of_policy, verify};

#[derive(Deserialize)]
struct Example {
    bucket: String,
    fields: Vec<(String, String)>,
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
    assert!(matches!(verify("b", &fields[..1], (None, 1), at(TIME)), Err(Mismatch::NotSigned)));
    for missing in 0..fields.len() {
        let rest: Vec<_> =
            fields.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, field)| *field).collect();
        assert!(
            matches!(verify("b", &rest, (None, 1), at(TIME)), Err(Mismatch::Malformed { .. })),
            "{missing}"
        );
    }
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
    let as_numbers = r#"["content-length-range", 1048576, 10485760]"#;
    // As uploaders made for S3 write it, and botocore sends it if told so (localstack/localstack#10889).
    let as_strings = r#"["content-length-range", "1048576", "10485760"]"#;
    for range in [as_numbers, as_strings] {
        for (length, fits) in [(1_048_575, false), (1_048_576, true), (10_485_760, true), (10_485_761, false)]
        {
            match of_conditions(range, &[], length) {
                Ok(_) => assert!(fits, "{length}"),
                Err(mismatch) => {
                    assert!(!fits && matches!(mismatch, Mismatch::FileSize { .. }), "{length}: {mismatch}")
                }
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
