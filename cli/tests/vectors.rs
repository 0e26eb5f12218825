//! `vectors`: which layouts it reads, and that it fails where something is wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Ended, Folder, end, sts3};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

async fn vectors(path: &str) -> Ended {
    end(sts3(&["vectors", path])).await
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
    assert!(summary["passed"].as_u64().unwrap() >= 1_450);

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

fn cases(file: &str) -> Vec<Value> {
    json(&std::fs::read_to_string(format!("{}/{file}", fixtures())).unwrap()).as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_with_one_half_are_judged_by_that_half() {
    for half in ["header", "query"] {
        let folder = Folder::new(&format!("vectors-{half}"));
        for case in cases("official-v4.json") {
            write_official(&folder, &case);
            for step in ["canonical-request", "string-to-sign", "signature", "signed-request"] {
                let other = if half == "header" { "query" } else { "header" };
                let name = case["name"].as_str().unwrap();
                std::fs::remove_file(folder.file(&format!("{name}/{other}-{step}.txt"))).unwrap();
            }
        }
        let root = folder.0.to_str().unwrap();
        let whole = vectors(root).await;
        assert_eq!((whole.code, whole.stdout.trim()), (Some(0), "38 passed, 0 failed, 0 skipped"), "{half}");
        // A half of a half is a fault, as is a wrong value.
        std::fs::remove_file(folder.file(&format!("get-vanilla/{half}-signature.txt"))).unwrap();
        folder.write(&format!("get-utf8/{half}-signature.txt"), "00");
        let cut = vectors(root).await;
        assert_eq!(cut.code, Some(1), "{half}");
        assert!(cut.stdout.ends_with("36 passed, 2 failed, 0 skipped\n"), "{half}: {}", cut.stdout);
    }
}

/// The published files of both older suites (`fixtures/sigv4/README.md`).
#[tokio::test(flavor = "multi_thread")]
async fn the_older_layout_is_read_flat_and_in_folders_with_date_and_x_amz_date() {
    let older = format!("{}/older", fixtures());
    let passed = vectors(&older).await;
    assert_eq!((passed.code, passed.stdout.trim()), (Some(0), "6 passed, 0 failed, 0 skipped"));
    // A change of any file is noticed.
    let folder = Folder::new("vectors-older");
    for name in [
        "2011/get-vanilla",
        "2015/post-x-www-form-urlencoded/post-x-www-form-urlencoded",
        "2015/post-sts-token/post-sts-header-after/post-sts-header-after",
    ] {
        let file = |root: &Path, extension: &str| root.join(format!("{name}.{extension}"));
        for changed in ["req", "creq", "sts", "authz", "sreq"] {
            if !file(Path::new(&older), changed).exists() {
                continue;
            }
            for extension in ["req", "creq", "sts", "authz", "sreq"] {
                let Ok(content) = std::fs::read_to_string(file(Path::new(&older), extension)) else {
                    continue;
                };
                let content = match content.rfind(|c: char| c.is_ascii_alphanumeric()) {
                    Some(at) if extension == changed => {
                        let other = if content[at..].starts_with('0') { "1" } else { "0" };
                        format!("{}{other}{}", &content[..at], &content[at + 1..])
                    }
                    _ => content,
                };
                folder.write(&format!("{name}.{extension}"), &content);
            }
            let ended = vectors(folder.0.to_str().unwrap()).await;
            assert_eq!(ended.code, Some(1), "{name}.{changed}: {}", ended.stdout);
            assert!(ended.stdout.ends_with("0 passed, 1 failed, 0 skipped\n"), "{}", ended.stdout);
        }
        std::fs::remove_dir_all(&folder.0).unwrap();
    }
}

/// The same values as the newer layout holds, written in the older one.
#[tokio::test(flavor = "multi_thread")]
async fn every_case_of_the_suite_passes_in_the_older_layout_too() {
    let folder = Folder::new("vectors-rewritten");
    let mut written = 0;
    for case in cases("official-v4.json") {
        let (name, header) = (case["name"].as_str().unwrap(), &case["header"]);
        // The older layout says nothing of tokens that the signer adds, of paths that are not normalized, and reads a
        // folded line as another value.
        let context = &case["context"];
        if !context["credentials"]["token"].is_null()
            || context["normalize"] == false
            || context["sign_body"] == true
            || name == "get-header-value-multiline"
        {
            continue;
        }
        write_official(&folder, &case);
        let take = |file: &str| std::fs::read_to_string(folder.file(&format!("{name}/{file}"))).unwrap();
        let (request, signed) = (take("request.txt"), take("header-signed-request.txt"));
        std::fs::remove_dir_all(folder.file(name)).unwrap();
        let headers = header["signed_request"]["headers"].as_array().unwrap();
        let authorization =
            headers.iter().find(|pair| pair[0] == "Authorization").unwrap()[1].as_str().unwrap();
        // The time is a header of the request there.
        let request = request.replacen("\n\n", "\nX-Amz-Date:20150830T123600Z\n\n", 1);
        for (extension, content) in [
            ("req", request.as_str()),
            ("creq", header["canonical_request"].as_str().unwrap()),
            ("sts", header["string_to_sign"].as_str().unwrap()),
            ("authz", authorization),
            ("sreq", &signed),
        ] {
            folder.write(&format!("{name}/{name}.{extension}"), content);
        }
        written += 1;
    }
    assert!(written >= 20, "{written}");
    let passed = vectors(folder.0.to_str().unwrap()).await;
    assert_eq!(passed.stdout.trim(), format!("{written} passed, 0 failed, 0 skipped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_file_without_readable_cases_fails() {
    let case = cases("official-v4.json").swap_remove(0);
    for (name, content) in [
        ("no JSON", "x".to_owned()),
        ("cut", "[{\"name\":".to_owned()),
        ("an object", "{\"name\": \"x\"}".to_owned()),
        ("an empty list", "[]".to_owned()),
        ("other things", "[{\"name\": \"x\"}, 7]".to_owned()),
        (
            "a case without its request",
            format!("[{}]", case.to_string().replace("\"request\"", "\"inquiry\"")),
        ),
    ] {
        let folder = Folder::new("vectors-json");
        folder.write("good.json", &Value::Array(vec![case.clone()]).to_string());
        folder.write("more/bad.json", &content);
        let ended = vectors(folder.0.to_str().unwrap()).await;
        assert_eq!(ended.code, Some(1), "{name}: {}", ended.stdout);
        assert!(ended.stdout.contains("FAILED  bad"), "{name}: {}", ended.stdout);
        assert!(ended.stdout.contains("1 passed"), "{name}: {}", ended.stdout);
        // By itself, too.
        assert_eq!(vectors(&folder.file("more/bad.json")).await.code, Some(1), "{name}");
    }
}
