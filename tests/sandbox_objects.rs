//! What the sandbox does with an object: only what was asked for, and nothing at all if it does not know that.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/signed_s3.rs"]
mod signed_s3;
mod support;

use std::collections::BTreeSet;

use serde::Deserialize;
use signed_s3::{Answer, send};
use sts3_sandbox::{BucketSpec, Sandbox};
use support::start;

const KEY: &str = "/demo/readme.md";

async fn sandbox() -> Sandbox {
    start(Sandbox::builder().bucket(BucketSpec::demo("demo")).bucket(BucketSpec::empty("empty"))).await
}

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/ranges/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// Resource, method, operation, parameters: see `fixtures/ranges/README.md`.
fn operations() -> Vec<(String, String, String, Vec<String>)> {
    let read = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut next = || columns.next().unwrap();
        let (resource, method, name, parameters) = (next(), next(), next(), next());
        let parameters = parameters.split(',').filter(|name| !name.is_empty()).map(str::to_owned);
        (resource, method, name, parameters.collect())
    };
    fixture("operations.tsv").lines().map(read).collect()
}

/// That the demo bucket, its object and the empty bucket are as they were.
async fn assert_untouched(sandbox: &Sandbox, before: &Answer) {
    let now = send(sandbox, "GET", KEY, &[], "").await;
    assert_eq!(
        (now.status, &now.body, now.header("last-modified")),
        (200, &before.body, before.header("last-modified"))
    );
    assert_eq!(now.header("content-type"), before.header("content-type"));
    let listed = send(sandbox, "GET", "/demo?list-type=2", &[], "").await;
    assert!(listed.body.contains("<KeyCount>24</KeyCount>"), "{}", listed.body);
    assert_eq!(send(sandbox, "HEAD", "/empty", &[], "").await.status, 200);
}

