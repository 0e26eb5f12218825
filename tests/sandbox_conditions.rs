//! Conditions of requests for objects in the sandbox: nothing is replaced, deleted or read that is not what was meant.
//!
//! Expected statuses: RFC 9110, 13.1 and 13.2.2 (reads); S3's user guide, "conditional writes" and "conditional deletes":
//! 412 if the condition fails, 404 if there is no object for If-Match, 501 for an If-None-Match other than `*`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/signed_s3.rs"]
mod signed_s3;
mod support;

use std::sync::Arc;

use signed_s3::{Answer, send};
use sts3_sandbox::{BucketSpec, Sandbox};
use support::start;
use tokio::task::JoinSet;

const KEY: &str = "/demo/k";
const OTHER: &str = "\"00000000000000000000000000000000\"";
const PAST: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const FUTURE: &str = "Fri, 01 Jan 2100 00:00:00 GMT";

/// A sandbox with one object of known body; its ETag and date.
async fn with_object() -> (Sandbox, String, String) {
    let builder = Sandbox::builder().bucket(BucketSpec::empty("demo"));
    let sandbox = start(builder.bucket("big:flat-uuid:10".parse().unwrap())).await;
    send(&sandbox, "PUT", KEY, &[], "first").await;
    let head = send(&sandbox, "HEAD", KEY, &[], "").await;
    let header = |name: &str| head.header(name).unwrap().to_owned();
    let (etag, date) = (header("etag"), header("last-modified"));
    (sandbox, etag, date)
}

fn assert_failed(answer: &Answer, condition: &str, context: &str) {
    assert_eq!(answer.status, 412, "{context}: {}", answer.body);
    assert!(answer.body.contains("<Code>PreconditionFailed</Code>"), "{context}: {}", answer.body);
    assert!(
        answer.body.contains(&format!("<Condition>{condition}</Condition>")),
        "{context}: {}",
        answer.body
    );
}

