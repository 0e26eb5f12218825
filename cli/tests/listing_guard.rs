//! Servers that list in their own way, and what `ls`, `du` and `split` make of them: everything, or an error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/odd_server.rs"]
mod odd_server;
mod support;

use std::sync::atomic::Ordering;

use odd_server::{Answer, FAR, KEYS, Query, behind, bucket, key, page, start, sts3, token};

/// s3ninja#91.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_page_for_an_invented_start_after_never_shortens_a_listing() {
    let answer: Answer = |query, _| bucket(query, |start| behind(start).ok_or_else(|| page(0..0, "")));
    let (url, _) = start(answer, FAR).await;
    for arguments in [
        &["ls", "-r", "s3://bucket", "--concurrency", "24"][..],
        &["ls", "-r", "s3://bucket", "--concurrency", "24", "--unordered"],
        &["ls", "-r", "s3://bucket", "--concurrency", "1"],
        &["ls", "-r", "s3://bucket", "--v1"],
    ] {
        let ended = sts3(&url, arguments).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
        let mut names: Vec<&str> = ended.stdout.lines().filter_map(|line| line.rsplit(' ').next()).collect();
        names.sort_unstable();
        assert!(names == (0..KEYS).map(key).collect::<Vec<_>>(), "{arguments:?}: {} keys", names.len());
    }
    let du = sts3(&url, &["du", "s3://bucket", "--concurrency", "24", "--output", "ndjson"]).await;
    let total = r#"{"bytes":8000,"kind":"total","name":"","objects":8000}"#;
    assert!(du.code == Some(0) && du.stdout.contains(total), "{du:?}");
    // A start of one's own that is no key: 4,000 keys follow it.
    for version in [&["--concurrency", "24"][..], &["--v1"]] {
        let arguments = ["ls", "-r", "s3://bucket", "--start-after", "key/003999x"];
        let rest = sts3(&url, &[&arguments[..], version].concat()).await;
        assert_eq!(
            (rest.code, rest.stdout.lines().count()),
            (Some(0), 4_000),
            "{version:?}: {}",
            rest.stderr
        );
    }
    let split = sts3(&url, &["split", "s3://bucket", "--parts", "4"]).await;
    assert!(split.code == Some(3) && split.stdout.is_empty(), "{split:?}");
    assert!(split.stderr.contains("answers a start that is no key with nothing"), "{}", split.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_start_after_is_listed_by_its_tokens() {
    let answers: [Answer; 2] = [
        |query, _| bucket(query, |_| Err((501, "<Error><Code>NotImplemented</Code></Error>".to_owned()))),
        |query, _| bucket(query, |_| Err((400, "<Error><Code>InvalidArgument</Code></Error>".to_owned()))),
    ];
    for answer in answers {
        let (url, _) = start(answer, FAR).await;
        let ended = sts3(&url, &["ls", "-r", "s3://bucket", "--concurrency", "24"]).await;
        assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 8_000), "{}", ended.stderr);
        let split = sts3(&url, &["split", "s3://bucket", "--parts", "4"]).await;
        assert!(split.code == Some(3) && split.stderr.contains("refuses a start"), "{split:?}");
    }
}