fn assert_not_implemented(answer: &Answer, method: &str, target: &str, named: &str) {
    assert_eq!(answer.status, 501, "{method} {target}: {answer:?}");
    if method == "HEAD" {
        assert_eq!(answer.body, "", "{target}");
    } else {
        assert!(answer.body.contains("<Code>NotImplemented</Code>"), "{method} {target}: {}", answer.body);
        assert!(answer.body.contains(named), "{method} {target}: no {named} in {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_of_s3_that_are_not_implemented_are_refused_and_change_nothing() {
    const IMPLEMENTED: [&str; 11] = [
        "ListObjectsV2",
        "ListObjects",
        "ListObjectVersions",
        "GetBucketLocation",
        "HeadBucket",
        "CreateBucket",
        "DeleteBucket",
        "GetObject",
        "HeadObject",
        "PutObject",
        "DeleteObject",
    ];
    let sandbox = sandbox().await;
    let before = send(&sandbox, "GET", KEY, &[], "").await;
    let mut refused = 0;
    for (resource, method, name, parameters) in operations() {
        if IMPLEMENTED.contains(&name.as_str()) || name == "CopyObject" {
            continue;
        }
        let path = if resource == "object" { KEY } else { "/empty" };
        let target = format!("{path}?{}=1", parameters.join("=1&"));
        let answer = send(&sandbox, &method, &target, &[], "<x/>").await;
        assert_not_implemented(&answer, &method, &target, "<Method>");
        refused += 1;
    }
    assert!(refused > 80, "{refused}");
    assert_untouched(&sandbox, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_that_is_not_known_is_refused_with_every_method_and_changes_nothing() {
    let sandbox = sandbox().await;
    let before = send(&sandbox, "GET", KEY, &[], "").await;
    let mut names: BTreeSet<String> = operations()
        .into_iter()
        .filter(|(resource, ..)| resource == "object")
        .flat_map(|(.., parameters)| parameters)
        .filter(|name| !name.starts_with("response-"))
        .collect();
    names.extend(["lifecycle", "new-in-2030", "Tagging", "list-type", "prefix", "delete"].map(str::to_owned));
    for name in &names {
        for method in ["GET", "HEAD", "PUT", "DELETE", "POST"] {
            for target in [format!("{KEY}?{name}"), format!("{KEY}?x-id=X&{name}=1")] {
                let answer = send(&sandbox, method, &target, &[], "<x/>").await;
                let named = if method == "POST" { "POST of the object" } else { name.as_str() };
                assert_not_implemented(&answer, method, &target, named);
            }
        }
    }
    for name in ["acl", "policy", "versioning", "object-lock", "uploads", "delete", "new-in-2030"] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "POST"] {
            let target = format!("/empty?{name}");
            let answer = send(&sandbox, method, &target, &[], "<x/>").await;
            assert_not_implemented(&answer, method, &target, "<Method>");
        }
    }
    // Whatever way the name is written.
    for target in ["?%74agging", "?%76ersionId=null", "?=x", "?&&acl", "?tagging&tagging"] {
        let target = format!("{KEY}{target}");
        let answer = send(&sandbox, "DELETE", &target, &[], "").await;
        assert_not_implemented(&answer, "DELETE", &target, "nothing was changed");
    }
    assert_untouched(&sandbox, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_and_appends_are_refused_whether_a_header_or_a_parameter_asks_for_them() {
    let sandbox = sandbox().await;
    let before = send(&sandbox, "GET", KEY, &[], "").await;
    for (name, value) in [("x-amz-copy-source", "/demo/tilde~/~.txt"), ("x-amz-write-offset-bytes", "10")] {
        let answer = send(&sandbox, "PUT", KEY, &[(name, value)], "x").await;
        assert_not_implemented(&answer, "PUT", name, name);
        let target = format!("{KEY}?{name}={}", value.replace('/', "%2F"));
        assert_not_implemented(&send(&sandbox, "PUT", &target, &[], "x").await, "PUT", &target, name);
    }
    assert_untouched(&sandbox, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_without_a_meaning_of_their_own_are_taken_and_answers_get_the_headers_asked_for() {
    let sandbox = sandbox().await;
    let plain = send(&sandbox, "GET", KEY, &[], "").await;
    for (method, status) in [("PUT", 200), ("GET", 200), ("HEAD", 200), ("DELETE", 204)] {
        let target = format!("/empty/k?x-id={method}Object&x-amz-acl=private");
        assert_eq!(send(&sandbox, method, &target, &[], "").await.status, status, "{method}");
    }
    let target = format!(
        "{KEY}?response-content-type=text%2Fcsv&response-content-disposition=attachment%3B%20filename%3D%22a%22\
         &response-cache-control=no-store&response-content-encoding=x&response-content-language=ko&response-expires=0"
    );
    for method in ["GET", "HEAD"] {
        let answer = send(&sandbox, method, &target, &[], "").await;
        assert_eq!(
            (answer.status, answer.body.len()),
            (200, if method == "GET" { plain.body.len() } else { 0 })
        );
        for (name, value) in [
            ("content-type", "text/csv"),
            ("content-disposition", "attachment; filename=\"a\""),
            ("cache-control", "no-store"),
            ("content-encoding", "x"),
            ("content-language", "ko"),
            ("expires", "0"),
        ] {
            assert_eq!(
                answer.headers.iter().filter(|(other, _)| other == name).count(),
                1,
                "{name}: {answer:?}"
            );
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
    }
    let split = format!("{KEY}?response-content-type=a%0D%0Ax-evil:%201");
    let answer = send(&sandbox, "GET", &split, &[], "").await;
    assert_eq!((answer.status, answer.header("x-evil")), (400, None), "{answer:?}");
}

#[derive(Deserialize)]
struct RangeCase {
    object: String,
    method: String,
    range: String,
    status: u16,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_answered_as_moto_answers_them() {
    let sandbox = sandbox().await;
    for (key, body) in [("ten", "0123456789"), ("none", "")] {
        let (target, kind) = (format!("/empty/{key}"), [("content-type", "binary/octet-stream")]);
        assert_eq!(send(&sandbox, "PUT", &target, &kind, body).await.status, 200);
    }
    let cases: Vec<RangeCase> = serde_json::from_str(&fixture("answers.json")).unwrap();
    assert_eq!(cases.len(), 82);
    for case in cases {
        let target = format!("/empty/{}", case.object);
        let answer = send(&sandbox, &case.method, &target, &[("range", &case.range)], "").await;
        let name = format!("{} {} {}", case.method, case.object, case.range);
        assert_eq!(answer.status, case.status, "{name}: {answer:?}");
        if case.status == 416 {
            continue;
        }
        assert_eq!(answer.body, case.body, "{name}");
        for header in ["content-range", "content-length", "accept-ranges", "content-type"] {
            assert_eq!(
                answer.header(header),
                case.headers.get(header).map(String::as_str),
                "{name}: {header}"
            );
        }
    }
    // moto takes any unit for bytes; RFC 9110, 14.2, has unknown ones ignored, and names without case.
    for (range, status) in [("chars=0-1", 200), ("BYTES=0-1", 206), ("bytes", 200), ("2-4", 200)] {
        assert_eq!(
            send(&sandbox, "GET", "/empty/ten", &[("range", range)], "").await.status,
            status,
            "{range}"
        );
    }
}

/// The elements in the order of an answer of AWS; the header as RFC 9110, 15.5.17, wants it.
#[tokio::test(flavor = "multi_thread")]
async fn a_range_behind_the_end_is_refused_with_what_was_asked_for_and_what_there_is() {
    let sandbox = sandbox().await;
    assert_eq!(send(&sandbox, "PUT", "/empty/ten", &[], "0123456789").await.status, 200);
    let range = [("range", "bytes=10-12")];
    let answer = send(&sandbox, "GET", "/empty/ten", &range, "").await;
    let expected = "<Error><Code>InvalidRange</Code><Message>The requested range is not satisfiable</Message>\
        <RangeRequested>bytes=10-12</RangeRequested><ActualObjectSize>10</ActualObjectSize>";
    assert!(answer.body.contains(expected), "{}", answer.body);
    assert_eq!((answer.status, answer.header("content-range")), (416, Some("bytes */10")));
    let answer = send(&sandbox, "HEAD", "/empty/ten", &range, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (416, ""));
}
