//! `sign`, `presign`, `request`, `explain` and `vectors`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use support::{Ended, READER, end, ok, sandbox, sts3};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sts3-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.file(name);
        std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn with_keys(arguments: &[&str], secret: &str) -> Command {
    let mut command = sts3(arguments);
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", secret);
    command
}

const SUITE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[tokio::test(flavor = "multi_thread")]
async fn sign_shows_the_documented_values_and_no_secret() {
    // The first worked example of a listing in the S3 documentation.
    let url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J";
    let mut command = sts3(&["sign", url, "--time", "20130524T000000Z"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let shown = end(command).await;
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    for part in [
        "1. canonical request\n  GET\n  /\n  max-keys=2&prefix=J\n",
        "2. string to sign\n  AWS4-HMAC-SHA256\n  20130524T000000Z\n  20130524/us-east-1/s3/aws4_request\n  \
         df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7\n",
        "4. signature\n  34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7\n",
    ] {
        assert!(shown.stdout.contains(part), "{part}\n{}", shown.stdout);
    }
    assert!(!shown.stdout.contains("wJalrXUtnFEMI"), "{}", shown.stdout);

    let as_json =
        end(with_keys(&["sign", "https://sts.eu-west-1.amazonaws.com/", "--output", "json"], "x")).await;
    let value = json(&as_json.stdout);
    assert!(value["string_to_sign"].as_str().unwrap().contains("/eu-west-1/sts/aws4_request"));
    let unknown = end(with_keys(&["sign", "https://example.com/"], "x")).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("--service is needed"), "{}", unknown.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn presigned_urls_work_for_anyone_who_has_them() {
    let sandbox = sandbox().await;
    for key in [
        "readme.md",
        "a b/space key.txt",
        "percent/100%25 done%.txt",
        "unicode/한국어/파일.txt",
        "plus+sign/a+b.txt",
    ] {
        let target = format!("s3://demo/{key}");
        for arguments in [&["presign", &target][..], &["presign", &target, "--role-arn", READER]] {
            let url = ok(&sandbox, arguments).await;
            let got = end(sts3(&["request", url.trim(), "--no-sign-request", "--service", "s3"])).await;
            assert_eq!(
                (got.code, got.stdout.as_str()),
                (Some(0), format!("{key}\n").as_str()),
                "{url}: {}",
                got.stderr
            );
            let altered = url.trim().replace("X-Amz-Expires=3600", "X-Amz-Expires=3601");
            let refused = end(sts3(&["request", &altered, "--no-sign-request", "--service", "s3"])).await;
            assert!(
                refused.code == Some(1) && refused.stdout.contains("SignatureDoesNotMatch"),
                "{}",
                refused.stdout
            );
        }
    }
    let soon =
        support::run(&sandbox, &["presign", "s3://demo/readme.md", "--role-arn", READER, "--expires", "2h"])
            .await;
    assert!(soon.stderr.contains("then its credentials end"), "{}", soon.stderr);
    let too_long = support::run(&sandbox, &["presign", "s3://demo/readme.md", "--expires", "8d"]).await;
    assert!(too_long.code == Some(2) && too_long.stderr.contains("604800"), "{}", too_long.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn request_is_a_curl_that_signs() {
    let sandbox = sandbox().await;
    let folder = Folder::new("request");
    let (url, out) = (sandbox.url(), folder.file("out"));
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let who =
        ok(&sandbox, &["request", &format!("{url}/"), "--service", "sts", "-d", form, "--role-arn", READER])
            .await;
    assert!(who.contains("assumed-role/reader/"), "{who}");
    // Put an object from a file, read it back into another.
    let object = format!("{url}/demo/new/a%20b?x-id=PutObject");
    let data = format!("@{}", folder.write("in", "some\u{0}bytes"));
    ok(&sandbox, &["request", "-X", "PUT", &object, "--service", "s3", "-d", &data, "-H", "X-Amz-Meta-A: b"])
        .await;
    let read =
        ok(&sandbox, &["request", &format!("{url}/demo/new/a%20b"), "--service", "s3", "-o", &out, "-i"])
            .await;
    assert!(read.starts_with("HTTP 200 OK\n") && read.contains("\netag: "), "{read}");
    assert_eq!(std::fs::read(&out).unwrap(), b"some\0bytes");
    let refused =
        support::run(&sandbox, &["request", &format!("{url}/no-such-bucket"), "--service", "s3"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stdout.contains("<Code>NoSuchBucket</Code>"), "{}", refused.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_signature_is_explained_when_asked_for() {
    let sandbox = sandbox().await;
    let wrong = |arguments: &[&str]| {
        let mut command = sts3(arguments);
        command.envs(sandbox.environment()).env("AWS_SECRET_ACCESS_KEY", "wrong");
        end(command)
    };
    for arguments in [&["ls"][..], &["whoami"], &["ls", "s3://demo", "--role-arn", READER]] {
        let short = wrong(arguments).await;
        assert!(short.stderr.contains("-v shows which part differs"), "{}", short.stderr);
        let long = wrong(&[arguments, &["-v"]].concat()).await;
        assert!(
            long.stderr.contains("all parts agree, so the secret differs: look for a space"),
            "{}",
            long.stderr
        );
        assert!(!long.stderr.contains("host:"), "the canonical request is not for logs: {}", long.stderr);
    }
}

/// A signed request as text, and S3's answer to it after a proxy changed it.
async fn refused_request(change: (&str, &str)) -> (String, String) {
    let shown = json(
        &end(with_keys(
            &["sign", "https://b.s3.amazonaws.com/k?a=1", "-H", "X-Amz-Meta-A: one two", "--output", "json"],
            SUITE_SECRET,
        ))
        .await
        .stdout,
    );
    let mut request =
        "GET /k?a=1 HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\nX-Amz-Meta-A: one two\r\n".to_owned();
    for (name, value) in shown["headers"].as_object().unwrap() {
        request += &format!("{name}: {}\r\n", value.as_str().unwrap());
    }
    let theirs = shown["canonical_request"].as_str().unwrap().replace(change.0, change.1);
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let refusal = format!(
        "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code><Message>no</Message><StringToSign>{}</StringToSign>\
         <SignatureProvided>{}</SignatureProvided><CanonicalRequest>{}</CanonicalRequest></Error>",
        escape(shown["string_to_sign"].as_str().unwrap()),
        shown["signature"].as_str().unwrap(),
        escape(&theirs),
    );
    (request + "\r\n", refusal)
}

async fn explained(change: (&str, &str), secret: &str, more: &[&str]) -> Ended {
    let folder =
        Folder::new(&format!("explain-{}", change.1.len() + secret.len() * 100 + more.len() * 10_000));
    let (request, refusal) = refused_request(change).await;
    let (request, refusal) = (folder.write("request", &request), folder.write("refusal", &refusal));
    end(with_keys(&[&["explain", &refusal, "--request", &request], more].concat(), secret)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_names_what_differs_in_one_line() {
    for (change, line) in [
        (("GET", "HEAD"), "the method differs: "),
        (("/k\n", "/k/\n"), "the path differs in dots or slashes: "),
        (("a=1", "a=2"), "query parameter `a` differs: "),
        (("b.s3.amazonaws.com", "b.s3.amazonaws.com:8443"), "header host differs: "),
        (("one two", "one  two"), "header x-amz-meta-a differs in white space: "),
        (("e3b0c442", "e3b0c443"), "header x-amz-content-sha256 differs: "),
    ] {
        let found = explained(change, "unknown", &[]).await;
        assert_eq!(found.code, Some(0), "{}", found.stderr);
        assert!(found.stdout.lines().next().unwrap().starts_with(line), "{line}: {}", found.stdout);
        assert!(
            found.stdout.contains("we signed") && found.stdout.contains("they signed"),
            "{}",
            found.stdout
        );
    }
    // With the secret that signed it at hand, the service's must be another one; with another, ours is.
    let there = explained(("", ""), SUITE_SECRET, &[]).await;
    assert!(there.stdout.contains("the service holds another one"), "{}", there.stdout);
    let here = explained(("", ""), "another", &["--output", "json"]).await;
    assert!(json(&here.stdout)["summary"].as_str().unwrap().contains("was not made with this secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_says_when_there_is_nothing_to_explain() {
    let folder = Folder::new("explain-nothing");
    for content in ["", "<Error><Code>NoSuchKey</Code></Error>", "\u{0}\u{1}garbage", "<a><b></a>"] {
        let path = folder.write("refusal", content);
        let ended = end(with_keys(&["explain", &path], "x")).await;
        assert_eq!(ended.code, Some(3), "{content:?}");
        assert!(ended.stdout.contains("nothing can be compared"), "{content:?}: {}", ended.stdout);
    }
    let absent = end(with_keys(&["explain", "/nonexistent"], "x")).await;
    assert!(absent.code == Some(2) && absent.stderr.contains("/nonexistent"), "{}", absent.stderr);
    let bad_request = folder.write("request", "no request at all");
    let refusal = folder.write("refusal", "");
    let ended = end(with_keys(&["explain", &refusal, "--request", &bad_request], "x")).await;
    assert!(ended.code == Some(2) && ended.stderr.contains("not signed"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_reads_no_more_than_a_refusal_can_hold_and_shows_less() {
    let folder = Folder::new("explain-large");
    let (request, _) = refused_request(("", "")).await;
    let request = folder.write("request", &request);
    let refusal = |parameters: usize| {
        let query: Vec<String> = (0..parameters).map(|at| format!("p{at:04}=\u{1b}[31m{at}")).collect();
        folder.write(
            &format!("refusal-{parameters}"),
            &format!(
                "The Canonical String for this request should have been\n'GET\n/k\n{}\nhost:h\n\nhost\nx'\n\nThe \
                 String-to-Sign should have been\n''\n",
                query.join("&")
            ),
        )
    };
    let large = refusal(100_000);
    let ended = end(with_keys(&["explain", &large, "--request", &request], "x")).await;
    assert!(ended.code == Some(2) && ended.stderr.contains("larger than 1048576 bytes"), "{}", ended.stderr);
    let refused = end(with_keys(&["explain", &refusal(20_000), "--request", &request], "x")).await;
    assert!(refused.code == Some(3) && refused.stdout.contains("was not compared"), "{}", refused.stdout);
    let shown = end(with_keys(&["explain", &refusal(900), "--request", &request], "x")).await;
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(shown.stdout.contains(" more differences"), "{}", shown.stdout);
    assert!(shown.stdout.len() < 10_000 && !shown.stdout.contains('\u{1b}'), "{}", shown.stdout);
}

fn fixtures() -> String {
    format!("{}/../fixtures/sigv4", env!("CARGO_MANIFEST_DIR"))
}

/// One case of our own files as a folder of the official suite.
fn write_official(folder: &Folder, case: &Value) {
    let name = case["name"].as_str().unwrap();
    let message = |message: &Value| {
        let text = |key: &str| message[key].as_str().unwrap();
        let separator = if text("query").is_empty() { "" } else { "?" };
        let headers: String = message["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| format!("{}:{}\n", header[0].as_str().unwrap(), header[1].as_str().unwrap()))
            .collect();
        format!(
            "{} {}{separator}{} HTTP/1.1\n{headers}\n{}",
            text("method"),
            text("path"),
            text("query"),
            text("body")
        )
    };
    folder.write(&format!("{name}/context.json"), &case["context"].to_string());
    folder.write(&format!("{name}/request.txt"), &message(&case["request"]));
    for kind in ["header", "query"] {
        let values = &case[kind];
        for (step, key) in [
            ("canonical-request", "canonical_request"),
            ("string-to-sign", "string_to_sign"),
            ("signature", "signature"),
        ] {
            folder.write(&format!("{name}/{kind}-{step}.txt"), values[key].as_str().unwrap());
        }
        folder.write(&format!("{name}/{kind}-signed-request.txt"), &message(&values["signed_request"]));
    }
    if !case["public_key"].is_null() {
        folder.write(&format!("{name}/public-key.json"), &case["public_key"].to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_pass_in_both_forms_and_exactly_the_changed_ones_fail() {
    let own = end(sts3(&["vectors", &fixtures(), "--output", "json"])).await;
    let summary = json(&own.stdout);
    assert_eq!((own.code, &summary["failed"]), (Some(0), &0.into()), "{}", own.stdout);
    assert!(summary["passed"].as_u64().unwrap() >= 900);

    let folder = Folder::new("vectors");
    let mut names = Vec::new();
    for file in ["official-v4.json", "official-v4a.json"] {
        let cases = json(&std::fs::read_to_string(format!("{}/{file}", fixtures())).unwrap());
        for mut case in cases.as_array().unwrap().clone() {
            let name = format!("{}/{}", file.trim_end_matches(".json"), case["name"].as_str().unwrap());
            case["name"] = name.clone().into();
            write_official(&folder, &case);
            names.push(name);
        }
    }
    let root = folder.0.to_str().unwrap().to_owned();
    let official = end(sts3(&["vectors", &root])).await;
    assert_eq!((official.code, official.stdout.trim()), (Some(0), "76 passed, 0 failed, 0 skipped"));
    let filtered = end(sts3(&["vectors", &root, "--filter", "v4a/get-vanilla"])).await;
    assert!(filtered.code == Some(0) && !filtered.stdout.contains("76 passed"), "{}", filtered.stdout);

    // One byte in each of ten files.
    let files = [
        "request.txt",
        "context.json",
        "header-canonical-request.txt",
        "header-string-to-sign.txt",
        "header-signature.txt",
        "header-signed-request.txt",
        "query-canonical-request.txt",
        "query-string-to-sign.txt",
        "query-signature.txt",
        "query-signed-request.txt",
    ];
    let mut changed = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let name = &names[at * 7 + 3];
        let path = folder.file(&format!("{name}/{file}"));
        let mut content = std::fs::read(&path).unwrap();
        let place = content.iter().rposition(u8::is_ascii_alphanumeric).unwrap();
        content[place] = if content[place] == b'0' { b'1' } else { b'0' };
        std::fs::write(&path, content).unwrap();
        changed.push(name.clone());
    }
    let failed = end(sts3(&["vectors", &root])).await;
    assert_eq!(failed.code, Some(1));
    let mut lines: Vec<&str> =
        failed.stdout.lines().filter_map(|line| line.strip_prefix("FAILED  ")?.split(": ").next()).collect();
    lines.sort_unstable();
    changed.sort();
    assert_eq!(lines, changed, "{}", failed.stdout);
    assert!(failed.stdout.ends_with("66 passed, 10 failed, 0 skipped\n"), "{}", failed.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_without_vectors_are_a_usage_error() {
    let folder = Folder::new("no-vectors");
    for path in [folder.0.to_str().unwrap(), "/nonexistent"] {
        assert_eq!(end(sts3(&["vectors", path])).await.code, Some(2), "{path}");
    }
    assert_eq!(end(sts3(&["vectors", &fixtures(), "--filter", "no such case"])).await.code, Some(2));
}
