//! `sign`, `presign`, `request` and `explain`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::process::Command;

use serde_json::Value;
use support::{Ended, Folder, READER, end, ok, sandbox, sts3};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
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

/// curl sends the `Host` that it is given instead of the URL's; two of them no server takes (RFC 9112, 3.2).
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_given_replaces_the_url_s() {
    let arguments = ["sign", "--service", "s3", "-H", "Host: b.example", "http://127.0.0.1:9000/k"];
    let shown = end(with_keys(&arguments, SUITE_SECRET)).await;
    assert!(shown.stdout.contains("\n  host:b.example\n"), "{}{}", shown.stdout, shown.stderr);
    let twice =
        end(with_keys(&[&arguments[..5], &["-H", "host: c.example", arguments[5]]].concat(), "x")).await;
    assert_eq!(twice.code, Some(2), "{}{}", twice.stdout, twice.stderr);
    assert!(twice.stderr.contains("two `host` headers"), "{}", twice.stderr);
}

/// What was sent in the clear can be sent again by whoever reads it: SigV4 alone does not hide a request. As `presign` and
/// `request` do, `sign` makes such a signature only with temporary credentials, or where it is allowed.
#[tokio::test(flavor = "multi_thread")]
async fn sign_refuses_plain_http_to_another_machine_with_long_lived_keys() {
    let arguments = ["sign", "--service", "s3", "http://s3.example/k"];
    let refused = end(with_keys(&arguments, SUITE_SECRET)).await;
    assert_eq!(refused.code, Some(2), "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("--allow-http") && refused.stdout.is_empty(), "{}", refused.stderr);
    let mut temporary = with_keys(&arguments, SUITE_SECRET);
    temporary.env("AWS_SESSION_TOKEN", "token");
    let allowed = with_keys(&[&arguments[..], &["--allow-http"]].concat(), SUITE_SECRET);
    for command in [temporary, allowed] {
        let shown = end(command).await;
        assert!(shown.stdout.contains("\n  host:s3.example\n"), "{}{}", shown.stdout, shown.stderr);
    }
}

/// VPC Lattice "does not support payload signing. You must send an x-amz-content-sha256 header with the value set to
/// "UNSIGNED-PAYLOAD"" (sigv4-authenticated-requests).
#[tokio::test(flavor = "multi_thread")]
async fn a_payload_hash_that_is_given_is_signed() {
    let header = "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD";
    for service in ["vpc-lattice-svcs", "s3"] {
        let arguments = ["sign", "--service", service, "-H", header, "-d", "x", "https://h.example/"];
        let shown = end(with_keys(&arguments, SUITE_SECRET)).await;
        for part in ["\n  x-amz-content-sha256:UNSIGNED-PAYLOAD\n", "\n  UNSIGNED-PAYLOAD\n\n"] {
            assert!(shown.stdout.contains(part), "{service}: {}{}", shown.stdout, shown.stderr);
        }
    }
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

/// Keys are signed by what they are, not by how the URL spells them.
#[tokio::test(flavor = "multi_thread")]
async fn request_signs_s3_keys_in_any_spelling() {
    let sandbox = sandbox().await;
    let url = sandbox.url();
    for (spelled, canonical) in [
        ("date=2026-01-01/a+b", "date%3D2026-01-01/a%2Bb"),
        ("test$file.text", "test%24file.text"),
        ("(a)@b:c!d'e*f&g,h;i", "%28a%29%40b%3Ac%21d%27e%2Af%26g%2Ch%3Bi"),
        ("%c3%bc%7E", "%C3%BC~"),
    ] {
        let object = |path: &str| format!("{url}/demo/spelled/{path}");
        ok(&sandbox, &["request", "-X", "PUT", &object(spelled), "--service", "s3", "-d", spelled]).await;
        for path in [spelled, canonical] {
            let read = ok(&sandbox, &["request", &object(path), "--service", "s3"]).await;
            assert_eq!(read, spelled, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_a_usage_error_and_not_signed() {
    for (url, why) in [
        ("https://b.s3.amazonaws.com/100%", "`%` is not followed by two hexadecimal digits"),
        ("https://b.s3.amazonaws.com/k?prefix=%zz", "`%` is not followed by two hexadecimal digits"),
    ] {
        for command in ["sign", "request"] {
            let ended = end(with_keys(&[command, url], SUITE_SECRET)).await;
            assert_eq!(ended.code, Some(2), "{command} {url}: {}", ended.stderr);
            assert!(
                ended.stderr.contains(why) && ended.stdout.is_empty(),
                "{command} {url}: {}",
                ended.stderr
            );
        }
    }
    let mut broken = with_keys(&["sign", "https://b.s3.amazonaws.com/k"], "hush\nhush");
    broken.env("AWS_SESSION_TOKEN", "token");
    let ended = end(broken).await;
    assert!(!ended.stderr.contains("hush") && ended.code != Some(0), "{}", ended.stderr);
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
