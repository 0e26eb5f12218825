//! Times that a server writes with an offset: every form of output has the moment in UTC, as botocore reads it
//! (`fixtures/times`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;
use support::{answering, end, sts3, with_keys};

/// What the server writes, and the moment in UTC.
fn cases() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/times/expected.json");
    let cases: BTreeMap<String, String> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    cases.into_iter().collect()
}

/// A document with an entry for each case, named by its number.
fn document(root: &str, entry: &str, cases: &[(String, String)]) -> String {
    let entries: String = cases
        .iter()
        .enumerate()
        .map(|(number, (text, _))| entry.replace('#', &format!("{number:02}")).replace('@', text))
        .collect();
    format!("<{root}><IsTruncated>false</IsTruncated>{entries}</{root}>")
}

async fn listed(url: &str, arguments: &[&str]) -> String {
    let ended = end(with_keys(sts3(&[arguments, &["--endpoint-url", url]].concat()))).await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_listing_has_the_moment_in_utc() {
    let cases = cases();
    let object = "<Contents><Key>#</Key><LastModified>@</LastModified><Size>1</Size></Contents>";
    let version =
        "<Version><Key>#</Key><VersionId>v</VersionId><LastModified>@</LastModified><Size>1</Size></Version>";
    let objects = answering(&document("ListBucketResult", object, &cases)).await;
    let versions = answering(&document("ListVersionsResult", version, &cases)).await;
    let list = |more: &[&'static str]| [&["ls", "-r", "s3://bucket"][..], more].concat();
    for (url, more) in [(&objects, &[][..]), (&objects, &["--v1"]), (&versions, &["--versions"])] {
        let json: Vec<Value> =
            serde_json::from_str(&listed(url, &list(&[more, &["--output", "json"]].concat())).await).unwrap();
        let csv = listed(url, &list(&[more, &["--output", "csv"]].concat())).await;
        let rows: Vec<_> =
            csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap).collect();
        let text = listed(url, &list(more)).await;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((json.len(), rows.len(), lines.len()), (cases.len(), cases.len(), cases.len()));
        for (number, (written, moment)) in cases.iter().enumerate() {
            assert_eq!(json[number]["last_modified"], **moment, "{written} {more:?}");
            assert_eq!(rows[number][2], **moment, "{written} {more:?}");
            // Text has whole seconds.
            assert_eq!(lines[number][..19], moment[..19].replace('T', " "), "{written} {more:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_and_users_were_made_at_a_moment_in_utc() {
    let cases = cases();
    let bucket = "<Bucket><Name>bucket-#</Name><CreationDate>@</CreationDate></Bucket>";
    let body = document("ListAllMyBucketsResult", bucket, &cases)
        .replace("<IsTruncated>false</IsTruncated>", "<Buckets>")
        .replace("</ListAll", "</Buckets></ListAll");
    let json = listed(&answering(&body).await, &["ls", "--output", "json"]).await;
    let json: Vec<Value> = serde_json::from_str(&json).unwrap();
    for ((written, moment), bucket) in cases.iter().zip(&json) {
        assert_eq!(bucket["creation_date"], **moment, "{written}");
    }
    assert_eq!(json.len(), cases.len());
    let user = "<GetUserResponse><GetUserResult><User><Path>/</Path><UserName>u</UserName><UserId>AIDA</UserId>\
        <Arn>arn:aws:iam::123456789012:user/u</Arn><CreateDate>2026-11-24T02:10:57+02:00</CreateDate></User>\
        </GetUserResult></GetUserResponse>";
    let json = listed(&answering(user).await, &["iam", "get-user", "--output", "json"]).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["create_date"], "2026-11-24T00:10:57Z");
}
