//! Headers of requests that store or read an object in the sandbox: kept, checked or refused, and none ignored that S3 acts on.
//!
//! Digests of `123456789`: the check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/all.htm:
//! CRC-32/ISO-HDLC cbf43926, CRC-32/ISCSI e3069283, CRC-64/NVME ae8b14860a799888), and Python's `hashlib`; in base64.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/signed_s3.rs"]
mod signed_s3;
mod support;

use signed_s3::send;
use sts3_sandbox::{BucketSpec, Sandbox};
use support::start;

const KEY: &str = "/demo/k";
const BODY: &str = "123456789";
const DIGESTS: [(&str, &str); 6] = [
    ("content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="),
    ("x-amz-checksum-crc32", "y/Q5Jg=="),
    ("x-amz-checksum-crc32c", "4waSgw=="),
    ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
    ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
];

async fn sandbox() -> Sandbox {
    start(Sandbox::builder().bucket(BucketSpec::empty("demo"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_stored_only_if_it_has_the_digests_that_the_request_states() {
    let sandbox = sandbox().await;
    for (name, right) in DIGESTS {
        let is_md5 = name == "content-md5";
        // Of another body; and no digest at all, as S3's list of error codes tells them apart.
        let malformed = if is_md5 { "InvalidDigest" } else { "InvalidRequest" };
        for (stated, body, code) in [
            (right, "123456780", "BadDigest"),
            (right, "", "BadDigest"),
            ("AAAA", BODY, malformed),
            ("", BODY, malformed),
            (&right.replace(['=', '/'], "!"), BODY, malformed),
            (&right.to_lowercase()[1..], BODY, malformed),
        ] {
            let answer = send(&sandbox, "PUT", KEY, &[(name, stated)], body).await;
            let expected = format!("<Code>{code}</Code>");
            assert_eq!(answer.status, 400, "{name}: {stated} {answer:?}");
            assert!(answer.body.contains(&expected), "{name}: {stated} {}", answer.body);
        }
        assert_eq!(send(&sandbox, "GET", KEY, &[], "").await.status, 404, "{name}: nothing was stored");
        assert_eq!(send(&sandbox, "PUT", KEY, &[(name, right)], BODY).await.status, 200, "{name}");
        assert_eq!(send(&sandbox, "DELETE", KEY, &[], "").await.status, 204);
    }
    // One of several is wrong; an algorithm that nobody knows; a presigner's form.
    let both = [DIGESTS[1], ("x-amz-checksum-crc32c", "AAAAAA==")];
    assert_eq!(send(&sandbox, "PUT", KEY, &both, BODY).await.status, 400);
    let unknown = send(&sandbox, "PUT", KEY, &[("x-amz-checksum-new-in-2030", "AAAA")], BODY).await;
    assert_eq!(unknown.status, 501, "{unknown:?}");
    assert!(unknown.body.contains("x-amz-checksum-new-in-2030"), "{}", unknown.body);
    let target = format!("{KEY}?x-amz-checksum-crc32=AAAAAA%3D%3D");
    assert_eq!(send(&sandbox, "PUT", &target, &[], BODY).await.status, 400);
    assert_eq!(send(&sandbox, "HEAD", KEY, &[], "").await.status, 404);
}

/// What the object would be, or who might read it, would not be what was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn headers_that_s3_acts_on_and_the_sandbox_does_not_are_refused_by_name_and_store_nothing() {
    let sandbox = sandbox().await;
    for (name, value) in [
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "key"),
        ("x-amz-server-side-encryption-context", "e30="),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", "a2V5"),
        ("x-amz-server-side-encryption-customer-key-MD5", "a2V5"),
        ("x-amz-object-lock-mode", "COMPLIANCE"),
        ("x-amz-object-lock-retain-until-date", "2099-01-01T00:00:00Z"),
        ("x-amz-object-lock-legal-hold", "ON"),
        ("x-amz-acl", "public-read"),
        ("x-amz-grant-read", "id=1"),
        ("x-amz-grant-full-control", "id=1"),
        ("x-amz-tagging", "a=b"),
        ("X-Amz-Storage-Class", "GLACIER"),
        ("x-amz-website-redirect-location", "/other"),
    ] {
        let lower = name.to_ascii_lowercase();
        let parameter = format!("{KEY}?{name}={}", value.replace([':', '/', '='], "%3A"));
        for (target, headers) in [(KEY, &[(name, value)][..]), (&parameter, &[])] {
            let answer = send(&sandbox, "PUT", target, headers, BODY).await;
            assert_eq!(answer.status, 501, "{target} {name}: {answer:?}");
            assert!(answer.body.contains("<Code>NotImplemented</Code>"), "{name}: {}", answer.body);
            assert!(answer.body.contains(&format!("<Header>{lower}</Header>")), "{name}: {}", answer.body);
        }
        assert_eq!(send(&sandbox, "HEAD", KEY, &[], "").await.status, 404, "{name}");
    }
    for (name, value) in [("x-amz-bucket-object-lock-enabled", "true"), ("x-amz-acl", "public-read-write")] {
        assert_eq!(send(&sandbox, "PUT", "/new-bucket", &[(name, value)], "").await.status, 501, "{name}");
        assert_eq!(send(&sandbox, "HEAD", "/new-bucket", &[], "").await.status, 404, "{name}");
    }
    // What S3 does without them.
    let defaults = [
        ("x-amz-acl", "private"),
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-server-side-encryption", "AES256"),
    ];
    assert_eq!(send(&sandbox, "PUT", KEY, &defaults, BODY).await.status, 200);
    let key = [("x-amz-server-side-encryption-customer-algorithm", "AES256")];
    for method in ["GET", "HEAD"] {
        assert_eq!(send(&sandbox, method, KEY, &key, "").await.status, 501, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_and_headers_for_readers_come_back_until_the_object_is_replaced() {
    let sandbox = sandbox().await;
    let kept = [
        ("cache-control", "max-age=60"),
        ("content-disposition", "attachment; filename=\"a\""),
        ("content-encoding", "gzip"),
        ("content-language", "ko"),
        ("content-type", "text/csv"),
        ("expires", "Fri, 01 Jan 2100 00:00:00 GMT"),
        ("x-amz-meta-colour", "blue"),
        ("X-Amz-Meta-Empty", ""),
    ];
    assert_eq!(send(&sandbox, "PUT", KEY, &kept, BODY).await.status, 200);
    for (method, headers, status) in
        [("GET", &[][..], 200), ("HEAD", &[], 200), ("GET", &[("range", "bytes=0-1")], 206)]
    {
        let answer = send(&sandbox, method, KEY, headers, "").await;
        assert_eq!(answer.status, status, "{method}: {answer:?}");
        for (name, value) in kept {
            // S3 gives the names of metadata in lower case.
            let name = name.to_ascii_lowercase();
            let values: Vec<_> = answer.headers.iter().filter(|(other, _)| *other == name).collect();
            assert_eq!(values.len(), 1, "{method} {name}: {answer:?}");
            assert_eq!(values[0].1, value, "{method} {name}");
        }
    }
    let chosen = send(&sandbox, "GET", &format!("{KEY}?response-content-encoding=x"), &[], "").await;
    assert_eq!(chosen.header("content-encoding"), Some("x"));
    assert_eq!(send(&sandbox, "PUT", &format!("{KEY}?x-amz-meta-by=url"), &[], BODY).await.status, 200);
    let replaced = send(&sandbox, "GET", KEY, &[], "").await;
    assert_eq!(replaced.header("x-amz-meta-by"), Some("url"), "{replaced:?}");
    assert_eq!(replaced.header("content-type"), Some("binary/octet-stream"), "{replaced:?}");
    for name in ["x-amz-meta-colour", "cache-control", "content-encoding", "expires"] {
        assert_eq!(replaced.header(name), None, "{replaced:?}");
    }
}

/// S3's user guide, "Working with object metadata": names and values of user metadata have 2 KB together.
#[tokio::test(flavor = "multi_thread")]
async fn metadata_beyond_two_kilobytes_is_refused() {
    let sandbox = sandbox().await;
    for (length, status) in [(2047, 200), (2048, 400)] {
        let value = "v".repeat(length);
        let answer = send(&sandbox, "PUT", KEY, &[("x-amz-meta-a", &value)], BODY).await;
        assert_eq!(answer.status, status, "{length}: {}", answer.body);
        assert_eq!(answer.body.contains("<Code>MetadataTooLarge</Code>"), status == 400, "{}", answer.body);
    }
    let split = send(&sandbox, "PUT", &format!("{KEY}?x-amz-meta-a=b%0D%0Ax-evil:%201"), &[], BODY).await;
    assert_eq!(split.status, 400, "{split:?}");
}
