//! Times that servers write with an offset are handed on in UTC, as botocore reads them: `fixtures/times`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use sts3::{
    Operation,
    s3::{ListBuckets, ListObjectVersions, ListObjects, ListObjectsV2},
};
use time::{OffsetDateTime, UtcOffset};

/// What is in the answer, and the moment as RFC 3339 in UTC.
fn cases() -> BTreeMap<String, String> {
    let path = format!("{}/fixtures/times/expected.json", env!("CARGO_MANIFEST_DIR"));
    let cases: BTreeMap<String, String> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.len() > 20);
    cases
}

fn assert_is(found: Option<OffsetDateTime>, text: &str, expected: &str) {
    let found = found.unwrap();
    assert_eq!(found.offset(), UtcOffset::UTC, "{text}");
    let (year, month, day) = found.to_calendar_date();
    let (hour, minute, second, nanosecond) = found.to_hms_nano();
    let month = u8::from(month);
    let mut shown = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanosecond > 0 {
        shown += format!(".{nanosecond:09}").trim_end_matches('0');
    }
    assert_eq!(format!("{shown}Z"), expected, "{text}");
}

#[test]
fn the_times_of_objects_are_in_utc_whichever_reader_reads_them() {
    for (text, expected) in cases() {
        let page = |key: &str| {
            let body = format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated><Contents>{key}<LastModified>{text}</LastModified>\
                 <Size>1</Size></Contents></ListBucketResult>"
            );
            http::Response::new(body.into_bytes())
        };
        // An attribute is beyond the reader for the plain form.
        for key in ["<Key>k</Key>", "<Key a=\"b\">k</Key>"] {
            let v2 = ListObjectsV2::new("demo").parse(page(key)).unwrap();
            assert_is(v2.objects().next().unwrap().last_modified, &text, &expected);
            let v1 = ListObjects::new("demo").parse(page(key)).unwrap();
            assert_is(v1.objects().next().unwrap().to_owned().last_modified, &text, &expected);
        }
    }
}

#[test]
fn the_times_of_versions_restored_copies_and_buckets_are_in_utc() {
    for (text, expected) in cases() {
        let body = format!(
            "<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>k</Key><VersionId>1</VersionId>\
             <LastModified>{text}</LastModified><Size>1</Size></Version></ListVersionsResult>"
        );
        let page = ListObjectVersions::new("demo").parse(http::Response::new(body.into_bytes())).unwrap();
        assert_is(page.versions[0].last_modified, &text, &expected);
        let body = format!(
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>1</Size><RestoreStatus>\
             <IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>{text}</RestoreExpiryDate>\
             </RestoreStatus></Contents></ListBucketResult>"
        );
        let page = ListObjectsV2::new("demo").parse(http::Response::new(body.into_bytes())).unwrap();
        assert_is(page.objects().next().unwrap().restore_status().unwrap().expiry_date, &text, &expected);
        let body = format!(
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>demo</Name><CreationDate>{text}</CreationDate></Bucket>\
             </Buckets></ListAllMyBucketsResult>"
        );
        let page = ListBuckets::new().parse(http::Response::new(body.into_bytes())).unwrap();
        assert_is(page.buckets[0].creation_date, &text, &expected);
    }
}
