//! What the command makes of regions, clocks and retries: told with -v, counted where requests are sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use sts3_sandbox::{BucketSpec, Sandbox};
use support::{READER, end, ok, run, sts3};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

async fn elsewhere() -> Sandbox {
    Sandbox::builder().bucket(BucketSpec::demo("demo").region("eu-central-1")).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_where_they_are_sent_and_redirects_are_told() {
    let sandbox = elsewhere().await;
    let ended = run(&sandbox, &["ls", "-v", "s3://demo"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // One that was redirected, and one that was answered.
    assert_eq!(sandbox.count("ListObjectsV2"), 2);
    assert!(ended.stderr.contains(" objects, 2 requests"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the bucket demo is in eu-central-1: once more there"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("HTTP 200"), "{}", ended.stderr);
    let quiet = run(&sandbox, &["ls", "s3://demo"]).await;
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_v_tells_every_request_and_no_secret() {
    let sandbox = elsewhere().await;
    let ended = run(&sandbox, &["ls", "-vv", "s3://demo", "--role-arn", READER]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for expected in [
        "sts3: AssumeRole: POST 127.0.0.1:",
        "sts3: AssumeRole: HTTP 200, ",
        "sts3: new credentials in ",
        "sts3: ListObjectsV2: GET 127.0.0.1:",
        "/demo (attempt 2)",
        " objects, 3 requests",
    ] {
        assert!(ended.stderr.contains(expected), "`{expected}` is not in {}", ended.stderr);
    }
    for secret in [sts3_sandbox::SECRET_ACCESS_KEY, "Signature", "Credential", "ASIA", "AKIA"] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_and_a_wrong_clock_are_told() {
    let skewed = Sandbox::builder().bucket(BucketSpec::demo("demo")).clock_skew(7200).start().await.unwrap();
    let ended = run(&skewed, &["ls", "-v", "s3://demo"]).await;
    assert!(ended.stderr.contains("clock is 7") && ended.stderr.contains(" s slow"), "{}", ended.stderr);
    let failing = Sandbox::builder().bucket(BucketSpec::demo("demo")).error_rate(1.0).start().await.unwrap();
    let ended = run(&failing, &["ls", "-v", "s3://demo", "--max-attempts", "2"]).await;
    assert!(ended.stderr.contains("ListObjectsV2: attempt 1 failed, the next one in "), "{}", ended.stderr);
}

/// Whoever gets them compares with this machine's clock, and knows no other.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_handed_on_end_by_this_machine_s_clock() {
    for skew in [7200, -7200] {
        let builder = Sandbox::builder().bucket(BucketSpec::demo("demo")).clock_skew(skew);
        let sandbox = builder.start().await.unwrap();
        let is_in_an_hour = |end: &str| {
            let left = OffsetDateTime::parse(end.trim(), &Rfc3339).unwrap() - OffsetDateTime::now_utc();
            assert!(left > Duration::minutes(50) && left < Duration::minutes(70), "{skew}: {left}");
        };
        let printed =
            ok(&sandbox, &["credentials", "--role-arn", READER, "--format", "process", "--no-cache"]).await;
        let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
        is_in_an_hour(printed["Expiration"].as_str().unwrap());
        let script = ["sh", "-c", "echo $AWS_CREDENTIAL_EXPIRATION"];
        let mut command = sts3(&["exec", "--role-arn", READER, "--no-cache", "--"]);
        command.args(script).envs(sandbox.environment()).env("PATH", std::env::var_os("PATH").unwrap());
        is_in_an_hour(&end(command).await.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_request_follows_the_bucket_s_region_and_corrects_the_clock_once() {
    let spec = BucketSpec::demo("demo").region("eu-central-1");
    let sandbox = Sandbox::builder().bucket(spec).clock_skew(7200).start().await.unwrap();
    let url = format!("{}/demo?list-type=2", sandbox.url());
    let ended = run(&sandbox, &["request", &url, "--service", "s3", "-v"]).await;
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("<ListBucketResult"), "{}", ended.stdout);
    assert_eq!(sandbox.count("ListObjectsV2"), 3, "{:?}", sandbox.counts());
    // What is refused once more stays refused.
    let ended = run(&sandbox, &["request", &format!("{}/absent", sandbox.url()), "--service", "s3"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("NoSuchBucket"), "{}", ended.stdout);
}

/// Whoever opens the URL would send a signature by them in the clear.
#[tokio::test(flavor = "multi_thread")]
async fn long_lived_keys_presign_no_url_for_plain_http_elsewhere() {
    let presign = async |url: &str, more: &[&str], token: Option<&str>| {
        let mut command = sts3(&["presign", "s3://demo/key", "--region", "us-east-1", "--endpoint-url", url]);
        command.args(more).env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        if let Some(token) = token {
            command.env("AWS_SESSION_TOKEN", token);
        }
        end(command).await
    };
    let refused = presign("http://minio.example:9000", &[], None).await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.contains("--allow-http"), "{}", refused.stderr);
    for (url, more, token) in [
        ("http://minio.example:9000", &["--allow-http"][..], None),
        ("http://minio.example:9000", &[], Some("token")),
        ("https://minio.example", &[], None),
        ("http://127.0.0.1:9000", &[], None),
        ("http://s3.localhost:9000", &[], None),
    ] {
        let ended = presign(url, more, token).await;
        assert!(ended.code == Some(0) && ended.stdout.starts_with(url), "{url}: {}", ended.stderr);
    }
}