/// noobaa-core#5476 and its kin: without an end, each page under a token or marker of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_does_not_go_forward_is_an_error_whatever_its_tokens() {
    fn versions(number: u64) -> (u16, String) {
        let versions: String = (0..10)
            .map(|n| {
                format!(
                    "<Version><Key>{}</Key><VersionId>v</VersionId><IsLatest>true</IsLatest></Version>",
                    key(n)
                )
            })
            .collect();
        let next = format!(
            "<NextKeyMarker>m{number}</NextKeyMarker><NextVersionIdMarker>v{number}</NextVersionIdMarker>"
        );
        (
            200,
            format!(
                "<ListVersionsResult><IsTruncated>true</IsTruncated>{versions}{next}</ListVersionsResult>"
            ),
        )
    }
    fn buckets(number: u64) -> (u16, String) {
        let bucket = "<Bucket><Name>only</Name></Bucket>";
        let token = format!("<ContinuationToken>t{number}</ContinuationToken>");
        (200, format!("<ListAllMyBucketsResult><Buckets>{bucket}</Buckets>{token}</ListAllMyBucketsResult>"))
    }
    let cases: [(&str, Answer, &[&str]); 8] = [
        ("the same page, fresh tokens", |_, n| page(0..20, &token(n)), &["ls", "-r", "s3://bucket"]),
        ("the same page, one level", |_, n| page(0..20, &token(n)), &["ls", "s3://bucket/key/"]),
        ("du", |_, n| page(0..20, &token(n)), &["du", "s3://bucket"]),
        (
            "tokens A and B",
            |_, n| page(20 * (n % 2)..20 * (n % 2) + 20, &token(n % 2)),
            &["ls", "-r", "s3://bucket"],
        ),
        (
            "markers in turn",
            |_, n| page(20 * (n % 2)..20 * (n % 2) + 20, &format!("<NextMarker>{}</NextMarker>", n % 2)),
            &["ls", "-r", "--v1", "s3://bucket"],
        ),
        ("fresh version markers", |_, n| versions(n), &["ls", "-r", "--versions", "s3://bucket"]),
        ("buckets", |_, n| buckets(n), &["ls"]),
        ("nothing for ever", |_, n| page(0..0, &token(n)), &["ls", "-r", "s3://bucket"]),
    ];
    for (name, answer, arguments) in cases {
        let (url, requests) = start(answer, 0).await;
        let ended = sts3(&url, arguments).await;
        let count = requests.load(Ordering::SeqCst);
        let most = if name == "nothing for ever" { 1_001 } else { 20 };
        assert!(ended.code == Some(3) && count <= most, "{name}: {count} requests, {:?}", ended.stderr);
        let says = ["sent already", "lists none"].iter().any(|text| ended.stderr.contains(text));
        assert!(says && ended.stderr.contains("the server at http://127.0.0.1"), "{name}: {}", ended.stderr);
    }
}

/// Names that were not asked for are not shown, and somebody is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_that_the_server_ignores_is_kept_by_the_listing() {
    let (url, _) = start(|query, _| bucket(query, |start| Ok(behind(start).unwrap_or(KEYS))), FAR).await;
    for arguments in [
        &["ls", "-r", "s3://bucket/key/0012", "--concurrency", "24"][..],
        &["ls", "-r", "s3://bucket/key/0012", "--concurrency", "1"],
    ] {
        let ended = sts3(&url, arguments).await;
        assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 100), "{}", ended.stderr);
        assert!(ended.stdout.lines().all(|line| line.contains("key/0012")), "{}", ended.stdout);
        assert!(ended.stderr.contains("ignores the prefix: 7900 names"), "{}", ended.stderr);
    }
}

/// A page that is cut inside a folder begins the next one with that folder again.
#[tokio::test(flavor = "multi_thread")]
async fn a_common_prefix_that_comes_on_several_pages_is_shown_once() {
    let answer: Answer = |query, _| {
        let at: u64 = query.get("continuation-token").map_or(0, |token| token.parse().unwrap());
        let folder = |number: u64| format!("<CommonPrefixes><Prefix>f{number}/</Prefix></CommonPrefixes>");
        let next = if at < 4 { token(at + 1) } else { String::new() };
        let (is_truncated, folders) = (at < 4, folder(at / 2) + &folder(at / 2 + 1));
        (
            200,
            format!(
                "<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>{folders}{next}</ListBucketResult>"
            ),
        )
    };
    let (url, _) = start(answer, FAR).await;
    let ended = sts3(&url, &["ls", "s3://bucket"]).await;
    let names: Vec<&str> = ended.stdout.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!((ended.code, names), (Some(0), vec!["f0/", "f1/", "f2/", "f3/"]), "{}", ended.stderr);
}

