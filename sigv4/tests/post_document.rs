//! Which documents are policies of S3's POST: sigv4-HTTPPOSTConstructPolicy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod support;

use sts3_sigv4::Mismatch;
use support::forms::{NEEDED, of_policy};

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
        conditions(r#"["content-length-range", "0", "512.0"]"#),
        conditions(r#"["content-length-range", "", "512"]"#),
        conditions(r#"["content-length-range", "0", " 512"]"#),
        conditions(r#"["content-length-range", "+0", "512"]"#),
        conditions(r#"["content-length-range", 0, 1e6]"#),
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