async fn body(sandbox: &Sandbox, target: &str) -> Option<String> {
    let answer = send(sandbox, "GET", target, &[], "").await;
    (answer.status == 200).then_some(answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_or_delete_whose_condition_fails_changes_nothing() {
    let (sandbox, etag, _) = with_object().await;
    for (method, name, value) in [
        ("PUT", "If-None-Match", "*"),
        ("PUT", "If-Match", OTHER),
        ("PUT", "if-match", "00000000000000000000000000000000"),
        ("DELETE", "If-Match", OTHER),
    ] {
        let answer = send(&sandbox, method, KEY, &[(name, value)], "second").await;
        let condition = if name.eq_ignore_ascii_case("If-Match") { "If-Match" } else { name };
        assert_failed(&answer, condition, &format!("{method} {name}: {value}"));
    }
    // S3 has no other condition of this name than "there is none".
    let answer = send(&sandbox, "PUT", KEY, &[("If-None-Match", OTHER)], "second").await;
    assert_eq!(answer.status, 501, "{}", answer.body);
    // Conditions of directory buckets must not be taken for none.
    for (name, value) in [("x-amz-if-match-size", "99"), ("x-amz-if-match-last-modified-time", PAST)] {
        assert_eq!(send(&sandbox, "DELETE", KEY, &[(name, value)], "").await.status, 501, "{name}");
    }
    assert_eq!(send(&sandbox, "DELETE", &format!("{KEY}?x-amz-if-match-size=99"), &[], "").await.status, 501);
    assert_eq!(body(&sandbox, KEY).await.as_deref(), Some("first"));
    for (method, value) in [("PUT", etag.as_str()), ("PUT", "*"), ("DELETE", "*"), ("DELETE", OTHER)] {
        let answer = send(&sandbox, method, "/demo/none", &[("If-Match", value)], "second").await;
        assert_eq!(answer.status, 404, "{method} {value}");
        assert!(answer.body.contains("<Code>NoSuchKey</Code>"), "{}", answer.body);
    }
    assert_eq!(body(&sandbox, "/demo/none").await, None);
    // Objects that are computed count as there, until they are deleted.
    let listed = send(&sandbox, "GET", "/big?list-type=2", &[], "").await.body;
    let key = listed.split("<Key>").nth(1).unwrap().split('<').next().unwrap();
    let target = format!("/big/{key}");
    assert_eq!(send(&sandbox, "PUT", &target, &[("If-None-Match", "*")], "x").await.status, 412);
    assert_eq!(send(&sandbox, "DELETE", &target, &[("If-Match", "*")], "").await.status, 204);
    assert_eq!(send(&sandbox, "PUT", &target, &[("If-None-Match", "*")], "x").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_or_delete_whose_condition_holds_is_done() {
    let (sandbox, etag, _) = with_object().await;
    let create = send(&sandbox, "PUT", "/demo/new", &[("If-None-Match", "*")], "new").await;
    assert_eq!(create.status, 200, "{}", create.body);
    let swapped = send(&sandbox, "PUT", KEY, &[("If-Match", &etag)], "second").await;
    assert_eq!(swapped.status, 200, "{}", swapped.body);
    assert_eq!(body(&sandbox, KEY).await.as_deref(), Some("second"));
    // The ETag of what was there before is no longer its own.
    assert_failed(&send(&sandbox, "DELETE", KEY, &[("If-Match", &etag)], "").await, "If-Match", "stale");
    let etag = swapped.header("etag").unwrap().to_owned();
    assert_eq!(send(&sandbox, "DELETE", KEY, &[("If-Match", &etag)], "").await.status, 204);
    assert_eq!(body(&sandbox, KEY).await, None);
    // Of many who create the same key, one does.
    let sandbox = Arc::new(sandbox);
    let mut creators = JoinSet::new();
    for _ in 0..8 {
        let sandbox = sandbox.clone();
        creators.spawn(async move {
            send(&sandbox, "PUT", "/demo/lock", &[("If-None-Match", "*")], "mine").await.status
        });
    }
    let mut statuses = creators.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[412; 7]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_answered_by_their_conditions_in_the_order_of_the_standard() {
    let (sandbox, etag, date) = with_object().await;
    let (etag, date) = (etag.as_str(), date.as_str());
    let weak = format!("W/{etag}");
    let list = format!("{OTHER}, {etag}");
    for (headers, status) in [
        (&[("If-Match", etag)][..], 200),
        (&[("If-Match", "*")], 200),
        (&[("If-Match", &list)], 200),
        (&[("If-Match", OTHER)], 412),
        (&[("If-None-Match", etag)], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", &list)], 304),
        (&[("If-None-Match", &weak)], 304),
        (&[("If-None-Match", OTHER)], 200),
        (&[("If-Modified-Since", PAST)], 200),
        (&[("If-Modified-Since", date)], 304),
        (&[("If-Modified-Since", "yesterday")], 200),
        (&[("If-Unmodified-Since", PAST)], 412),
        (&[("If-Unmodified-Since", date)], 200),
        (&[("If-Unmodified-Since", FUTURE)], 200),
        (&[("If-Unmodified-Since", "0")], 200),
        // A condition on ETags is the one that counts beside one on dates.
        (&[("If-Match", etag), ("If-Unmodified-Since", PAST)], 200),
        (&[("If-None-Match", OTHER), ("If-Modified-Since", date)], 200),
        (&[("If-None-Match", etag), ("If-Modified-Since", PAST)], 304),
        (&[("If-Match", OTHER), ("If-None-Match", etag)], 412),
        // If-Match compares strongly: a weak ETag is none of S3's.
        (&[("If-Match", &weak)], 412),
        (&[("Range", "bytes=0-1"), ("If-Match", OTHER)], 412),
        (&[("Range", "bytes=0-1"), ("If-None-Match", etag)], 304),
        (&[("Range", "bytes=9-"), ("If-None-Match", etag)], 304),
        (&[("Range", "bytes=0-1"), ("If-Range", etag)], 206),
        (&[("Range", "bytes=0-1"), ("If-Range", date)], 206),
        (&[("Range", "bytes=0-1"), ("If-Range", OTHER)], 200),
        (&[("Range", "bytes=0-1"), ("If-Range", PAST)], 200),
        (&[("Range", "bytes=0-1"), ("If-Range", FUTURE)], 200),
        (&[("Range", "bytes=0-1"), ("If-Range", &weak)], 200),
        (&[("Range", "bytes=9-"), ("If-Range", OTHER)], 200),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = send(&sandbox, method, KEY, headers, "").await;
            assert_eq!(answer.status, status, "{method} {headers:?}: {}", answer.body);
            if status == 304 {
                // RFC 9110, 15.4.5: no body, and the headers by which a cache knows what it has.
                assert_eq!((answer.body.as_str(), answer.header("etag")), ("", Some(etag)), "{headers:?}");
                assert_eq!(answer.header("last-modified"), Some(date), "{headers:?}");
            }
            let expected = match (method, status) {
                ("GET", 200) => "first",
                ("GET", 206) => "fi",
                _ => continue,
            };
            assert_eq!(answer.body, expected, "{headers:?}");
        }
    }
}