/// Storj and directory buckets have no order: a folder's keys come in several parts.
#[tokio::test(flavor = "multi_thread")]
async fn du_adds_up_each_folder_once_whatever_the_order_of_keys() {
    let answer: Answer = |query, _| {
        let at: u64 = query.get("continuation-token").map_or(0, |token| token.parse().unwrap());
        let key = |n: u64| {
            format!("<Contents><Key>{}/{n}</Key><Size>2</Size></Contents>", ["c", "a", "b"][n as usize % 3])
        };
        let (keys, is_truncated): (String, _) = ((at..at + 30).map(key).collect(), at < 270);
        let next = if is_truncated { token(at + 30) } else { String::new() };
        (
            200,
            format!(
                "<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>{keys}{next}</ListBucketResult>"
            ),
        )
    };
    let (url, _) = start(answer, FAR).await;
    for top in ["1000", "2"] {
        let du = sts3(&url, &["du", "s3://bucket", "--output", "ndjson", "--top", top]).await;
        assert_eq!(du.code, Some(0), "{}", du.stderr);
        let folders =
            du.stdout.lines().filter(|line| line.contains("\"prefix\"") || line.contains("\"others\""));
        let sums: Vec<bool> =
            folders.map(|line| line.contains("\"bytes\":200") && line.contains("\"objects\":100")).collect();
        assert_eq!(sums, [true; 3], "{top}: {}", du.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_server_lists_twice_is_an_error_and_never_counted_twice() {
    fn listed(query: &Query, numbers: impl Iterator<Item = u64>, next: Option<u64>) -> (u16, String) {
        if query.0.split('&').all(|pair| pair.trim_end_matches('=') != "versions") {
            return page(numbers, &next.map(token).unwrap_or_default());
        }
        let version = |n| {
            let latest = "<IsLatest>true</IsLatest><VersionId>null</VersionId>";
            format!("<Version><Key>{}</Key>{latest}<Size>1</Size></Version>", key(n))
        };
        let markers =
            next.map(|to| format!("<NextKeyMarker>{}</NextKeyMarker>", key(to - 1))).unwrap_or_default();
        let (is_truncated, versions) = (next.is_some(), numbers.map(version).collect::<String>());
        let more = format!("<IsTruncated>{is_truncated}</IsTruncated>{markers}");
        (200, format!("<ListVersionsResult>{more}{versions}</ListVersionsResult>"))
    }
    fn from(query: &Query) -> u64 {
        let marker = query.get("key-marker").and_then(|key| behind(&key));
        marker.or_else(|| query.get("continuation-token")?.parse().ok()).unwrap_or(0)
    }
    // Twice in a page; a page that goes back by two keys; by half a page.
    let servers: [Answer; 3] = [
        |query, _| match from(query) {
            0 => listed(query, 0..100, Some(100)),
            _ => listed(query, [100, 101, 101, 102].into_iter(), None),
        },
        |query, _| match from(query) {
            0 => listed(query, 0..100, Some(100)),
            _ => listed(query, 98..200, None),
        },
        |query, _| match from(query) {
            0 => listed(query, 0..100, Some(100)),
            100 => listed(query, 50..150, Some(150)),
            _ => listed(query, 150..160, None),
        },
    ];
    for (number, answer) in servers.into_iter().enumerate() {
        let (url, _) = start(answer, 0).await;
        for arguments in
            [&["ls", "-r", "s3://bucket"][..], &["du", "s3://bucket"], &["ls", "--versions", "s3://bucket"]]
        {
            let ended = sts3(&url, arguments).await;
            assert_eq!(ended.code, Some(3), "{number} {arguments:?}: {} {}", ended.stdout, ended.stderr);
            assert!(ended.stderr.contains("again"), "{number} {arguments:?}: {}", ended.stderr);
        }
    }
}

/// A sequence that ends at a maximum of results, and starts that lead behind that.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_before_a_key_that_another_answer_lists_is_an_error() {
    let answer: Answer = |query, _| match query.get("continuation-token") {
        Some(at) if at == "3000" => page(3000..4000, ""),
        _ => bucket(query, |start| match behind(start) {
            Some(from) => Ok(from),
            None => Ok((0..KEYS).find(|number| key(*number).as_str() > start).unwrap_or(KEYS)),
        }),
    };
    let (url, _) = start(answer, 20).await;
    let ended = sts3(&url, &["ls", "-r", "--concurrency", "8", "s3://bucket"]).await;
    let lines = ended.stdout.lines().count() as u64;
    assert!(lines == KEYS || ended.code == Some(3), "{lines} keys, {:?}: {}", ended.code, ended.stderr);
}
